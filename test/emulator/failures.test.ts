import { REJECTED_PHRASES, type RefusableCode, SCENARIOS, type Scenario } from '../../emulator';
import { PROVIDER_FAILURES, type ProviderFailureCode } from '../../workflows/domain/failures/failures';
import { awaitEnd, post, start, submit, when } from './harness';

const CODES = Object.keys(SCENARIOS) as ProviderFailureCode[];
const REFUSABLE = CODES.filter((code): code is RefusableCode => SCENARIOS[code].refusal !== null);

test('the emulator and the product, each written from the published page, agree on what may be retried', () => {
  const retryable = (table: Readonly<Record<string, { readonly retryable: boolean | null }>>) =>
    Object.fromEntries(Object.entries(table).map(([code, row]) => [code, row.retryable]));
  expect(retryable(SCENARIOS)).toEqual(retryable(PROVIDER_FAILURES));
});

test.each(CODES)('a job can fail with %s as published', async (code) => {
  const emulator = await start();
  when(emulator, { failJob: code });
  const { message, retryable, jobStatus }: Scenario = SCENARIOS[code];
  expect(await awaitEnd(emulator, await submit(emulator, 'a fox'))).toMatchObject({
    status: jobStatus,
    error: message,
    failure_reason_code: code,
    retryable,
    result_url: null,
    credits_charged: false,
  });
});

test.each(REFUSABLE)('a submission can be refused with %s', async (code) => {
  const emulator = await start();
  when(emulator, { refuse: code });
  const { refusal, message }: Scenario = SCENARIOS[code];
  const response = await post(emulator, { prompt: 'a fox' });
  expect(response.status).toBe(refusal?.status);
  expect(await response.json()).toEqual({ error: expect.any(String), error_code: refusal?.errorCode, message });
  expect(emulator.ledger()).toMatchObject({ accepted: 0, refused: { [code]: 1 } });
});

test.each(CODES)('a directive in the prompt provokes %s in its usual way', async (code) => {
  const emulator = await start();
  const response = await post(emulator, { prompt: `a fox {{${code}}}` });
  const { refusal, usually }: Scenario = SCENARIOS[code];
  expect(response.status).toBe(usually === 'refusal' ? refusal?.status : 200);
  const [job] = emulator.ledger().jobs;
  if (usually === 'job')
    expect(await awaitEnd(emulator, String(job?.jobId))).toMatchObject({ failure_reason_code: code });
});

test('a directive with a number concerns the first submissions of exactly that request', async () => {
  const emulator = await start();
  const prompt = 'a fox {{RATE_LIMIT_EXCEEDED x1}} {{MODEL_ERROR x2}}';
  expect((await post(emulator, { prompt })).status).toBe(429);
  const ends = [];
  for (const seed of [-1, -1, 5, -1]) {
    const response = await post(emulator, { prompt, seed });
    const { job_id } = (await response.json()) as { job_id?: string };
    ends.push(job_id === undefined ? response.status : (await awaitEnd(emulator, job_id)).status);
  }
  expect(ends).toEqual(['failed', 'failed', 429, 'completed']);
});

test('braces around anything but a published code are ordinary text', async () => {
  const emulator = await start();
  expect((await awaitEnd(emulator, await submit(emulator, 'a {{PRODUCT}} on {{model_error}}'))).status).toBe(
    'completed',
  );
});

test.each(REJECTED_PHRASES)('the content policy rejects "%s"', async (phrase) => {
  const emulator = await start();
  expect(await awaitEnd(emulator, await submit(emulator, `A photo, ${phrase.toUpperCase()}`))).toMatchObject({
    status: 'failed',
    error: 'Prompt rejected by content policy.',
    failure_reason_code: 'INPUT_INVALID',
    retryable: false,
  });
});

test('a code that is not in the published list can be shown with any flag', async () => {
  const emulator = await start();
  when(emulator, { failJob: 'SOMETHING_NEW', retryable: true, message: 'Odd.' });
  expect(await awaitEnd(emulator, await submit(emulator, 'a fox'))).toMatchObject({
    error: 'Odd.',
    failure_reason_code: 'SOMETHING_NEW',
    retryable: true,
  });
});

test('a failed job is not charged', async () => {
  const emulator = await start({ jobTime: { medianMs: 1, sigma: 0 }, credits: 2 });
  await awaitEnd(emulator, await submit(emulator, 'a fox {{MODEL_ERROR}}'));
  await awaitEnd(emulator, await submit(emulator, 'a fox'));
  expect(emulator.ledger().jobs.map(({ charged }) => charged)).toEqual([false, true]);
  expect(emulator.ledger().credits).toEqual({ [emulator.apiKey]: 1 });
});
