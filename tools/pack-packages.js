/**
 * Writes the two packages that are published, `imagepipeline-temporal` and `imagepipeline-temporal-worker`, from one build:
 * `node tools/pack-packages.js [folder]`, default `dist-packages`. What a package depends on is what its files import.
 */
const { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { packagesOf, packedText, reachableFrom } = require('./packages/built-files');
const { keepLinks } = require('./packages/linked-docs');

const ROOT = path.join(__dirname, '..');
const DIST = path.join(ROOT, 'dist');
const [CLIENT, WORKER] = ['imagepipeline-temporal', 'imagepipeline-temporal-worker'];
const root = require('../package.json');

/** Beside what package.json exports: workflow code and the failure converter, which are loaded by path, into bundles. */
const CLIENT_FILES = [
  ...['workflows/index', 'workflows/interceptors/query-guard', 'workflows/interceptors/stack-traces'],
  'workflows/interceptors/trace-headers',
  'payloads/failure-converter',
];
/** The same for the command line, which `bin` loads. */
const WORKER_FILES = ['cli/run-process'];
/** Copied as they are. */
const WORKER_ASSETS = [
  ...['bin', 'demo', 'docs/images', 'tools/temporal/go.mod', 'tools/temporal/go.sum'],
  ...['dist/worker/workflow-bundle.js', 'dist/worker/workflow-bundle.encoded-failures.js'],
  'dist/gateway/dashboard/assets',
  'dist/schemas',
];
/**
 * Not imported: the first is kept at a version that the oldest Node runs, the second is a peer of the interceptors of traces.
 */
const WORKER_PINS = ['light-my-request', '@temporalio/workflow'];

/** Imports of earlier versions, and the ones that replace them. */
const MOVED = { worker: WORKER, activities: `${WORKER}/activities`, testing: `${WORKER}/testing` };

const CLIENT_DOCS = [
  ...[
    'account',
    'api',
    'batch-input',
    'batches',
    'encryption',
    'library',
    'money',
    'nexus',
    'operations-of-the-api',
    'recipes',
  ],
  ...['store', 'temporal-clients', 'troubleshooting'],
].map((name) => `docs/${name}.md`);

function template(name) {
  return JSON.parse(readFileSync(path.join(ROOT, 'packages', name, 'package.json'), 'utf8'));
}

const OPTIONAL = Object.keys(template(CLIENT).peerDependenciesMeta);

const bothKinds = (names) =>
  names.flatMap((name) => [`${name}.js`, `${name}.d.ts`]).map((name) => path.join(DIST, name));

/** A built file by its name in `dist`, without extension. */
function nameInDist(file) {
  const name = path.relative(DIST, file).split(path.sep).join('/');
  return `dist/${name.replace(/(\.d\.ts|\.js)$/, '')}`;
}

/** The compiled code and declarations of what package.json exports from `dist`. */
function entriesOf({ exports }) {
  const targets = Object.values(exports).flatMap((target) => (typeof target === 'object' ? Object.values(target) : []));
  const files = targets.map((target) => path.join(ROOT, target));
  return files.filter((file) => !file.includes('*') && !file.includes(`${path.sep}moved${path.sep}`));
}

/** Versions of what the files import; those of the repository have been tested together. */
function versionsOf(names, range = (version) => version) {
  return Object.fromEntries(
    [...names].sort().map((name) => {
      const version = root.dependencies[name];
      if (version === undefined) throw new Error(`${name} is imported, but is not in "dependencies" of package.json`);
      return [name, range(version, name)];
    }),
  );
}

/** Packages of Temporal work with exactly the same version of each other. */
const peerRange = (version, name) => (name.startsWith('@temporalio/') ? version : `^${version}`);

function write(folder, file, text) {
  const target = path.join(folder, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, text);
}

function writeManifest(folder, name, { dependencies, peerDependencies }) {
  const { exports, main, types, bin, peerDependenciesMeta, ...about } = template(name);
  const { version, license, type, engines } = root;
  const manifest = {
    ...{ ...about, version, license, type, engines, main, types, exports },
    ...(bin === undefined ? {} : { bin }),
    dependencies,
    ...(peerDependenciesMeta === undefined ? {} : { peerDependencies, peerDependenciesMeta }),
  };
  write(folder, 'package.json', `${JSON.stringify(manifest, null, 2)}\n`);
}

function writeBuilt(folder, files, rename) {
  for (const file of files) write(folder, path.join('dist', path.relative(DIST, file)), packedText(file, rename));
}

/** The text of a document. Links of a README below `packages` lead out of it. */
function readDocument(file) {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  return file.startsWith('packages/') ? text.replaceAll('](../../', '](') : text;
}

/** Writes the documents, so that every link leads to a file of the package. */
function writeDocuments(folder, files) {
  const documents = new Map(files.map(([target, source]) => [target, readDocument(source)]));
  const has = (file) => documents.has(file) || existsSync(path.join(folder, file));
  for (const [file, text] of documents) {
    write(folder, file, file.endsWith('.md') ? keepLinks(file, text, has) : text);
  }
}

function writeMoved(folder) {
  for (const [subpath, target] of Object.entries(MOVED)) {
    const words = `${CLIENT}/${subpath} has moved: run "npm install ${WORKER}", and use '${target}'`;
    write(folder, `dist/moved/${subpath}.js`, `'use strict';\nthrow new Error(${JSON.stringify(words)});\n`);
    write(folder, `dist/moved/${subpath}.d.ts`, `/** @deprecated Moved to \`${target}\`. */\nexport {};\n`);
  }
}

/** Writes the client's package, and returns its built files. */
function writeClient(folder) {
  const files = reachableFrom([...entriesOf(template(CLIENT)), ...bothKinds(CLIENT_FILES)]);
  writeBuilt(folder, files, () => null);
  writeMoved(folder);
  cpSync(path.join(DIST, 'schemas'), path.join(folder, 'dist', 'schemas'), { recursive: true });
  const copied = ['LICENSE', 'CHANGELOG.md', 'docs/recipe.schema.json', ...CLIENT_DOCS].map((file) => [file, file]);
  writeDocuments(folder, [['README.md', `packages/${CLIENT}/README.md`], ...copied]);
  const needed = [...packagesOf(files)].filter((name) => !OPTIONAL.includes(name));
  const peerDependencies = versionsOf(OPTIONAL, peerRange);
  writeManifest(folder, CLIENT, { dependencies: versionsOf(needed), peerDependencies });
  return files;
}

/** Writes the package of worker, gateway and command line; it imports the client's files from the client's package. */
function writeWorker(folder, clientFiles) {
  const reached = reachableFrom([...entriesOf(template(WORKER)), ...bothKinds(WORKER_FILES)]);
  const files = [...reached].filter((file) => !clientFiles.has(file));
  for (const asset of WORKER_ASSETS) cpSync(path.join(ROOT, asset), path.join(folder, asset), { recursive: true });
  writeBuilt(folder, files, (file) => (clientFiles.has(file) ? `${CLIENT}/${nameInDist(file)}` : null));
  const pages = readdirSync(path.join(ROOT, 'docs')).filter((name) => /\.(md|json)$/.test(name));
  const documents = ['README.md', 'LICENSE', 'CHANGELOG.md', ...pages.map((name) => `docs/${name}`)];
  writeDocuments(
    folder,
    documents.map((file) => [file, file]),
  );
  // What is optional beside the client is needed here, by the client's files.
  const needed = [...packagesOf(files), ...OPTIONAL, ...WORKER_PINS].filter((name) => name !== CLIENT);
  writeManifest(folder, WORKER, { dependencies: { [CLIENT]: root.version, ...versionsOf(new Set(needed)) } });
}

/** @returns the folders of the two packages */
function packPackages(folder) {
  const [client, worker] = [CLIENT, WORKER].map((name) => path.join(folder, name));
  for (const one of [client, worker]) rmSync(one, { recursive: true, force: true });
  writeWorker(worker, writeClient(client));
  return { client, worker };
}

module.exports = { packPackages };
if (require.main === module) {
  const [folder = path.join(ROOT, 'dist-packages')] = process.argv.slice(2);
  for (const written of Object.values(packPackages(folder))) process.stdout.write(`${written}\n`);
}
