/** What a team that has Temporal and Python does with our workflows, with Temporal's own Python SDK and none of our code. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Rig, startRig } from '../support/rig';

const VERSION = '1.35.0';
/** Where `.ci/install-tools` installs it. */
const INSTALLED = path.join(homedir(), '.cache', 'imagepipeline-temporal', 'python-temporalio');
const ENVIRONMENT = { ...process.env, ...(existsSync(INSTALLED) ? { PYTHONPATH: INSTALLED } : {}) };
const EXAMPLES = path.join(__dirname, '..', '..', 'docs', 'examples');
const SCENARIOS = path.join(__dirname, 'scenarios.py');

function isInstalled(): boolean {
  try {
    const code = 'import importlib.metadata as m; print(m.version("temporalio"))';
    return (
      execFileSync('python3', ['-c', code], { env: ENVIRONMENT, encoding: 'utf8', stdio: 'pipe' }).trim() === VERSION
    );
  } catch {
    // There is no Python, or not this version of the SDK.
    return false;
  }
}

const testWithPython = isInstalled() ? test : test.skip;
if (!isInstalled()) process.stderr.write(`skipped: temporalio ${VERSION} for Python; .ci/install-tools installs it\n`);

const JOB_MS = 1_500;
let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
  rig.emulator.script({ match: { promptIncludes: 'a slow one' }, then: { jobMs: JOB_MS } });
});
afterAll(() => rig.close());

async function python(...args: readonly string[]): Promise<string> {
  const env = { ...ENVIRONMENT, ...rig.server.env };
  const { stdout } = await promisify(execFile)('python3', args, { env, timeout: 120_000 });
  return stdout;
}

testWithPython('the example runs an item and a batch', async () => {
  expect(await python(path.join(EXAMPLES, 'temporal_client.py'), 'example')).toMatch(
    /^succeeded \/.*example-item\.\w+\ncompleted \{.*'succeeded': 2,.*\}\n$/,
  );
});

testWithPython('items and batches are started, asked, changed and cancelled, and fail with their codes', async () => {
  const lines = (await python(SCENARIOS, EXAMPLES)).trim().split('\n');
  const steps = new Map(lines.map((line) => JSON.parse(line)).map(({ step, value }) => [step, value]));
  const file = expect.stringMatching(/py-item\.\w+$/);
  expect(steps.get('item')).toMatchObject({
    outcome: 'succeeded',
    code: null,
    result: { file, width: 64, height: 64 },
  });
  expect(steps.get('same id')).toEqual(steps.get('item'));
  expect(steps.get('later step')).toMatchObject({ outcome: 'succeeded', result: { width: 128, height: 128 } });
  const code = 'INPUT_INVALID';
  expect(steps.get('failed report')).toMatchObject({ outcome: 'failed', code });
  expect(steps.get('failure')).toMatchObject({ kind: 'ApplicationError', type: code, isRetryable: false });
  expect(steps.get('failure').details).toEqual([steps.get('failed report')]);
  expect(steps.get('bad item')).toMatchObject({ type: 'INPUT_INVALID', isRetryable: false, details: [] });
  expect(steps.get('bad item').message).toMatch(
    /operation .*generate\/picture.*; request is a list.*; widht is not known/,
  );
  expect(steps.get('progress')).toMatchObject({ state: 'running', submission: 1, jobId: expect.any(String) });
  expect(steps.get('cancelled report')).toMatchObject({ outcome: 'succeeded', submissions: [expect.anything()] });

  expect(steps.get('batch')).toMatchObject({ state: 'completed', tally: { counts: { succeeded: 4, failed: 0 } } });
  expect(steps.get('paused')).toMatchObject({ state: 'paused' });
  expect(steps.get('state')).toMatchObject({ state: 'paused', reason: expect.stringContaining('for lunch') });
  expect(steps.get('changed')).toMatchObject({ concurrency: 2 });
  expect(steps.get('cancelled batch')).toMatchObject({
    state: 'cancelled',
    tally: { counts: { failed: 0, unknown: 0 } },
  });
  const { type, message } = steps.get('bad batch');
  expect(type).toBe('INPUT_INVALID');
  for (const name of ['budget has "submission"', 'prices.generate/imag is no operation', 'rows[1].key', 'rows[2].key'])
    expect(message).toContain(name);
  expect(message).toContain('rows[2].request is 5; must be an object');
});
