/**
 * Installs the packed products like users would, on the oldest Node that package.json allows with `engine-strict`, and fails on
 * any npm warning: the client alone, which must be small and have nothing native, and the worker's package. Prints what they
 * cost. Needs a registry, so it is a CI step and not a test.
 */
const { execFileSync, spawnSync } = require('node:child_process');
const { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { packPackages } = require('./pack-packages');

const { engines } = require('../package.json');
/** The lower bound of `engines`, with its bundled npm: newer npm versions refuse so old a Node. */
const [OLDEST] = /\d+\.\d+\.\d+/.exec(engines.node);
const NPM = '9.6.7';
/**
 * Versions younger than a week are left out: a release of many packages, such as the AWS SDK's, can be incomplete in a
 * registry for days, and an incomplete one cannot be installed.
 */
const SETTLED = new Date(Date.now() - 7 * 24 * 3_600_000).toISOString();
/** The most that the client may occupy with all that it depends on, in MB on disk. */
const MAX_CLIENT_MB = 50;

const ON_OLDEST = ['exec', '--yes', `--package=node@${OLDEST}`, `--package=npm@${NPM}`, '--'];

/** Runs a command on the oldest Node, and returns what it prints. @throws if it fails or writes a warning */
function runOnOldest(cwd, ...words) {
  const { status, stdout, stderr } = spawnSync('npm', [...ON_OLDEST, ...words], { cwd, encoding: 'utf8' });
  if (status !== 0 || /warn/i.test(stderr))
    throw new Error(`${words.join(' ')} (status ${status}):\n${stdout}${stderr}`);
  return stdout;
}

/** Every file below a folder, with its size on disk in bytes. */
function filesBelow(folder) {
  const files = readdirSync(folder, { recursive: true }).map((name) => [name, lstatSync(path.join(folder, name))]);
  return files.map(([name, { blocks }]) => ({ name, bytes: blocks * 512 }));
}

/** Installs tarballs in a project of their own, and measures it. */
function install(folder, name, tarballs) {
  const project = path.join(folder, name);
  mkdirSync(project);
  writeFileSync(path.join(project, 'package.json'), '{ "private": true }\n');
  const begun = Date.now();
  const options = ['--engine-strict', '--no-audit', '--no-fund', `--before=${SETTLED}`];
  runOnOldest(project, 'npm', 'install', ...options, ...tarballs);
  const seconds = (Date.now() - begun) / 1_000;
  const files = filesBelow(path.join(project, 'node_modules'));
  const packages = files.filter((file) =>
    /(^|\/node_modules\/)(@[^/]+\/)?[^/]+\/package\.json$/.test(file.name),
  ).length;
  const megabytes = files.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20;
  const native = files.filter((file) => file.name.endsWith('.node'));
  process.stdout.write(`${name}: ${packages} packages, ${megabytes.toFixed(0)} MB, ${seconds.toFixed(0)} s\n`);
  return { project, megabytes, native };
}

const folder = mkdtempSync(path.join(tmpdir(), 'imagepipeline-install-'));
try {
  const { client, worker } = packPackages(folder);
  const [clientTarball, workerTarball] = [client, worker].map((cwd) => {
    const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd, encoding: 'utf8' });
    return path.join(folder, JSON.parse(packed)[0].filename);
  });
  const version = runOnOldest(folder, 'node', '--version').trim();
  if (version !== `v${OLDEST}`) throw new Error(`ran on Node ${version}, not on v${OLDEST}`);

  const service = install(folder, 'client', [clientTarball]);
  if (service.megabytes > MAX_CLIENT_MB) throw new Error(`the client occupies more than ${MAX_CLIENT_MB} MB`);
  if (service.native.length > 0) throw new Error(`the client has native code: ${service.native[0].name}`);
  const exported = runOnOldest(
    service.project,
    'node',
    '-p',
    "typeof require('imagepipeline-temporal').ImagePipelineClient",
  );
  if (exported.trim() !== 'function') throw new Error('the installed client cannot be imported');

  const { project } = install(folder, 'worker', [clientTarball, workerTarball]);
  for (const name of ['imagepipeline', 'imagepipeline-temporal-worker']) {
    const table = runOnOldest(project, 'npx', '--no-install', name, 'failures');
    if (!table.includes('RATE_LIMIT_EXCEEDED')) throw new Error(`the installed command ${name} does not work`);
  }
  process.stdout.write(`both install and run on Node ${OLDEST} with engine-strict\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
