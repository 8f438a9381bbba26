/** A cancelled image submits nothing further, ends as cancelled, and does not forget what was submitted. */
import type { ImagePipelineApi } from '../../activities';
import type { ImageHandle } from '../../client';
import { errorOf, jobsOf, promptOf, scriptFor, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';

let rig: Rig;
let answerMayCome: () => void;
const answered = new Promise<void>((resolve) => {
  answerMayCome = resolve;
});

/** Keeps back the answer to one submission until the test lets it through. */
function withSlowAnswer(real: ImagePipelineApi): ImagePipelineApi {
  const submit: ImagePipelineApi['submit'] = async (operation, request) => {
    const verdict = await real.submit(operation, request);
    if (request['prompt'] === promptOf('sending')) await answered;
    return verdict;
  };
  return { ...real, submit };
}

beforeAll(async () => {
  // Long waits before a retry, so that there is something to cancel.
  rig = await startRig({ api: withSlowAnswer, delays: 0.9 });
});
afterAll(() => rig.close());

const inState = (handle: ImageHandle, state: string) =>
  until(`${handle.id} is ${state}`, async () => ((await handle.status()).state === state ? true : null));

async function closedAs(id: string): Promise<string> {
  return (await rig.client.temporal.workflow.getHandle(id).describe()).status.name;
}

test('cancelling while its job is awaited ends an image promptly, and its report keeps the job that was accepted', async () => {
  scriptFor(rig, 'awaited', { never: true });
  const handle = await start(rig.client, 'awaited');
  await inState(handle, 'awaiting');
  await handle.cancel();
  const error = await errorOf(handle);
  const [job] = jobsOf(rig, 'awaited');
  expect(error).toMatchObject({ code: 'CANCELLED', outcome: 'cancelled', jobId: job?.jobId });
  expect(error.submissions).toMatchObject([{ number: 1, jobId: job?.jobId, code: 'CANCELLED' }]);
  expect(await closedAs('awaited')).toBe('CANCELLED');
});

test('cancelling while a retry is waited for submits nothing further', async () => {
  scriptFor(rig, 'retrying', { failJob: 'MODEL_UNAVAILABLE', jobMs: 0 });
  const handle = await start(rig.client, 'retrying');
  await inState(handle, 'waiting-to-retry');
  await handle.cancel();
  expect(await errorOf(handle)).toMatchObject({
    code: 'CANCELLED',
    outcome: 'cancelled',
    submissions: [{ number: 1, code: 'MODEL_UNAVAILABLE' }],
  });
  expect(await closedAs('retrying')).toBe('CANCELLED');
  expect(jobsOf(rig, 'retrying')).toHaveLength(1);
});

test('cancelling while a refused submission waits to be sent again leaves no job behind', async () => {
  scriptFor(rig, 'refused', { refuse: 'RATE_LIMIT_EXCEEDED' });
  const handle = await start(rig.client, 'refused');
  await until('it was refused', async () => ((await handle.status()).lastCode === 'RATE_LIMIT_EXCEEDED' ? true : null));
  await handle.cancel();
  expect(await errorOf(handle)).toMatchObject({ code: 'CANCELLED', outcome: 'cancelled', jobId: null });
  expect(jobsOf(rig, 'refused')).toEqual([]);
});

test('cancelling while the POST is under way lets it finish, and its job is in the report', async () => {
  const handle = await start(rig.client, 'sending');
  await until('the POST is accepted', () => jobsOf(rig, 'sending').length === 1);
  await handle.cancel();
  expect((await handle.status()).state).toBe('submitting');
  answerMayCome();
  const error = await errorOf(handle);
  const [job] = jobsOf(rig, 'sending');
  expect(error).toMatchObject({ code: 'CANCELLED', outcome: 'cancelled', jobId: job?.jobId });
  expect(jobsOf(rig, 'sending')).toHaveLength(1);
});

test('an image that was terminated by an operator has ended unknown: a submission may have been accepted', async () => {
  scriptFor(rig, 'terminated', { never: true });
  const handle = await start(rig.client, 'terminated');
  await inState(handle, 'awaiting');
  await rig.client.temporal.workflow.getHandle('terminated').terminate('by hand');
  expect(await errorOf(handle)).toMatchObject({ code: 'SUBMIT_OUTCOME_UNKNOWN', outcome: 'unknown' });
  expect((await handle.status()).state).toBe('terminated');
});
