/** What a status read says about an accepted job. */
import { classifyStatus } from '../../../activities/imagepipeline/classify-status';
import { OPERATIONS } from '../../../workflows/domain/operations/operations';

const RESULTS = OPERATIONS['background/remove/image'].results;

const read = (status: number, body: unknown = {}, retryAfterMs?: number) =>
  classifyStatus({ kind: 'answer', status, body, retryAfterMs }, RESULTS);

test.each([
  { body: { status: 'queued' }, verdict: { kind: 'unfinished', state: 'queued', progress: null } },
  { body: { status: 'processing', progress: 40 }, verdict: { kind: 'unfinished', state: 'processing', progress: 40 } },
  {
    body: { status: 'upscaling', progress: 'half' },
    verdict: { kind: 'unfinished', state: 'upscaling', progress: null },
  },
  {
    body: { status: 'completed', result_url: 'https://x/y' },
    verdict: { kind: 'completed', files: [{ role: 'result', url: 'https://x/y' }], charge: null },
  },
  {
    body: { status: 'COMPLETED', result_url: 'https://x/y' },
    verdict: { kind: 'completed', files: [{ role: 'result', url: 'https://x/y' }], charge: null },
  },
  { body: { status: 'completed', result_url: null }, verdict: { kind: 'completed', files: [], charge: null } },
  { body: { status: 'completed', result_url: '' }, verdict: { kind: 'completed', files: [], charge: null } },
  {
    body: { status: 'failed', failure_reason_code: 'TIMEOUT', error: 'late', retryable: true },
    verdict: { kind: 'failed', code: 'TIMEOUT', message: 'late', saidRetryable: true },
  },
  {
    body: { status: 'failed', failure_reason_code: 'NEW', retryable: null },
    verdict: { kind: 'failed', code: 'NEW', message: 'the provider gave no message', saidRetryable: undefined },
  },
  {
    body: { status: 'failed', retryable: 'yes', error: { a: 1 } },
    verdict: { kind: 'failed', code: null, message: '{"a":1}', saidRetryable: undefined },
  },
  {
    body: { status: 'cancelled' },
    verdict: { kind: 'failed', code: 'CANCELLED', message: 'Cancelled by the provider.', saidRetryable: undefined },
  },
  {
    body: { status: 'cancelled', failure_reason_code: 'CANCELLED', error: 'too old' },
    verdict: {
      kind: 'failed',
      code: 'CANCELLED',
      message: 'Cancelled by the provider (too old).',
      saidRetryable: undefined,
    },
  },
  {
    body: { status: 'cancelled', failure_reason_code: 'TIMEOUT', retryable: true, error: '' },
    verdict: {
      kind: 'failed',
      code: 'CANCELLED',
      message: 'Cancelled by the provider (TIMEOUT).',
      saidRetryable: undefined,
    },
  },
])('the job $body is read as $verdict', ({ body, verdict }) => {
  expect(read(200, body)).toEqual(verdict);
});

test.each([
  { times: { total_elapsed_seconds: 6.2 }, ranMs: 6_200 },
  { times: { queued_at: '2026-01-01T00:00:00.500Z', completed_at: '2026-01-01T00:00:03Z' }, ranMs: 2_500 },
  { times: { queued_at: '2026-01-01T00:00:04Z', completed_at: '2026-01-01T00:00:03Z' }, ranMs: undefined },
  { times: { queued_at: 'now', completed_at: '2026-01-01T00:00:03Z' }, ranMs: undefined },
  { times: { total_elapsed_seconds: -1 }, ranMs: undefined },
  {
    times: { total_elapsed_seconds: 'six', queued_at: '2026-01-01T00:00:00Z', completed_at: '2026-01-01T00:00:03Z' },
    ranMs: 3_000,
  },
])('a completed job with $times took $ranMs ms', ({ times, ranMs }) => {
  const verdict = read(200, { status: 'completed', ...times });
  expect(verdict).toEqual({ kind: 'completed', files: [], charge: null, ranMs });
});

test.each([
  { status: 401, code: 'UNAUTHENTICATED' },
  { status: 403, code: 'FORBIDDEN' },
  { status: 404, code: 'JOB_NOT_FOUND' },
  { status: 410, code: 'JOB_NOT_FOUND' },
  { status: 302, code: 'RESPONSE_INVALID' },
  { status: 307, code: 'RESPONSE_INVALID' },
  { status: 400, code: 'RESPONSE_INVALID' },
  { status: 402, code: 'RESPONSE_INVALID' },
  { status: 405, code: 'RESPONSE_INVALID' },
  { status: 409, code: 'RESPONSE_INVALID' },
  { status: 418, code: 'RESPONSE_INVALID' },
  { status: 422, code: 'RESPONSE_INVALID' },
  { status: 408, code: 'PROVIDER_UNREACHABLE' },
  { status: 425, code: 'PROVIDER_UNREACHABLE' },
  { status: 429, code: 'PROVIDER_UNREACHABLE' },
  { status: 500, code: 'PROVIDER_UNREACHABLE' },
  { status: 502, code: 'PROVIDER_UNREACHABLE' },
  { status: 503, code: 'PROVIDER_UNREACHABLE' },
  { status: 504, code: 'PROVIDER_UNREACHABLE' },
])('a read answered with HTTP $status is no end of the job, but trouble of the kind $code', ({ status, code }) => {
  expect(read(status)).toEqual({ kind: 'trouble', code, problem: `HTTP ${status}`, retryAfterMs: undefined });
});

test.each([undefined, null, 'text', [], {}, { status: '' }, { status: 7 }])(
  'the unreadable answer %j is trouble',
  (body) => {
    expect(read(200, body)).toMatchObject({ kind: 'trouble', code: 'RESPONSE_INVALID' });
  },
);

test('a read without an answer is trouble in the words of the network', () => {
  expect(classifyStatus({ kind: 'no-answer', problem: 'reset' }, RESULTS)).toEqual({
    kind: 'trouble',
    code: 'PROVIDER_UNREACHABLE',
    problem: 'reset',
    retryAfterMs: undefined,
  });
});

test('Retry-After travels with trouble', () => {
  expect(read(429, {}, 3_000)).toMatchObject({ retryAfterMs: 3_000 });
});

test.each([
  { body: { credits_charged: true, credits_amount: 2 }, charge: { credits: 2, usd: null } },
  { body: { credits_charged: false, credits_amount: 2 }, charge: { credits: 0, usd: null } },
  { body: { cost_usd: 0.04 }, charge: { credits: null, usd: 0.04 } },
  { body: { credits_amount: 'two' }, charge: null },
])('the charge of $body is $charge', ({ body, charge }) => {
  expect(read(200, { status: 'completed', ...body })).toMatchObject({ charge });
});

test.each([
  [{ cutout_url: 'https://x/c' }, ['cutout']],
  [{ cutout_url: 'https://x/c', result_url: 'https://x/r' }, ['result', 'cutout']],
  [{ cutout_url: null, result_url: 'https://x/r' }, ['result']],
  [{ cutout_url: 7, preview_url: 'https://x/p' }, []],
])('of %j, the files are those that the operation has: %j', (urls, roles) => {
  const verdict = read(200, { status: 'completed', ...urls });
  expect('files' in verdict && verdict.files.map(({ role }) => role)).toEqual(roles);
});
