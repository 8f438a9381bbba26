/** Which test files are run on PostgreSQL: all that speak to a Temporal server, but for those that cannot make sense there. */
const { readdirSync, readFileSync } = require('node:fs');
const path = require('node:path');

const TESTS = path.join(__dirname, '..');

/** What a file contains that starts a server, or something with a server, or asks for one. */
const SPEAKS =
  /\bstart(\w*Rig|TestTemporal|TemporalServer|Dev|Stack)\(|\bcreditsStories\(|\['(dev|demo)'|TEMPORAL_CLI_PATH/;

/** By their names below `test`. */
const REASONS = {
  'account/replay': 'needs a server only to record histories',
  'batch/chaos': 'kills the development server and starts it again from its database file',
  'batch/replay': 'needs a server only to record histories',
  'chaos/premature-query': 'brings a workflow of its own, and workers run there what was built',
  'chaos/suite': 'kills the development server and starts it again from its database file',
  'cli/backend-service': 'its server is that of "imagepipeline dev"',
  'cli/bad-input': 'its server is that of "imagepipeline dev"',
  'cli/demo': 'its server is that of "imagepipeline demo"',
  'cli/dev': 'its server is that of "imagepipeline dev"',
  'cli/encryption': 'its server is that of "imagepipeline dev"',
  'cli/gateway': 'its server is that of "imagepipeline dev"',
  'cli/generate': 'its server is that of "imagepipeline dev"',
  'item/forgotten': 'puts the development server back to an older copy of its database file',
  'item/killed-server': 'kills the development server and starts it again from its database file',
  'temporal-server/orphans': 'is about the development server',
  'temporal-server/resolve-routes': 'is about finding the development server',
  'temporal-server/server': 'is about the development server',
  'item/replay': 'needs a server only to record histories',
};

function testNames() {
  const files = readdirSync(TESTS, { recursive: true }).filter((file) => file.endsWith('.test.ts'));
  return files.map((file) => file.slice(0, -'.test.ts'.length).replaceAll(path.sep, '/')).sort();
}

const readTest = (name) => readFileSync(path.join(TESTS, `${name}.test.ts`), 'utf8');
const speaking = testNames().filter((name) => SPEAKS.test(readTest(name)));
const stale = Object.keys(REASONS).filter((name) => !speaking.includes(name));
if (stale.length > 0) throw new Error(`${__filename} leaves out what speaks to no server: ${stale.join(', ')}`);

/** The files to run, and why the others are not, each as [name, reason]. */
module.exports = {
  onPostgres: speaking.filter((name) => !(name in REASONS)),
  notOnPostgres: Object.entries(REASONS),
};
