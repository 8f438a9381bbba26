/** A cancelled image submits nothing further, and collects what is paid; at once, it does not forget what was submitted. */
import type { ImagePipelineApi } from '../../activities';
import type { ResultStore } from '../../activities/store/result-store';
import type { ItemHandle } from '../../client';
import { Gate } from '../support/gate';
import { readHistory } from '../support/history';
import { catchError, findJobs, formatPrompt, scriptFor, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';

let rig: Rig;
/** By the id of an image, what keeps back the answer to its submission, and what keeps back its result. */
const answers = new Map<string, Gate>();
const kept = new Map<string, Gate>();

function withSlowAnswers(real: ImagePipelineApi): ImagePipelineApi {
  return {
    ...real,
    submit: async (operation, request) => {
      const verdict = await real.submit(operation, request);
      await [...answers].find(([id]) => request['prompt'] === formatPrompt(id))?.[1].pass();
      return verdict;
    },
  };
}

function withSlowKeeping(real: ResultStore): ResultStore {
  return Object.assign(Object.create(real), {
    keep: async (...given: Parameters<typeof real.keep>) => {
      await kept.get(given[0].key)?.pass();
      return real.keep(...given);
    },
  });
}

beforeAll(async () => {
  // Long waits before a retry, so that there is something to cancel.
  rig = await startRig({ api: withSlowAnswers, store: withSlowKeeping, delays: 0.9 });
});
afterAll(async () => {
  for (const gate of [...answers.values(), ...kept.values()]) gate.open();
  await rig.close();
});

async function isCancelRequested(id: string): Promise<boolean> {
  const { events } = await readHistory(rig, id);
  return (events ?? []).some((event) => event.workflowExecutionCancelRequestedEventAttributes);
}

const inState = (handle: ItemHandle, state: string) =>
  until(`${handle.id} is ${state}`, async () => ((await handle.status()).state === state ? true : null));

async function closedAs(id: string): Promise<string> {
  return (await rig.client.temporal.workflow.getHandle(id).describe()).status.name;
}

test('cancelling while its job is awaited lets the job, which is paid, come to its end', async () => {
  const job = new Gate();
  kept.set('awaited', job);
  const handle = await start(rig.client, 'awaited');
  await until('its result is fetched', () => job.arrived > 0);
  await handle.cancel();
  await until('the cancellation is recorded', () => isCancelRequested('awaited'));
  job.open();
  expect(await handle.result()).toMatchObject({ outcome: 'succeeded', jobId: findJobs(rig, 'awaited')[0]?.jobId });
  expect(await closedAs('awaited')).toBe('COMPLETED');
  expect(findJobs(rig, 'awaited')).toHaveLength(1);
});

test('cancelling while its job is awaited submits nothing in the place of a job that fails', async () => {
  scriptFor(rig, 'awaited-in-vain', { failJob: 'MODEL_ERROR', jobMs: 1_000 });
  const handle = await start(rig.client, 'awaited-in-vain');
  await inState(handle, 'running');
  await handle.cancel();
  expect(await catchError(handle)).toMatchObject({ outcome: 'cancelled', submissions: [{ code: 'MODEL_ERROR' }] });
  expect(findJobs(rig, 'awaited-in-vain')).toHaveLength(1);
});

test('cancelled at once, it leaves its job alone and ends unknown, with the id of the job', async () => {
  scriptFor(rig, 'left', { never: true });
  const handle = await start(rig.client, 'left');
  await inState(handle, 'running');
  await handle.cancel({ now: true });
  const error = await catchError(handle);
  const [job] = findJobs(rig, 'left');
  expect(error).toMatchObject({ code: 'CANCELLED', outcome: 'unknown', jobId: job?.jobId });
  expect(error.message).toContain(`The end of job ${job?.jobId} was not seen`);
  expect(error.submissions).toMatchObject([{ number: 1, jobId: job?.jobId, code: null }]);
  expect(await closedAs('left')).toBe('FAILED');
});

test('cancelled at once with nothing accepted, it ends as cancelled, also if it was cancelled before', async () => {
  scriptFor(rig, 'nothing-left', { failJob: 'MODEL_UNAVAILABLE', jobMs: 0 });
  const handle = await start(rig.client, 'nothing-left');
  await inState(handle, 'retrying');
  await handle.cancel({ now: true });
  expect(await catchError(handle)).toMatchObject({ code: 'CANCELLED', outcome: 'cancelled' });
});

test('cancelled and then cancelled at once, it waits for its job no longer', async () => {
  scriptFor(rig, 'twice', { never: true });
  const handle = await start(rig.client, 'twice');
  await inState(handle, 'running');
  await handle.cancel();
  await until('the cancellation is recorded', () => isCancelRequested('twice'));
  expect((await handle.status()).state).toBe('running');
  await handle.cancel({ now: true });
  expect(await catchError(handle)).toMatchObject({ outcome: 'unknown', jobId: findJobs(rig, 'twice')[0]?.jobId });
});

test('cancelling while a retry is waited for submits nothing further', async () => {
  scriptFor(rig, 'retrying', { failJob: 'MODEL_UNAVAILABLE', jobMs: 0 });
  const handle = await start(rig.client, 'retrying');
  await inState(handle, 'retrying');
  await handle.cancel();
  expect(await catchError(handle)).toMatchObject({
    code: 'CANCELLED',
    outcome: 'cancelled',
    submissions: [{ number: 1, code: 'MODEL_UNAVAILABLE' }],
  });
  expect(await closedAs('retrying')).toBe('CANCELLED');
  expect(findJobs(rig, 'retrying')).toHaveLength(1);
});

test('cancelling while a refused submission waits to be sent again leaves no job behind', async () => {
  scriptFor(rig, 'refused', { refuse: 'RATE_LIMIT_EXCEEDED' });
  const handle = await start(rig.client, 'refused');
  await until('it was refused', async () => ((await handle.status()).lastCode === 'RATE_LIMIT_EXCEEDED' ? true : null));
  await handle.cancel();
  expect(await catchError(handle)).toMatchObject({ code: 'CANCELLED', outcome: 'cancelled', jobId: null });
  expect(findJobs(rig, 'refused')).toEqual([]);
});

test.each([
  ['lets it finish, and collects its job', 'sending', false, 'succeeded'],
  ['at once lets it finish, and leaves its job alone', 'sending-now', true, 'unknown'],
])('cancelling while the POST is in progress %s', async (_how, id, now, outcome) => {
  const answer = new Gate();
  answers.set(id, answer);
  const handle = await start(rig.client, id);
  await until('the POST is accepted', () => answer.arrived > 0);
  await handle.cancel({ now });
  expect((await handle.status()).state).toBe('submitting');
  answer.open();
  const [job] = findJobs(rig, id);
  expect(await handle.report()).toMatchObject({ outcome, jobId: job?.jobId });
  expect(findJobs(rig, id)).toHaveLength(1);
});

test('an image that was terminated by an operator has ended unknown: a submission may have been accepted', async () => {
  scriptFor(rig, 'terminated', { never: true });
  const handle = await start(rig.client, 'terminated');
  await inState(handle, 'running');
  await rig.client.temporal.workflow.getHandle('terminated').terminate('by hand');
  expect(await catchError(handle)).toMatchObject({ code: 'SUBMIT_OUTCOME_UNKNOWN', outcome: 'unknown' });
  expect((await handle.status()).state).toBe('terminated');
});
