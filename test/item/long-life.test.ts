/** An image whose trouble does not end continues as new before its history is too long, and loses nothing on the way. */
import { IdTakenError, type ItemHandle } from '../../client';
import type { CarriedItem, ItemInput } from '../../workflows/messages';
import { readHistory } from '../support/history';
import { catchError, findJobs, scriptFor, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ fewEvents: 'fewest', callbacks: true });
});
afterAll(() => rig.close());

const look = (id: string) => rig.client.temporal.workflow.getHandle(id).describe();

async function untilAnew(handle: ItemHandle, runId: string): Promise<void> {
  await until(`${handle.id} has begun anew`, async () => (await look(handle.id)).runId !== runId);
}

async function carriedOf(id: string): Promise<CarriedItem | undefined> {
  const { events } = await readHistory(rig, id);
  const payloads = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  const [input] = payloads.map(({ data }) => JSON.parse(Buffer.from(data ?? []).toString('utf8')) as ItemInput);
  return input?.carried;
}

test('refused again and again it continues as new, keeps its submissions, and is found by its id', async () => {
  const id = 'refused';
  scriptFor(rig, id, { failJob: 'MODEL_ERROR', jobMs: 0 }, 1);
  scriptFor(rig, id, { refuse: 'RATE_LIMIT_EXCEEDED' }, 3);
  const handle = await start(rig.client, id, { deadlineMs: 3_600_000 });
  const { runId } = await look(id);
  const result = handle.result();
  await untilAnew(handle, runId);
  expect((await start(rig.client, id, { deadlineMs: 3_600_000 })).alreadyStarted).toBe(true);
  const other = rig.client.startImage({ id, request: { prompt: 'another one' } });
  await expect(other).rejects.toThrow(IdTakenError);
  const report = await result;
  expect(report).toMatchObject({ outcome: 'succeeded' });
  expect(report.submissions.map(({ jobId }) => jobId)).toEqual(findJobs(rig, id).map(({ jobId }) => jobId));
  const refusals = report.submissions.map(({ refusals: before }) => before['RATE_LIMIT_EXCEEDED'] ?? 0);
  expect(refusals.reduce((sum, count) => sum + count, 0)).toBe(3);
  expect(findJobs(rig, id).filter(({ charged }) => charged)).toHaveLength(1);
});

test('cancelled after it has continued as new, it ends as cancelled', async () => {
  const id = 'refused-for-ever';
  scriptFor(rig, id, { refuse: 'RATE_LIMIT_EXCEEDED' });
  const handle = await start(await rig.clientOf(id), id);
  await until('it was refused', async () => (await handle.status()).lastCode === 'RATE_LIMIT_EXCEEDED');
  await untilAnew(handle, (await look(id)).runId);
  expect((await handle.status()).lastCode).toBe('RATE_LIMIT_EXCEEDED');
  // It keeps its place in the governor's queue, so it does not ask again.
  expect((await carriedOf(id))?.permits).toEqual({ isQueued: true, patienceMs: 300_000 });
  await handle.cancel();
  expect(await catchError(handle)).toMatchObject({ outcome: 'cancelled', jobId: null });
  expect(findJobs(rig, id)).toEqual([]);
});

test('a lost answer is settled by its callback, however often the image has continued as new', async () => {
  const id = 'lost';
  scriptFor(rig, id, { refuse: 'RATE_LIMIT_EXCEEDED' }, 2);
  scriptFor(rig, id, { fault: 'reset-after-accept', on: 'submit' }, 1);
  scriptFor(rig, id, { jobMs: 3_000 });
  const handle = await start(await rig.clientOf(id), id);
  const { runId } = await look(id);
  expect(await handle.result()).toMatchObject({ outcome: 'succeeded', submissions: [{ number: 1, code: null }] });
  expect((await look(id)).runId).not.toBe(runId);
  expect(findJobs(rig, id)).toHaveLength(1);
});
