/** What is recorded of an image: the derived policies, summaries for people, and nothing that must stay secret. */
import { awaitRetryPolicy, submitRetryPolicy } from '../../workflows/domain/failures/policies';
import { readable, readHistory, scheduled } from '../support/history';
import { catchError, findJobs, formatPrompt, scriptFor, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const expectSeconds = (ms: number) => ({ seconds: expect.objectContaining({ low: ms / 1_000 }) });

test('an image that succeeds at once costs two activities', async () => {
  await (await start(rig.client, 'plain')).result();
  const activities = scheduled(await readHistory(rig, 'plain'));
  expect(activities.map(({ name }) => name)).toEqual(['submitJob', 'awaitJob']);
});

test.each([
  ['submitJob', submitRetryPolicy()],
  ['awaitJob', awaitRetryPolicy()],
])(
  '%s is scheduled with the policy that the failure table gives, and no other limit of attempts',
  async (name, policy) => {
    await start(rig.client, 'plain');
    await rig.client.item('plain').result();
    const activity = scheduled(await readHistory(rig, 'plain')).find((one) => one.name === name);
    expect(activity?.retryPolicy).toMatchObject({
      nonRetryableErrorTypes: policy.nonRetryableErrorTypes,
      backoffCoefficient: policy.backoffCoefficient,
      initialInterval: expectSeconds(policy.initialInterval),
      maximumInterval: expectSeconds(policy.maximumInterval),
    });
    expect(activity?.retryPolicy?.maximumAttempts ?? 0).toBe(0);
    expect(activity?.heartbeatTimeout).toMatchObject(expectSeconds(15_000));
  },
);

test('an attempt to send has minutes, an attempt to wait has as long as the image has', async () => {
  const handle = await start(rig.client, 'limits', { deadlineMs: 3_600_000 });
  await handle.result();
  const [submit, wait] = scheduled(await readHistory(rig, 'limits'));
  expect(Number(submit?.startToCloseTimeout?.seconds)).toBeLessThan(5 * 60);
  expect(Number(wait?.startToCloseTimeout?.seconds)).toBeGreaterThan(55 * 60);
});

test('every step says in its summary which image, which submission and which job it belongs to', async () => {
  const id = 'summaries';
  scriptFor(rig, id, { failJob: 'MODEL_ERROR', jobMs: 0 }, 1);
  await (await start(rig.client, id)).result();
  const history = await readHistory(rig, id);
  const [first, second] = findJobs(rig, id);
  expect(scheduled(history).map(({ summary }) => summary)).toEqual([
    `${id} · submission 1`,
    `${id} · ${first?.jobId}`,
    `${id} · submission 2`,
    `${id} · ${second?.jobId}`,
  ]);
  expect(readable(history).includes(`${id} · again after MODEL_ERROR`)).toBe(true);
});

test('a failed job leaves the flag and the jittered delay of the table in the history', async () => {
  const id = 'flags';
  scriptFor(rig, id, { failJob: 'TIMEOUT', jobMs: 0 }, 1);
  await (await start(rig.client, id)).result();
  const failures = ((await readHistory(rig, id)).events ?? []).flatMap(
    ({ activityTaskFailedEventAttributes: attributes }) => (attributes ? [attributes.failure] : []),
  );
  expect(failures).toMatchObject([
    { applicationFailureInfo: { type: 'TIMEOUT', nonRetryable: false, nextRetryDelay: expect.anything() } },
  ]);
});

test('no signed address and no key is in any history, and the prompt only where the caller put it', async () => {
  scriptFor(rig, 'secret-bad', {
    failJob: 'INPUT_INVALID',
    message: `"${formatPrompt('secret-bad')}" is rejected`,
    jobMs: 0,
  });
  scriptFor(rig, 'secret-expired', { on: 'result', fault: 'expired' }, 1);
  scriptFor(rig, 'secret-refused', {
    status: 401,
    body: { error_code: 'UNAUTHENTICATED', message: `no such key: ${rig.emulator.apiKey}` },
  });
  await catchError(await start(rig.client, 'secret-bad'));
  // It holds its account, so that has to be one of its own.
  await catchError(await start(await rig.clientOf('refused'), 'secret-refused'));
  await (await start(rig.client, 'secret-expired')).result();
  for (const id of ['secret-bad', 'secret-expired', 'secret-refused']) {
    const text = readable(await readHistory(rig, id));
    const secrets = ['signature=', '/results/', rig.emulator.apiKey];
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    const places = text.split(formatPrompt(id)).length - 1;
    // The workflow's input and one for each activity's.
    expect(places).toBe(1 + scheduled(await readHistory(rig, id)).length);
  }
});
