/** Answers to a real POST over a real socket: what each one proves, and that it was asked for only once. */
import { answer, type Handler, provider } from '../../support/provider';
import { API_KEY, realApi } from '../../support/real-api';

const REQUEST = { prompt: 'a lighthouse that nobody else may know of' };

/** One POST, and the proof that it was one. */
async function submitted(handler: Handler) {
  const server = await provider(handler);
  const verdict = await realApi(server.url).submit('generate/image', REQUEST);
  expect(server.requests).toEqual(['POST /generate/image/v1']);
  expect(JSON.stringify(verdict)).not.toContain(API_KEY);
  return verdict;
}

const accepted = { job_id: 'job_1', status: 'queued', estimated_time_seconds: 4 };
const words = (errorCode: string) => ({ error: 'x', error_code: errorCode, message: 'the words of the provider' });

test('a POST carries the key, JSON, and exactly the fields of the request', async () => {
  const server = await provider(answer(200, accepted));
  await realApi(`${server.url}/`).submit('generate/image', REQUEST);
  expect(server.requests).toEqual(['POST /generate/image/v1']);
  expect(server.headers).toMatchObject([{ 'x-api-key': API_KEY, 'content-type': 'application/json' }]);
  expect(server.bodies).toEqual([JSON.stringify(REQUEST)]);
});

test('a 200 with a job id is an acceptance with the estimate of the provider', async () => {
  expect(await submitted(answer(200, accepted))).toEqual({ kind: 'accepted', jobId: 'job_1', estimatedMs: 4_000 });
});

test.each([
  { status: 401, body: words('UNAUTHENTICATED'), code: 'UNAUTHENTICATED' },
  { status: 402, body: words('INSUFFICIENT_CREDITS'), code: 'INSUFFICIENT_CREDITS' },
  { status: 402, body: words('CREDIT_CHARGE_FAILED'), code: 'CREDIT_CHARGE_FAILED' },
  { status: 403, body: words('FORBIDDEN'), code: 'FORBIDDEN' },
  { status: 400, body: words('INVALID_PARAMETERS'), code: 'INPUT_INVALID' },
  { status: 404, body: '<html>no such page</html>', code: 'RESPONSE_INVALID' },
  { status: 405, body: {}, code: 'RESPONSE_INVALID' },
  { status: 413, body: 'too large', code: 'INPUT_INVALID' },
  { status: 415, body: {}, code: 'RESPONSE_INVALID' },
  { status: 429, body: words('RATE_LIMIT_EXCEEDED'), code: 'RATE_LIMIT_EXCEEDED' },
  { status: 429, body: words('CONCURRENT_JOBS_EXCEEDED'), code: 'CONCURRENT_JOBS_EXCEEDED' },
  { status: 503, body: { detail: 'maintenance' }, code: 'PROVIDER_UNREACHABLE' },
  { status: 503, body: words('MODEL_UNAVAILABLE'), code: 'MODEL_UNAVAILABLE' },
])('HTTP $status is a refusal with $code, after one POST', async ({ status, body, code }) => {
  expect(await submitted(answer(status, body))).toMatchObject({ kind: 'refused', code });
});

test('a 422 is refused with the path of each field that is wrong', async () => {
  const detail = [
    { loc: ['body', 'width'], msg: 'too large', type: 'less_than_equal' },
    { loc: ['body', 'palette', 1], msg: 'not a colour', type: 'color_error' },
  ];
  expect(await submitted(answer(422, { detail }))).toEqual({
    kind: 'refused',
    code: 'INPUT_INVALID',
    isUnnamed: true,
    message: 'HTTP 422: body.width: too large; body.palette.1: not a colour',
  });
});

test.each([408, 500, 502, 503, 504])(
  'a page with HTTP %i leaves the outcome unknown, after one POST',
  async (status) => {
    expect(await submitted(answer(status, '<html>no answer</html>'))).toMatchObject({ kind: 'unknown' });
  },
);

test.each([
  ['without a job id', answer(200, { status: 'queued' })],
  ['that is no JSON', answer(200, '<html>welcome</html>')],
  ['that is empty', answer(200, '')],
  ['that is larger than any answer', answer(200, `{"job_id":"j","x":"${'x'.repeat(1_100_000)}"}`)],
])('a 200 %s leaves the outcome unknown, after one POST', async (_name, handler) => {
  expect(await submitted(handler)).toMatchObject({ kind: 'unknown' });
});

test('a redirect is not followed, since that could pay twice', async () => {
  const elsewhere = await provider(answer(200, accepted));
  const verdict = await submitted(answer(307, '', { location: `${elsewhere.url}/generate/image/v1` }));
  expect(verdict).toMatchObject({ kind: 'unknown' });
  expect(elsewhere.requests).toEqual([]);
});

describe('Retry-After of a 429', () => {
  test.each([
    ['in seconds', '7', 7_000, 7_000],
    ['as a fraction', '0.5', 500, 500],
    ['as a date', () => new Date(Date.now() + 90_000).toUTCString(), 80_000, 90_000],
    ['as a date in the past', 'Thu, 01 Jan 2015 00:00:00 GMT', 0, 0],
    ['beyond all reason', '86400000', 3_600_000, 3_600_000],
  ])('%s is understood', async (_name, header, least, most) => {
    const value = typeof header === 'string' ? header : header();
    const verdict = await submitted(answer(429, {}, { 'retry-after': value }));
    const { retryAfterMs } = verdict as { retryAfterMs?: number };
    expect(retryAfterMs).toBeGreaterThanOrEqual(least);
    expect(retryAfterMs).toBeLessThanOrEqual(most);
  });

  test.each([
    ['absent', {}],
    ['unreadable', { 'retry-after': 'soon' }],
  ])('that is %s asks for nothing', async (_name, more) => {
    expect(await submitted(answer(429, {}, more))).not.toHaveProperty('retryAfterMs');
  });
});

test('a provider that repeats our key in its answer does not get it into the verdict', async () => {
  const message = `the key ${API_KEY} is not valid`;
  expect(await submitted(answer(401, { error_code: 'UNAUTHENTICATED', message }))).toMatchObject({
    message: 'HTTP 401: the key [key] is not valid',
  });
});
