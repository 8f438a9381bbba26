/**
 * Installs the packed product like a user would, on the oldest Node that package.json allows, and fails on any npm
 * warning. Needs a registry, so it is a CI step and not a test.
 */
const { execFileSync } = require('node:child_process');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');
const { engines } = require('../package.json');
/** The lower bound of `engines`, with its bundled npm: newer npm versions refuse so old a Node. */
const [OLDEST] = /\d+\.\d+\.\d+/.exec(engines.node);
const NPM = '9.6.7';
/**
 * Versions younger than a week are left out: a release of many packages, such as the AWS SDK's, can be incomplete in a
 * registry for days, and an incomplete one cannot be installed.
 */
const SETTLED = new Date(Date.now() - 7 * 24 * 3_600_000).toISOString();

const folder = mkdtempSync(path.join(tmpdir(), 'imagepipeline-install-'));
try {
  const packing = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(execFileSync('npm', packing, { cwd: ROOT, encoding: 'utf8' }));
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  const with20 = ['exec', '--yes', `--package=node@${OLDEST}`, `--package=npm@${NPM}`, '--'];
  const run = (...words) =>
    execFileSync('npm', [...with20, ...words], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const version = run('node', '--version').trim();
  if (version !== `v${OLDEST}`) throw new Error(`ran on Node ${version}, not on v${OLDEST}`);
  const options = ['--engine-strict', '--no-audit', '--no-fund', `--before=${SETTLED}`];
  run('npm', 'install', ...options, path.join(folder, filename));
  const table = run('npx', '--no-install', 'imagepipeline', 'failures');
  if (!table.includes('RATE_LIMIT_EXCEEDED')) throw new Error('the installed command does not work');
  process.stdout.write(`installs and runs on Node ${OLDEST} with engine-strict\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
