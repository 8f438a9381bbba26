/** Signals to a worker with paid requests in progress: the first drains, the second tells, the third ends. */
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { BatchCli } from './batch-cli';
import { type CliProcess, startCli } from './cli-process';

const ROWS = 30;
/** Of every answer to a submission; longer than both signals are apart, and shorter than a POST may take. */
const DELAY_MS = 25_000;
const APART_MS = 3_000;

let rig: Rig;
let batchCli: BatchCli;
const started: CliProcess[] = [];

beforeAll(async () => {
  rig = await startRig({ worker: false });
  batchCli = new BatchCli(rig);
});
afterAll(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await rig.close();
});

async function startWorker(): Promise<CliProcess> {
  const { emulator, server, store } = rig;
  const provider = { IMAGEPIPELINE_API_KEY: emulator.apiKey, IMAGEPIPELINE_BASE_URL: emulator.url };
  const worker = startCli(['worker'], batchCli.folder, { ...server.env, ...provider, IMAGEPIPELINE_STORE: store });
  started.push(worker);
  await worker.seen(/^ready/m);
  return worker;
}

/** Starts a batch, and waits until its first requests are in progress. */
async function startBatch(id: string): Promise<number> {
  const prompts = Object.fromEntries(Array.from({ length: ROWS }, (_, row) => [`row-${row}`, '']));
  await batchCli.run('batch', batchCli.writeRows(id, prompts), '--id', id, '--detach');
  const before = rig.emulator.ledger().submits;
  return until('requests are under way', () => {
    const { submits } = rig.emulator.ledger();
    return submits > before ? submits - before : null;
  });
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

test('two signals 3 s apart make nothing unknown, and the second tells what is waited for', async () => {
  rig.emulator.script({ then: { on: 'submit', delayMs: DELAY_MS } });
  const worker = await startWorker();
  await startBatch('drained');
  worker.child.kill('SIGTERM');
  await worker.seen(/stopping/);
  await pause(APART_MS);
  worker.child.kill('SIGTERM');
  await worker.seen(
    /waiting for the answers to \d+ paid requests?, for at most \d+ s \(until [\d:]+ [+-][\d:]+\); a third/,
  );
  expect((await worker.finished).code).toBe(0);
  rig.emulator.clearScripts();
  await rig.startWorker();
  const { counts } = await rig.client.batch('drained').result();
  expect(counts).toMatchObject({ total: ROWS, succeeded: ROWS, unknown: 0 });
  expect(rig.emulator.ledger().accepted).toBe(ROWS);
  await rig.stopWorkers();
});

test.each<[NodeJS.Signals, NodeJS.Signals, NodeJS.Signals]>([
  ['SIGTERM', 'SIGINT', 'SIGTERM'],
  ['SIGINT', 'SIGTERM', 'SIGINT'],
])('%s, %s, %s: the third ends at once and says what it costs', async (first, second, third) => {
  rig.emulator.script({ then: { on: 'submit', delayMs: DELAY_MS } });
  const worker = await startWorker();
  await startBatch(`ended-by-${third}`);
  worker.child.kill(first);
  await worker.seen(/stopping/);
  worker.child.kill(second);
  await worker.seen(/a third signal ends at once/);
  worker.child.kill(third);
  const { code, stderr } = await worker.finished;
  expect(code).toBeNull();
  expect(worker.child.signalCode).toBe(third);
  expect(stderr).toMatch(/ended at once: \d+ paid requests? had no answer yet; their items end as unknown/);
  await rig.client.temporal.workflow.getHandle(`ended-by-${third}`).terminate();
  rig.emulator.clearScripts();
});

test('one Ctrl-C that arrives twice counts once', async () => {
  const worker = await startWorker();
  worker.child.kill('SIGINT');
  worker.child.kill('SIGINT');
  const { code, stderr } = await worker.finished;
  expect(code).toBe(0);
  expect(stderr).not.toContain('third signal');
});
