/**
 * Whatever happens to a batch, its counts add up at every look, it ends, and nobody pays twice without having been told.
 * PROPERTY_RUNS sets how many scripts are tried (each takes some seconds, those with a kill half a minute), and lets
 * any of them kill a worker; PROPERTY_SEED repeats the scripts of an earlier run.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { BatchHandle } from '../../client/batches/batch-handle';
import type { BatchStatus } from '../../client/batches/batch-status';
import { BatchRefusedError } from '../../connection/errors';
import { BatchCli } from '../cli/batch-cli';
import { type Rig, startRig } from '../support/rig';
import { startWorkerChild, type WorkerChild } from '../support/worker-child';
import { accepted, formatKey, jobsByKey, listResults, scriptFor, startBatch, sumOfCounts } from './batch-fixtures';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 4);
const SEED = Number(process.env['PROPERTY_SEED'] ?? Date.now() % 2 ** 31);
const MAY_KILL = process.env['PROPERTY_RUNS'] !== undefined;

/** A dead worker is noticed after up to 25 s, and others may be busy. */
const PATIENCE_MS = 240_000;
jest.setTimeout(PATIENCE_MS + RUNS * 60_000);

/** What is written behind the prompt of an item; `lost`: the answer to its first request never arrives. */
const ASKINGS = [
  '',
  '{{MODEL_ERROR x1}}',
  '{{CONCURRENT_JOBS_EXCEEDED x1}}',
  '{{INPUT_INVALID}}',
  '{{INPUT_INVALID x1}}',
  'lost',
] as const;

const STEPS = {
  pause: ({ batch }) => batch.pause(),
  resume: ({ batch }) => batch.resume(),
  cancel: ({ batch }) => batch.cancel(),
  wider: ({ batch }) => batch.set({ concurrency: 5 }),
  narrower: ({ batch }) => batch.set({ concurrency: 1 }),
  wait: () => sleep(300),
  kill: ({ worker }) => worker?.send('SIGKILL'),
} as const satisfies Record<string, (scene: Scene) => unknown>;
type Step = keyof typeof STEPS;

interface Script {
  readonly items: readonly (typeof ASKINGS)[number][];
  readonly concurrency: number;
  readonly steps: readonly Step[];
  /** Whether each of the redrives names the unknown items. */
  readonly redrives: readonly boolean[];
}

/** What happens in a run of a script. */
interface Scene {
  readonly id: string;
  readonly batch: BatchHandle;
  readonly worker: WorkerChild | null;
  readonly total: number;
  /** How often an item was run again although it may have been paid. */
  readonly named: Map<string, number>;
}

const steps: Step[] = [
  'pause',
  'resume',
  'wider',
  'narrower',
  'wait',
  'wait',
  'cancel',
  ...(MAY_KILL ? (['kill'] as const) : []),
];
const scripts: fc.Arbitrary<Script> = fc.record({
  items: fc.array(fc.constantFrom(...ASKINGS), { minLength: 2, maxLength: 8 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  steps: fc.array(fc.constantFrom(...steps), { maxLength: 5 }),
  redrives: fc.array(fc.boolean(), { maxLength: 2 }),
});

/** Half of the items are in flight when the worker that may hold them dies. */
const KILLED: Script = {
  items: ['', '', 'lost', '{{INPUT_INVALID x1}}', '', '{{MODEL_ERROR x1}}', '', ''],
  concurrency: 4,
  steps: ['wait', 'kill', 'wait', 'pause', 'wait'],
  redrives: [false, true],
};

let rig: Rig;
let batchCli: BatchCli;
let killed: Promise<void>;
let batches = 0;

beforeAll(async () => {
  rig = await startRig({ emulator: { jobTime: { medianMs: 60, sigma: 0.5 } } });
  batchCli = new BatchCli(rig);
  process.stderr.write(`property: ${RUNS} scripts, PROPERTY_SEED=${SEED}\n`);
  // Beside the other scripts, since what a dead worker held is waited for.
  killed = runScript(KILLED);
  // It is looked at by its own test.
  killed.catch(() => undefined);
});
afterAll(() => rig.close());

async function runScript(script: Script): Promise<void> {
  batches += 1;
  const id = `p${batches}`;
  const total = script.items.length;
  const worker = script.steps.includes('kill') ? await startWorkerChild(rig) : null;
  for (const [number, asking] of script.items.entries()) {
    if (asking !== 'lost') continue;
    scriptFor(rig, id, formatKey(number), { on: 'submit', fault: 'reset-after-accept' }, 1);
  }
  const asking = (number: number) => script.items[number] ?? '';
  const batch = await startBatch(rig, id, total, { asking, concurrency: script.concurrency, pageSize: 3 });
  const scene: Scene = { id, batch, worker, total, named: new Map() };
  for (const step of script.steps) {
    await take(step, scene);
    await look(scene);
  }
  await lookToTheEnd(scene);
  for (const unknownToo of script.redrives) await redrive(scene, unknownToo);
  worker?.send('SIGKILL');
  await worker?.ended;
}

/** A batch that has ended, or is ending, refuses; anything else is a fault. */
async function take(step: Step, scene: Scene): Promise<void> {
  try {
    await STEPS[step](scene);
  } catch (error) {
    if (!(error instanceof BatchRefusedError)) throw error;
  }
}

async function look(scene: Scene): Promise<BatchStatus> {
  const { id, total, named, batch } = scene;
  const status = await batch.status();
  expect([id, sumOfCounts(status), status.counts.total]).toEqual([id, total, total]);
  const failures = Object.values(status.failures).reduce((sum, count) => sum + count, 0);
  expect([id, failures]).toEqual([id, status.counts.failed + status.counts.unknown]);
  for (const [key, jobs] of jobsByKey(rig, id)) {
    const paid = jobs.filter(({ charged }) => charged).length;
    expect([id, key, paid <= 1 + (named.get(key) ?? 0)]).toEqual([id, key, true]);
  }
  return status;
}

/** What is paused is resumed, for nothing else would end it. */
async function lookToTheEnd(scene: Scene): Promise<void> {
  let last = await look(scene);
  const endAt = Date.now() + PATIENCE_MS;
  while (last.finishedAt === null) {
    if (Date.now() > endAt) throw new Error(`${scene.id} does not end: ${JSON.stringify(last)}`);
    if (last.state === 'paused') await take('resume', scene);
    await sleep(100);
    last = await look(scene);
  }
  const { waiting, running, retrying, ...ended } = last.counts;
  expect([scene.id, waiting + running + retrying]).toEqual([scene.id, 0]);
  const lines = await listResults(rig, scene.id);
  expect(lines.map(({ key }) => key)).toEqual(Array.from({ length: scene.total }, (_, number) => formatKey(number)));
  for (const outcome of ['succeeded', 'failed', 'cancelled', 'unknown'] as const) {
    const listed = lines.filter((line) => line.outcome === outcome).length;
    expect([scene.id, outcome, listed]).toEqual([scene.id, outcome, ended[outcome]]);
  }
  const paid = jobsByKey(rig, scene.id);
  for (const { key, outcome, jobId } of lines) {
    if (outcome !== 'succeeded') continue;
    const job = paid.get(key)?.find((one) => one.jobId === jobId);
    expect([scene.id, key, job?.charged]).toEqual([scene.id, key, true]);
  }
}

async function redrive(scene: Scene, unknownToo: boolean): Promise<void> {
  const before = await listResults(rig, scene.id);
  const unknown = before.filter(({ outcome }) => outcome === 'unknown');
  if (unknownToo) for (const { key } of unknown) scene.named.set(key, (scene.named.get(key) ?? 0) + 1);
  const outcomes = ['failed', 'cancelled', ...(unknownToo ? ['unknown'] : [])];
  const { code, stderr } = await batchCli.run('redrive', scene.id, '--detach', '--outcome', ...outcomes);
  const mayPayTwice = /may have been charged already, and may be charged again now/.test(stderr);
  const told = code === 0 ? '' : stderr;
  expect([scene.id, code, mayPayTwice, told]).toEqual([scene.id, 0, unknownToo && unknown.length > 0, '']);
  await lookToTheEnd(scene);
  const after = new Map((await listResults(rig, scene.id)).map((line) => [line.key, line]));
  for (const { key, submissions } of before) {
    const kept = after.get(key)?.submissions.slice(0, submissions.length);
    expect([scene.id, key, kept]).toEqual([scene.id, key, submissions]);
  }
}

test('for any script of outcomes, controls and redrives', async () => {
  await fc.assert(fc.asyncProperty(scripts, runScript), { numRuns: RUNS, seed: SEED, endOnFailure: true });
});

test('when a worker is killed in the middle', async () => {
  await killed;
  expect(accepted(rig, 'p1')).toBeGreaterThan(0);
});
