/** Codes outside the published list, and flags that contradict it. */
import { getFailureRow } from '../../workflows/domain/failures/failures';
import { catchError, findJobs, scriptFor, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

test.each([
  ['forbids a retry', false],
  ['says nothing', null],
] as const)('an unlisted code whose flag %s is final, and keeps its name', async (name, retryable) => {
  const id = `unlisted-${name.replaceAll(' ', '-')}`;
  scriptFor(rig, id, { failJob: 'GPU_ON_FIRE', retryable, message: 'the card burns', jobMs: 0 });
  const error = await catchError(await start(rig.client, id));
  expect(error).toMatchObject({
    code: 'GPU_ON_FIRE',
    message: 'GPU_ON_FIRE: the card burns',
    remedy: getFailureRow('UNRECOGNISED_CODE').remedy,
  });
  expect(findJobs(rig, id)).toHaveLength(1);
});

test('an unlisted code whose flag allows a retry gets the cautious budget', async () => {
  scriptFor(rig, 'unlisted-allowed', { failJob: 'GPU_ON_FIRE', retryable: true, jobMs: 0 });
  const error = await catchError(await start(rig.client, 'unlisted-allowed'));
  expect(error).toMatchObject({ code: 'GPU_ON_FIRE', outcome: 'failed' });
  expect(findJobs(rig, 'unlisted-allowed')).toHaveLength((getFailureRow('UNRECOGNISED_CODE').budget ?? 0) + 1);
});

test('a job that fails with the name of one of our own codes is final, and is not read for ever', async () => {
  scriptFor(rig, 'unlisted-own', { failJob: 'STORE_UNAVAILABLE', jobMs: 0 });
  const error = await catchError(await start(rig.client, 'unlisted-own'));
  expect(error.code).toBe('STORE_UNAVAILABLE');
  expect(findJobs(rig, 'unlisted-own')).toHaveLength(1);
});

test('a published code that may be retried is final when the job itself forbids it', async () => {
  scriptFor(rig, 'contradiction-strict', { failJob: 'MODEL_ERROR', retryable: false, jobMs: 0 });
  expect(await catchError(await start(rig.client, 'contradiction-strict'))).toMatchObject({ code: 'MODEL_ERROR' });
  expect(findJobs(rig, 'contradiction-strict')).toHaveLength(1);
});

test('a published code that may not be retried stays final when the job itself allows it', async () => {
  scriptFor(rig, 'contradiction-lax', { failJob: 'INPUT_INVALID', retryable: true, jobMs: 0 });
  expect(await catchError(await start(rig.client, 'contradiction-lax'))).toMatchObject({ code: 'INPUT_INVALID' });
  expect(findJobs(rig, 'contradiction-lax')).toHaveLength(1);
});
