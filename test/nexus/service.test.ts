/** The Nexus service, as a team in another namespace of the same server uses it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import type { BatchState } from '../../workflows/domain/batch/batch-state';
import { TASK_QUEUE } from '../../workflows/messages';
import type { ItemStatusOutput } from '../../workflows/nexus-service';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { startWorkerChild } from '../support/worker-child';
import { type CallerNamespace, findFailure, startCallerNamespace } from './caller-namespace';

const SIZE = { width: 64, height: 64 };
const JOB_MS = 2_000;

let rig: Rig;
let caller: CallerNamespace;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  rig = await startRig({ nexus: true });
  closing.push(() => rig.close());
  rig.emulator.script({ match: { promptIncludes: 'a slow one' }, then: { jobMs: JOB_MS } });
  caller = await startCallerNamespace(rig.server, TASK_QUEUE);
  closing.push(() => caller.close());
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

/** What the published schema of a result has against it. */
function findSchemaProblems(name: string, result: unknown): unknown {
  const file = path.join(__dirname, '..', '..', 'schemas', `${name}.json`);
  const check = new Ajv({ strict: false, validateFormats: false }).compile(JSON.parse(readFileSync(file, 'utf8')));
  return check(result) ? null : [result, check.errors];
}

const countJobs = (prompt: string) => rig.emulator.ledger().jobs.filter((job) => job.prompt === prompt).length;
const slow = (id: string) => ({ id, request: { prompt: `a slow one ${id}`, ...SIZE } });
const untilSent = (id: string) => until(`${id} is sent`, () => countJobs(`a slow one ${id}`) === 1);

test('an item is run from another namespace', async () => {
  expect(await caller.makeBicycle('bicycle')).toMatch(/bicycle\.\w+$/);
  expect(countJobs('a red bicycle')).toBe(1);
  // Every other door knows it by its id.
  expect(await rig.client.item('bicycle').status()).toMatchObject({ state: 'succeeded', operation: 'generate/image' });
});

test('a failed item fails the operation with its code and its report', async () => {
  const input = { id: 'refused', request: { prompt: 'a {{INPUT_INVALID}}', ...SIZE } };
  const report = {
    outcome: 'failed',
    code: 'INPUT_INVALID',
    jobId: expect.any(String),
    submissions: [expect.anything()],
  };
  const seen = { handlerError: null, type: 'INPUT_INVALID', details: [expect.objectContaining(report)] };
  expect(await findFailure(caller.call('runItem', input))).toMatchObject({ ...seen, depth: 0 });
  const [detail] = (await findFailure(caller.call('runItem', input))).details;
  expect(findSchemaProblems('imagePipelineItem.result', detail)).toBeNull();
  // It has ended: the failure is the same, inside the failure of a start.
  expect(await findFailure(caller.call('runItem', input))).toMatchObject({ ...seen, depth: 1 });
  expect(countJobs(input.request.prompt)).toBe(1);
  expect(await caller.call('status', { id: 'refused' })).toMatchObject({ kind: 'item', progress: null, report });
});

test('an id is paid once for all callers, and other work is refused', async () => {
  const [first, second] = [await caller.start('runItem', slow('same')), await caller.start('runItem', slow('same'))];
  const [one, other] = await Promise.all([first.result(), second.result()]);
  expect(one).toMatchObject({ outcome: 'succeeded', result: { file: expect.stringMatching(/same\.\w+$/) } });
  expect(other).toEqual(one);
  expect(findSchemaProblems('imagePipelineItem.result', one)).toBeNull();
  expect(await caller.call('runItem', slow('same'))).toEqual(one);
  expect(countJobs('a slow one same')).toBe(1);
  // The library has the same names for the same work.
  const again = await rig.client.startItem({ operation: 'generate/image', ...slow('same') });
  expect(again.alreadyStarted).toBe(true);
  const taken = await findFailure(caller.call('runItem', { ...slow('same'), request: { prompt: 'another', ...SIZE } }));
  expect(taken).toMatchObject({ handlerError: 'CONFLICT', retryable: false });
  expect(taken.message).toMatch(/"same", which was used for an item of another request/);
  const batch = await findFailure(
    caller.call('runBatch', { id: 'same', rows: [{ key: 'a', request: { prompt: 'b' } }] }),
  );
  expect(batch.message).toMatch(/"same", which is the id of a single item/);
});

test('a failed item runs again only if that is asked for', async () => {
  rig.emulator.script({ match: { promptIncludes: 'fails once' }, then: { failJob: 'INPUT_INVALID' }, times: 1 });
  const input = { id: 'again', request: { prompt: 'fails once', ...SIZE } };
  await findFailure(caller.call('runItem', input));
  await findFailure(caller.call('runItem', input));
  expect(countJobs('fails once')).toBe(1);
  expect(await caller.call('runItem', { ...input, again: true })).toMatchObject({ outcome: 'succeeded' });
  expect(countJobs('fails once')).toBe(2);
});

test('bad input is refused at once with every problem', async () => {
  const wrong = { id: '../x', request: { prompt: 5, widht: 3 }, deadlineMs: -1, again: 'yes', supersedes: '*' };
  const seen = await findFailure(caller.call('runItem', wrong));
  expect(seen).toMatchObject({ handlerError: 'BAD_REQUEST', retryable: false, type: 'INPUT_INVALID' });
  for (const field of ['id is', 'request.prompt', 'request.widht', 'deadlineMs', 'again', 'supersedes'])
    expect(seen.message).toContain(field);
  const rows = [
    { key: 'a', request: {} },
    { key: 'A', request: {} },
    { key: 'b', request: 5 },
  ];
  const batch = await findFailure(caller.call('runBatch', { id: 'bad', rows, budget: { submission: 5 } }));
  expect(batch).toMatchObject({ handlerError: 'BAD_REQUEST', retryable: false });
  for (const field of ['rows[1].key', 'rows[2].request', 'budget']) expect(batch.message).toContain(field);
  for (const name of ['runItem', 'runBatch', 'cancel', 'status'] as const) {
    expect(await findFailure(caller.call(name, undefined))).toMatchObject({ handlerError: 'BAD_REQUEST' });
  }
  expect(await findFailure(caller.call('status', { id: 'nothing' }))).toMatchObject({ handlerError: 'NOT_FOUND' });
  expect(await findFailure(caller.call('cancel', { id: 'nothing' }))).toMatchObject({ handlerError: 'NOT_FOUND' });
});

test('an item is cancelled by the operation, or with its caller; its job in flight is collected', async () => {
  const byOperation = await caller.start('runItem', slow('cancelled'));
  await untilSent('cancelled');
  const status = (await caller.call('status', { id: 'cancelled' })) as ItemStatusOutput;
  expect(findSchemaProblems('nexus.status.result', status)).toBeNull();
  const { progress } = status;
  expect(findSchemaProblems('imagePipelineItem.itemProgress.result', progress)).toBeNull();
  expect(progress).toMatchObject({ submission: 1, cancelRequested: false });
  await caller.call('cancel', { id: 'cancelled' });
  expect(await byOperation.result()).toMatchObject({ outcome: 'succeeded' });
  await caller.call('cancel', { id: 'cancelled' });

  const withCaller = await caller.start('runItem', slow('left'));
  await withCaller.untilStarted();
  await untilSent('left');
  await withCaller.cancel();
  await until('the item knows', async () => (await rig.client.item('left').status()).cancelRequested);
  expect(await rig.client.item('left').report()).toMatchObject({ outcome: 'succeeded' });

  const atOnce = await caller.start('runItem', slow('dropped'));
  await untilSent('dropped');
  await caller.call('cancel', { id: 'dropped', now: true });
  expect(await findFailure(atOnce.result())).toMatchObject({
    details: [expect.objectContaining({ outcome: 'unknown' })],
  });
});

test('a batch is run, asked and cancelled', async () => {
  const rows = [
    { key: 'a', request: { prompt: 'a bird', ...SIZE } },
    { key: 'b', request: { prompt: 'x {{INPUT_INVALID}}', ...SIZE } },
  ];
  const state = (await caller.call('runBatch', { id: 'birds', rows, budget: { submissions: 10 } })) as BatchState;
  expect(state).toMatchObject({ state: 'completed', tally: { counts: { succeeded: 1, failed: 1 } } });
  expect(findSchemaProblems('imagePipelineBatch.result', state)).toBeNull();
  const account = await rig.client.temporal.workflow.getHandle('~account/default').query('accountStatus');
  expect(findSchemaProblems('imagePipelineAccount.accountStatus.result', account)).toBeNull();
  expect(await caller.call('runBatch', { id: 'birds', rows, concurrency: 1 })).toEqual(state);
  expect(await caller.call('status', { id: 'birds' })).toEqual({ id: 'birds', kind: 'batch', state });
  const other = await findFailure(caller.call('runBatch', { id: 'birds', rows: rows.slice(0, 1) }));
  expect(other).toMatchObject({ handlerError: 'CONFLICT' });

  const keys = ['a', 'b', 'c', 'd'];
  const slowRows = keys.map((key) => ({ key, request: { prompt: `a slow one in a batch ${key}`, ...SIZE } }));
  const running = await caller.start('runBatch', { id: 'slow-birds', rows: slowRows, concurrency: 1 });
  await until('it has begun', () => countJobs('a slow one in a batch a') + countJobs('a slow one in a batch b') > 0);
  expect(await caller.call('status', { id: 'slow-birds' })).toMatchObject({ state: { state: 'running', total: 4 } });
  expect(await findFailure(caller.call('cancel', { id: 'slow-birds', now: true }))).toMatchObject({
    handlerError: 'BAD_REQUEST',
  });
  await caller.call('cancel', { id: 'slow-birds' });
  expect(await running.result()).toMatchObject({ state: 'cancelled', tally: { counts: { failed: 0, unknown: 0 } } });
});

test('a worker that is killed in between changes nothing', async () => {
  await rig.stopWorkers();
  const call = await caller.start('runItem', slow('killed'));
  const first = await startWorkerChild(rig);
  // A worker that is killed during a POST leaves an unknown item, by whichever door it came.
  await untilSent('killed');
  await until('its job is known', async () => (await rig.client.item('killed').status()).jobId);
  first.send('SIGKILL');
  await first.ended;
  await rig.startWorker();
  expect(await call.result()).toMatchObject({ outcome: 'succeeded' });
  expect(countJobs('a slow one killed')).toBe(1);
});
