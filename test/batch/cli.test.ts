/** The commands for batches as scripts see them: exit codes, what is on stdout, and results when Temporal is gone. */
import { readdirSync, readlinkSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runInside } from '../cli/cli-inside';
import { type CliProcess, startCli } from '../cli/cli-process';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { until } from '../support/until';

const folder = tempFolder();
const HEAD = 'key,prompt,width,height,output_format';
const COUNTS = ['total', 'waiting', 'running', 'retrying', 'succeeded', 'failed', 'cancelled', 'unknown', 'skipped'];
const STATUS = [
  'id',
  'state',
  'reason',
  'counts',
  'failures',
  'submissions',
  'startedAt',
  'updatedAt',
  'finishedAt',
  'budget',
  'charged',
  'cost',
  'hold',
  'pausedBy',
  'permits',
  'possibleDuplicates',
  'unreadable',
];

let rig: Rig;
const left = new Set<CliProcess>();

beforeAll(async () => {
  rig = await startRig({ isOwn: true, emulator: { jobTime: { medianMs: 50, sigma: 0 } } });
  rig.emulator.script({ match: { promptIncludes: 'lost' }, then: { on: 'submit', fault: 'reset-after-accept' } });
  rig.emulator.script({ match: { promptIncludes: 'slow' }, then: { jobMs: 3_000 } });
});
afterAll(async () => {
  for (const { child } of left) child.kill('SIGKILL');
  await rig.close();
});

const env = () => ({ ...rig.server.env, IMAGEPIPELINE_STORE: rig.store });
const run = (...args: readonly string[]) => runInside(args, folder, env());

/** A CSV with one row for each prompt; its keys are `a`, `b` and so on. */
function writeRows(name: string, prompts: readonly string[]): string {
  const rows = prompts.map((prompt, index) => `${String.fromCharCode(97 + index)},"${prompt}",32,32,png`);
  writeFileSync(path.join(folder, name), [HEAD, ...rows, ''].join('\n'));
  return name;
}

describe.each([
  { outcome: 'succeeded', id: 'good', prompts: ['one', 'two', 'three'], code: 0, counts: { succeeded: 3 } },
  {
    outcome: 'partly failed',
    id: 'failed',
    prompts: ['one', 'two {{INPUT_INVALID}}'],
    code: 3,
    counts: { succeeded: 1, failed: 1 },
  },
  {
    outcome: 'is partly unknown',
    id: 'lost',
    prompts: ['lost', 'two {{INPUT_INVALID}}', 'three'],
    code: 5,
    counts: { succeeded: 1, failed: 1, unknown: 1 },
  },
])('a batch that $outcome', ({ id, prompts, code, counts }) => {
  test(`ends with exit code ${code} and only its last status on stdout, in the contract's shape`, async () => {
    const ended = await run('batch', writeRows(`${id}.csv`, prompts), '--id', id, '--json');
    expect(ended.code).toBe(code);
    const status: Record<string, object> = JSON.parse(ended.stdout);
    expect(Object.keys(status).sort()).toEqual([...STATUS].sort());
    expect(Object.keys(status['counts'] ?? {}).sort()).toEqual([...COUNTS].sort());
    expect(status).toMatchObject({
      id,
      state: 'completed',
      reason: null,
      counts: { total: prompts.length, ...counts },
    });
    for (const time of ['startedAt', 'updatedAt', 'finishedAt'])
      expect(new Date(String(status[time])).toISOString()).toBe(status[time]);
  });

  test('is reported in the same words by status, with exit code 0', async () => {
    const { code: own, stdout } = await run('status', id, '--json');
    expect(own).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ id, counts: { total: prompts.length, ...counts } });
  });
});

test('Ctrl-C detaches with exit code 130 and the words how to continue, and the batch continues', async () => {
  const cli = startCli(['batch', writeRows('slow.csv', ['slow', 'slow too']), '--id', 'slow'], folder, env());
  left.add(cli);
  await cli.seen(/started slow: 2 items/);
  cli.child.kill('SIGINT');
  const { code, stderr } = await cli.finished;
  expect(code).toBe(130);
  for (const words of ['status slow --watch', 'pause slow', 'cancel slow']) expect(stderr).toContain(words);
  expect(await rig.client.batch('slow').result()).toMatchObject({ counts: { succeeded: 2 } });
});

test('with --detach the command ends at once with exit code 0, and the same again finds the batch', async () => {
  const file = writeRows('detached.csv', ['slow', 'slow too']);
  const first = await run('batch', file, '--id', 'detached', '--detach', '--json');
  expect(first.code).toBe(0);
  expect(JSON.parse(first.stdout)).toMatchObject({ state: 'running', finishedAt: null });
  const again = await run('batch', file, '--id', 'detached', '--json');
  expect(again.code).toBe(0);
  expect(again.stderr).toContain('found detached');
  expect(rig.emulator.ledger().jobs.filter(({ prompt }) => prompt.includes('slow too')).length).toBeLessThanOrEqual(2);
});

test('a control prints the state that it led to, and is refused with words when the batch has ended', async () => {
  await run(
    'batch',
    writeRows('control.csv', ['slow', 'slow too']),
    '--id',
    'control',
    '--detach',
    '--concurrency',
    '1',
  );
  const paused = await run('pause', 'control', '--json');
  expect([paused.code, JSON.parse(paused.stdout)]).toMatchObject([0, { state: 'paused', reason: 'paused by request' }]);
  const cancelled = await run('cancel', 'control', '--json');
  expect([cancelled.code, JSON.parse(cancelled.stdout)]).toMatchObject([0, { reason: 'cancelled by request' }]);
  await rig.client.batch('control').result();
  const late = await run('resume', 'control');
  expect(late.code).not.toBe(0);
  expect(late.stderr).toContain('has ended');
});

test('a file that changed since is refused under the same id, and the first batch stays as it was', async () => {
  const { code, stderr } = await run('batch', writeRows('changed.csv', ['one', 'two', 'other']), '--id', 'good');
  expect(code).toBe(2);
  expect(stderr).toContain('used for other rows');
  expect(await rig.client.batch('good').status()).toMatchObject({ counts: { succeeded: 3, total: 3 } });
});

(process.platform === 'linux' ? test : test.skip)(
  'a batch that is killed while it reads its rows leaves none behind',
  async () => {
    const temporary = tempFolder();
    const killed = startCli(['batch', '-', '--format', 'csv'], folder, { ...env(), TMPDIR: temporary });
    left.add(killed);
    const rows = Array.from({ length: 3_000 }, (_, row) => `k${row},one,32,32,png`);
    killed.child.stdin?.write([HEAD, ...rows, ''].join('\n'));
    await until('its file has lost its name', () => keepsNameless(Number(killed.child.pid), temporary));
    killed.child.kill('SIGKILL');
    await killed.finished;
    expect(readdirSync(temporary)).toEqual([]);
  },
);

describe('when Temporal is gone', () => {
  beforeAll(async () => {
    await until('all have ended', async () => (await rig.client.batch('detached').status()).finishedAt !== null);
    await rig.stopWorkers();
    await rig.server.stop();
  });

  test('results are listed as JSON lines from the store alone, in the order of the file', async () => {
    const { code, stdout } = await run('results', 'lost');
    const lines = stdout.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { key: 'a', outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN', file: null, jobId: null },
      { key: 'b', outcome: 'failed', code: 'INPUT_INVALID', file: null },
      { key: 'c', outcome: 'succeeded', code: null, mimeType: 'image/png', width: 32, height: 32 },
    ]);
  });

  test.each([
    ['unknown', 'a,unknown,'],
    ['failed', 'b,failed,'],
    ['succeeded', 'c,succeeded,'],
  ])('results that are %s are listed alone as CSV below a heading', async (outcome, begins) => {
    const { code, stdout } = await run('results', 'lost', '--format', 'csv', '--outcome', outcome);
    const [heading, first, ...more] = stdout.trimEnd().split('\n');
    expect([code, heading, more]).toEqual([
      0,
      'key,outcome,file,sha256,bytes,mimeType,width,height,verified,jobId,code,message,submissions,files',
      [],
    ]);
    expect(first?.startsWith(begins)).toBe(true);
  });

  test('an outcome without items has no lines', async () => {
    expect(await run('results', 'good', '--outcome', 'failed')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('results of a batch that the store does not know are refused with the address of the store', async () => {
    const { code, stderr } = await run('results', 'nobody');
    expect(code).toBe(2);
    expect(stderr).toContain(rig.store);
  });
});

/** Whether a process has a file below a folder open, with or without a name. */
/** Whether it has a file open there that was removed. */
function keepsNameless(pid: number, below: string): boolean {
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readTarget(`/proc/${pid}/fd/${fd}`));
  return open.some((file) => file.startsWith(realpathSync(below)) && file.endsWith(' (deleted)'));
}

/** Empty for a file that was closed in the meantime. */
function readTarget(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
