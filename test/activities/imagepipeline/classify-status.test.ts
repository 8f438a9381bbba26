/** What a status read says about an accepted job. */
import { classifyStatus } from '../../../activities/imagepipeline/classify-status';

const read = (status: number, body: unknown = {}, retryAfterMs?: number) =>
  classifyStatus({ kind: 'answer', status, body, retryAfterMs });

test.each`
  body                                                                                    | verdict
  ${{ status: 'queued' }}                                                                 | ${{ kind: 'unfinished', state: 'queued', progress: null }}
  ${{ status: 'processing', progress: 40 }}                                               | ${{ kind: 'unfinished', state: 'processing', progress: 40 }}
  ${{ status: 'upscaling', progress: 'half' }}                                            | ${{ kind: 'unfinished', state: 'upscaling', progress: null }}
  ${{ status: 'completed', result_url: 'https://x/y' }}                                   | ${{ kind: 'completed', resultUrl: 'https://x/y', charge: null }}
  ${{ status: 'COMPLETED', result_url: 'https://x/y' }}                                   | ${{ kind: 'completed', resultUrl: 'https://x/y', charge: null }}
  ${{ status: 'completed', result_url: null }}                                            | ${{ kind: 'completed', resultUrl: null, charge: null }}
  ${{ status: 'completed', result_url: '' }}                                              | ${{ kind: 'completed', resultUrl: null, charge: null }}
  ${{ status: 'failed', failure_reason_code: 'TIMEOUT', error: 'late', retryable: true }} | ${{ kind: 'failed', code: 'TIMEOUT', message: 'late', saidRetryable: true }}
  ${{ status: 'failed', failure_reason_code: 'NEW', retryable: null }}                    | ${{ kind: 'failed', code: 'NEW', message: 'the provider gave no message', saidRetryable: undefined }}
  ${{ status: 'failed', retryable: 'yes', error: { a: 1 } }}                              | ${{ kind: 'failed', code: null, message: '{"a":1}', saidRetryable: undefined }}
  ${{ status: 'cancelled' }}                                                              | ${{ kind: 'failed', code: 'CANCELLED', message: 'Cancelled by the provider.', saidRetryable: undefined }}
  ${{ status: 'cancelled', failure_reason_code: 'CANCELLED', error: 'too old' }}          | ${{ kind: 'failed', code: 'CANCELLED', message: 'Cancelled by the provider (too old).', saidRetryable: undefined }}
  ${{ status: 'cancelled', failure_reason_code: 'TIMEOUT', retryable: true, error: '' }}  | ${{ kind: 'failed', code: 'CANCELLED', message: 'Cancelled by the provider (TIMEOUT).', saidRetryable: undefined }}
`('the job $body is read as $verdict', ({ body, verdict }) => {
  expect(read(200, body)).toEqual(verdict);
});

test.each`
  times                                                                                                        | ranMs
  ${{ total_elapsed_seconds: 6.2 }}                                                                            | ${6_200}
  ${{ queued_at: '2026-01-01T00:00:00.500Z', completed_at: '2026-01-01T00:00:03Z' }}                           | ${2_500}
  ${{ queued_at: '2026-01-01T00:00:04Z', completed_at: '2026-01-01T00:00:03Z' }}                               | ${undefined}
  ${{ queued_at: 'now', completed_at: '2026-01-01T00:00:03Z' }}                                                | ${undefined}
  ${{ total_elapsed_seconds: -1 }}                                                                             | ${undefined}
  ${{ total_elapsed_seconds: 'six', queued_at: '2026-01-01T00:00:00Z', completed_at: '2026-01-01T00:00:03Z' }} | ${3_000}
`('a completed job with $times took $ranMs ms', ({ times, ranMs }) => {
  const verdict = read(200, { status: 'completed', ...times });
  expect(verdict).toEqual({ kind: 'completed', resultUrl: null, charge: null, ranMs });
});

test.each`
  status | code
  ${401} | ${'UNAUTHENTICATED'}
  ${403} | ${'FORBIDDEN'}
  ${404} | ${'JOB_NOT_FOUND'}
  ${410} | ${'JOB_NOT_FOUND'}
  ${302} | ${'RESPONSE_INVALID'}
  ${307} | ${'RESPONSE_INVALID'}
  ${400} | ${'RESPONSE_INVALID'}
  ${402} | ${'RESPONSE_INVALID'}
  ${405} | ${'RESPONSE_INVALID'}
  ${409} | ${'RESPONSE_INVALID'}
  ${418} | ${'RESPONSE_INVALID'}
  ${422} | ${'RESPONSE_INVALID'}
  ${408} | ${'PROVIDER_UNREACHABLE'}
  ${425} | ${'PROVIDER_UNREACHABLE'}
  ${429} | ${'PROVIDER_UNREACHABLE'}
  ${500} | ${'PROVIDER_UNREACHABLE'}
  ${502} | ${'PROVIDER_UNREACHABLE'}
  ${503} | ${'PROVIDER_UNREACHABLE'}
  ${504} | ${'PROVIDER_UNREACHABLE'}
`('a read answered with HTTP $status is no end of the job, but trouble of the kind $code', ({ status, code }) => {
  expect(read(status)).toEqual({ kind: 'trouble', code, problem: `HTTP ${status}`, retryAfterMs: undefined });
});

test.each([undefined, null, 'text', [], {}, { status: '' }, { status: 7 }])(
  'the unreadable answer %j is trouble',
  (body) => {
    expect(read(200, body)).toMatchObject({ kind: 'trouble', code: 'RESPONSE_INVALID' });
  },
);

test('a read without an answer is trouble in the words of the network', () => {
  expect(classifyStatus({ kind: 'no-answer', problem: 'reset' })).toEqual({
    kind: 'trouble',
    code: 'PROVIDER_UNREACHABLE',
    problem: 'reset',
    retryAfterMs: undefined,
  });
});

test('Retry-After travels with trouble', () => {
  expect(read(429, {}, 3_000)).toMatchObject({ retryAfterMs: 3_000 });
});

test.each`
  body                                             | charge
  ${{ credits_charged: true, credits_amount: 2 }}  | ${{ credits: 2, usd: null }}
  ${{ credits_charged: false, credits_amount: 2 }} | ${{ credits: 0, usd: null }}
  ${{ cost_usd: 0.04 }}                            | ${{ credits: null, usd: 0.04 }}
  ${{ credits_amount: 'two' }}                     | ${null}
`('the charge of $body is $charge', ({ body, charge }) => {
  expect(read(200, { status: 'completed', ...body })).toMatchObject({ charge });
});
