/** What is in the two packages: nothing native for the client, no dependency too many or too few, and links that lead somewhere. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { takeApart } from '../docs/documents';
import { install, type PackageName, packBoth, ROOT, readManifest } from './installed';

const NAMES: readonly PackageName[] = ['imagepipeline-temporal', 'imagepipeline-temporal-worker'];
/** The client's own files, in bytes. */
const MAX_CLIENT_BYTES = 3_000_000;
/** Dependencies that no file names, and why. */
const UNNAMED: Readonly<Record<string, string>> = {
  'light-my-request': 'a dependency of fastify, at a version that the oldest Node runs',
  '@temporalio/workflow': 'a peer of the interceptors of traces',
  '@aws-sdk/client-s3': 'for the store, whose files are in the package of the client',
  '@aws-sdk/lib-storage': 'for the store, whose files are in the package of the client',
};
const NATIVE =
  /^(@temporalio\/(worker|testing|core-bridge|activity)|sharp|fastify|@aws-sdk\/.*|@opentelemetry\/.*|undici|pino)$/;

let folder: string;

beforeAll(() => {
  const packed = packBoth();
  folder = install(...NAMES.map((name) => packed[name]));
});

const placeOf = (name: PackageName) => path.join(folder, 'node_modules', name);

function filesOf(name: PackageName): readonly string[] {
  const entries = readdirSync(placeOf(name), { recursive: true, encoding: 'utf8' });
  return entries.filter((file) => statSync(path.join(placeOf(name), file)).isFile());
}

const textOf = (name: PackageName, file: string) => readFileSync(path.join(placeOf(name), file), 'utf8');

/** The packages that compiled code and declarations name; those of the old subpaths only say where something is. */
function listImported(name: PackageName): ReadonlySet<string> {
  const built = filesOf(name).filter(
    (file) => /^dist\/.*(\.js|\.d\.ts)$/.test(file) && !/workflow-bundle|^dist\/moved\/|[/]assets[/]/.test(file),
  );
  const words = /(?:\bfrom\s+|\brequire\(|\brequire\.resolve\(|\bimport\()["']([^"'.\n][^"'\n]*)["']/g;
  const specifiers = built.flatMap((file) => [...textOf(name, file).matchAll(words)].map(([, one = '']) => one));
  const outside = specifiers.filter((one) => !one.startsWith('node:') && !builtinModules.includes(one));
  return new Set(outside.map((one) => one.split('/', one.startsWith('@') ? 2 : 1).join('/')));
}

test.each(NAMES)('%s declares each package that its files import, and no other', (name) => {
  const { dependencies, peerDependencies = {} } = readManifest(folder, name);
  const declared = [...Object.keys(dependencies), ...Object.keys(peerDependencies)];
  const imported = listImported(name);
  expect([...imported].filter((one) => !declared.includes(one))).toEqual([]);
  expect(declared.filter((one) => !imported.has(one) && !(one in UNNAMED))).toEqual([]);
});

test('the client depends on nothing native, on no server and on no SDK of a cloud', () => {
  const { dependencies, peerDependencies } = readManifest(folder, 'imagepipeline-temporal');
  expect(Object.keys(dependencies).filter((name) => NATIVE.test(name))).toEqual([]);
  expect(Object.keys(peerDependencies ?? {})).toContain('@aws-sdk/client-s3');
  const sizes = filesOf('imagepipeline-temporal').map(
    (file) => statSync(path.join(placeOf('imagepipeline-temporal'), file)).size,
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MAX_CLIENT_BYTES);
});

test('the worker depends on exactly the client of its own version, and has no file of it', () => {
  const { dependencies } = readManifest(folder, 'imagepipeline-temporal-worker');
  const { version } = JSON.parse(textOf('imagepipeline-temporal', 'package.json')) as { version: string };
  expect(dependencies['imagepipeline-temporal']).toBe(version);
  const ofClient = new Set(filesOf('imagepipeline-temporal').filter((file) => file.endsWith('.js')));
  expect(
    filesOf('imagepipeline-temporal-worker').filter((file) => file.startsWith('dist/') && ofClient.has(file)),
  ).toEqual([]);
});

test('the worker has everything of the build that is not compiled code', () => {
  const dist = path.join(ROOT, 'dist');
  const built = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
    statSync(path.join(dist, file)).isFile(),
  );
  const assets = built.filter((file) => !/\.(js|d\.ts|map)$/.test(file) || /workflow-bundle|[/]assets[/]/.test(file));
  expect(assets.length).toBeGreaterThan(4);
  const packed = new Set(filesOf('imagepipeline-temporal-worker'));
  expect(assets.filter((file) => !packed.has(`dist/${file}`))).toEqual([]);
});

test.each(NAMES)('%s has a README, a licence and a changelog, and its links lead to files that it has', (name) => {
  const files = filesOf(name);
  expect(files).toEqual(
    expect.arrayContaining(['README.md', 'LICENSE', 'CHANGELOG.md', 'docs/library.md', 'docs/api.md']),
  );
  const broken = files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => takeApart(file, textOf(name, file)).links.map(({ place, target }) => ({ file, place, target })))
    .filter(({ target }) => !/^([a-z][a-z0-9+.-]*:|#)/i.test(target))
    .filter(({ file, target }) => {
      const [relative = ''] = decodeURI(target).split('#');
      return !existsSync(path.join(placeOf(name), path.dirname(file), relative));
    });
  expect(broken.map(({ place, target }) => `${place}: ${target}`)).toEqual([]);
});

test('no file is a map of a source that is not there, a test or a benchmark', () => {
  const files = NAMES.flatMap(filesOf);
  expect(files.filter((file) => /\.map$|^dist\/(bench|test|tools\/(compose|versitygw))\//.test(file))).toEqual([]);
});
