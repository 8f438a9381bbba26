/** The complete examples in Go and Java, compiled and run with Temporal's SDKs and none of our code. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';

const EXAMPLES = path.join(__dirname, '..', '..', 'docs', 'examples');
const GO = path.join(EXAMPLES, 'go');
const JAVA = path.join(EXAMPLES, 'java');
/** Where `.ci/install-tools` puts the jars. */
const JARS = path.join(homedir(), '.cache', 'imagepipeline-temporal', 'java-temporal');
/** Nothing is downloaded in a test. */
const OFFLINE = { ...process.env, GOPROXY: 'off', GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local' };

function succeeds(program: string, args: readonly string[], cwd: string): boolean {
  try {
    return execFileSync(program, args, { cwd, env: OFFLINE, encoding: 'utf8', stdio: 'pipe' }).trim() !== '';
  } catch {
    // The toolchain or the modules are missing.
    return false;
  }
}

const hasGo = succeeds('go', ['list', '-m', '-f', '{{.Dir}}', 'go.temporal.io/sdk'], GO);
const hasJava = existsSync(path.join(JARS, 'complete')) && succeeds('javac', ['--version'], JAVA);
if (!hasGo) process.stderr.write('skipped: the example in Go; .ci/install-tools fetches its modules\n');
if (!hasJava) process.stderr.write('skipped: the example in Java; .ci/install-tools fetches its jars\n');

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
  rig.emulator.script({ match: { promptIncludes: 'a slow one' }, then: { jobMs: 1_500 } });
});
afterAll(() => rig.close());

async function run(program: string, ...args: readonly string[]): Promise<readonly string[]> {
  const env = { ...OFFLINE, ...rig.server.env };
  const { stdout } = await promisify(execFile)(program, args, { env, timeout: 110_000 });
  return stdout.trim().split('\n');
}

/** What each of them prints. */
const expectLines = (lines: readonly string[], name: string) =>
  expect(lines).toEqual([
    expect.stringMatching(new RegExp(`^item succeeded /.*${name}-item\\.\\w+$`)),
    'failed failed INPUT_INVALID',
    'refused INPUT_INVALID true',
    'cancelled succeeded',
    'set 2',
    'batch completed 2',
  ]);

(hasGo ? test : test.skip)('the example in Go', async () => {
  const program = path.join(tempFolder(), 'example');
  execFileSync('go', ['build', '-o', program, '.'], { cwd: GO, env: OFFLINE, stdio: 'pipe' });
  expectLines(await run(program, 'go'), 'go');
});

(hasJava ? test : test.skip)('the example in Java', async () => {
  const classes = tempFolder();
  const jars = path.join(JARS, '*');
  execFileSync('javac', ['--release', '11', '-cp', jars, '-d', classes, path.join(JAVA, 'TemporalClient.java')], {
    stdio: 'pipe',
  });
  expectLines(await run('java', '-cp', `${classes}:${jars}`, 'TemporalClient', 'java'), 'java');
});
