/** What an answer to a paid POST proves; one line for each line of the table in the architecture. */
import { classifySubmit } from '../../../activities/imagepipeline/classify-submit';

const NO_WAIT = undefined;
const answered = (status: number, body: unknown = {}, retryAfterMs: number | undefined = NO_WAIT) =>
  classifySubmit({ kind: 'answer', status, body, retryAfterMs });
const DETAIL = { detail: 'words' };
const named = (errorCode: string) => ({ error: 'x', error_code: errorCode, message: 'words' });

describe('a refusal is proven only by a status or a code that says so', () => {
  test.each([
    { status: 300, body: DETAIL, code: 'RESPONSE_INVALID' },
    { status: 301, body: DETAIL, code: 'RESPONSE_INVALID' },
    { status: 307, body: DETAIL, code: 'RESPONSE_INVALID' },
    { status: 400, body: DETAIL, code: 'INPUT_INVALID' },
    { status: 401, body: {}, code: 'UNAUTHENTICATED' },
    { status: 402, body: {}, code: 'INSUFFICIENT_CREDITS' },
    { status: 403, body: {}, code: 'FORBIDDEN' },
    { status: 403, body: named('UNAUTHENTICATED'), code: 'UNAUTHENTICATED' },
    { status: 404, body: {}, code: 'RESPONSE_INVALID' },
    { status: 405, body: {}, code: 'RESPONSE_INVALID' },
    { status: 409, body: DETAIL, code: 'RESPONSE_INVALID' },
    { status: 413, body: {}, code: 'INPUT_INVALID' },
    { status: 415, body: {}, code: 'RESPONSE_INVALID' },
    { status: 418, body: DETAIL, code: 'RESPONSE_INVALID' },
    { status: 422, body: {}, code: 'INPUT_INVALID' },
    { status: 429, body: {}, code: 'RATE_LIMIT_EXCEEDED' },
    { status: 503, body: DETAIL, code: 'PROVIDER_UNREACHABLE' },
    { status: 429, body: named('RATE_LIMIT_EXCEEDED'), code: 'RATE_LIMIT_EXCEEDED' },
    { status: 429, body: named('CONCURRENT_JOBS_EXCEEDED'), code: 'CONCURRENT_JOBS_EXCEEDED' },
    { status: 429, body: named('A_NEW_LIMIT'), code: 'RATE_LIMIT_EXCEEDED' },
    { status: 503, body: named('MODEL_UNAVAILABLE'), code: 'MODEL_UNAVAILABLE' },
    { status: 400, body: named('INVALID_PARAMETERS'), code: 'INPUT_INVALID' },
    { status: 402, body: named('CREDIT_CHARGE_FAILED'), code: 'CREDIT_CHARGE_FAILED' },
    { status: 403, body: named('INSUFFICIENT_BALANCE'), code: 'INSUFFICIENT_CREDITS' },
    { status: 500, body: named('INSUFFICIENT_CREDITS'), code: 'INSUFFICIENT_CREDITS' },
    { status: 200, body: named('INSUFFICIENT_CREDITS'), code: 'INSUFFICIENT_CREDITS' },
    { status: 200, body: named('INSUFFICIENT_BALANCE'), code: 'INSUFFICIENT_CREDITS' },
    { status: 429, body: undefined, code: 'RATE_LIMIT_EXCEEDED' },
    { status: 401, body: 'a text', code: 'UNAUTHENTICATED' },
    { status: 408, body: named('RATE_LIMIT_EXCEEDED'), code: 'RATE_LIMIT_EXCEEDED' },
    { status: 500, body: named('INTERNAL_ERROR'), code: 'INTERNAL_ERROR' },
    { status: 400, body: named('constructor'), code: 'INPUT_INVALID' },
    { status: 502, body: DETAIL, code: 'PROVIDER_UNREACHABLE' },
  ])('HTTP $status with $body is refused as $code', ({ status, body, code }) => {
    expect(answered(status, body)).toMatchObject({ kind: 'refused', code });
  });

  test('no connection at all is refused as PROVIDER_UNREACHABLE', () => {
    const verdict = classifySubmit({ kind: 'nothing-sent', problem: 'cannot connect' });
    expect(verdict).toEqual({ kind: 'refused', code: 'PROVIDER_UNREACHABLE', message: 'cannot connect' });
  });
});

describe('whatever proves nothing is unknown, so that it is never paid twice', () => {
  test.each([
    { status: 408, body: {} },
    { status: 300, body: {} },
    { status: 400, body: {} },
    { status: 400, body: '<html>Request Header Or Cookie Too Large</html>' },
    { status: 409, body: 'conflict' },
    { status: 500, body: {} },
    { status: 503, body: undefined },
    { status: 503, body: [1, 2] },
    { status: 503, body: { message: 'Service Unavailable' } },
    { status: 502, body: { title: 'Bad gateway', status: 502, detail: 'The origin did not answer.' } },
    { status: 501, body: {} },
    { status: 502, body: {} },
    { status: 504, body: {} },
    { status: 504, body: { message: 'Endpoint request timed out' } },
    { status: 504, body: DETAIL },
    { status: 504, body: named('TIMEOUT') },
    { status: 504, body: named('INSUFFICIENT_CREDITS') },
    { status: 522, body: DETAIL },
    { status: 524, body: named('INTERNAL_ERROR') },
    { status: 599, body: DETAIL },
    { status: 500, body: named('constructor') },
    { status: 500, body: named('INTERNAL_SERVER_ERROR') },
    { status: 502, body: { ...DETAIL, ...named('UPSTREAM_FAILED') } },
    { status: 503, body: named('UPSTREAM_TIMEOUT') },
    { status: 520, body: undefined },
    { status: 599, body: {} },
    { status: 200, body: undefined },
    { status: 200, body: {} },
    { status: 200, body: null },
    { status: 200, body: 'job_1' },
    { status: 200, body: { job_id: '' } },
    { status: 200, body: { job_id: null } },
    { status: 200, body: { job_id: { id: 'x' } } },
    { status: 200, body: named('MODEL_ERROR') },
    { status: 204, body: undefined },
  ])('HTTP $status with $body is unknown', ({ status, body }) => {
    expect(answered(status, body)).toMatchObject({ kind: 'unknown' });
  });

  test('an answer that was lost is unknown', () => {
    expect(classifySubmit({ kind: 'lost', problem: 'reset' })).toEqual({ kind: 'unknown', message: 'reset' });
  });
});

describe('a job id is all that an acceptance needs', () => {
  test.each([
    { status: 200, body: { job_id: 'job_1' }, jobId: 'job_1', estimatedMs: null },
    { status: 201, body: { job_id: 'job_1' }, jobId: 'job_1', estimatedMs: null },
    { status: 202, body: { job_id: 7 }, jobId: '7', estimatedMs: null },
    { status: 200, body: { job_id: 'j', estimated_time_seconds: 2.5 }, jobId: 'j', estimatedMs: 2_500 },
    { status: 200, body: { job_id: 'j', estimated_time_seconds: 0 }, jobId: 'j', estimatedMs: 0 },
    { status: 200, body: { job_id: 'j', estimated_time_seconds: -1 }, jobId: 'j', estimatedMs: null },
    { status: 200, body: { job_id: 'j', estimated_time_seconds: '5' }, jobId: 'j', estimatedMs: null },
    { status: 200, body: { job_id: 'j', status: 4, future: [1] }, jobId: 'j', estimatedMs: null },
    { status: 200, body: { job_id: 'j', ...named('MODEL_ERROR') }, jobId: 'j', estimatedMs: null },
  ])('HTTP $status with $body is accepted as $jobId', ({ status, body, jobId, estimatedMs }) => {
    expect(answered(status, body)).toEqual({ kind: 'accepted', jobId, estimatedMs });
  });
});

describe('a message says what the provider said', () => {
  test.each([
    [[{ loc: ['body', 'prompt'], msg: 'field required' }], 'HTTP 422: body.prompt: field required'],
    [
      [
        { loc: ['body', 'palette', 0], msg: 'not a colour' },
        { loc: ['body', 'width'], msg: 'too large' },
      ],
      'HTTP 422: body.palette.0: not a colour; body.width: too large',
    ],
    [[{ msg: 'bad' }], 'HTTP 422: body: bad'],
    [[{ loc: 7, msg: 8 }], 'HTTP 422: body: invalid'],
    ['Unprocessable', 'HTTP 422: Unprocessable'],
    [[], 'HTTP 422'],
  ])('the detail %j reads "%s"', (detail, message) => {
    expect(answered(422, { detail })).toMatchObject({ code: 'INPUT_INVALID', message });
  });

  test.each([
    [{ message: 'words' }, 'HTTP 422: words'],
    [{ error: 'short words' }, 'HTTP 422: short words'],
    [{ error: { odd: true } }, 'HTTP 422'],
  ])('the body %j reads "%s"', (body, message) => {
    expect(answered(422, body)).toMatchObject({ message });
  });
});

test('Retry-After travels with a refusal, and only with one', () => {
  expect(answered(429, {}, 7_000)).toMatchObject({ retryAfterMs: 7_000 });
  expect(answered(503, DETAIL, 0)).toMatchObject({ retryAfterMs: 0 });
  expect(answered(429)).not.toHaveProperty('retryAfterMs');
  expect(answered(500, {}, 7_000)).not.toHaveProperty('retryAfterMs');
});
