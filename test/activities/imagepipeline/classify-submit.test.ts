/** What an answer to a paid POST proves; one line for each line of the table in the architecture. */
import { classifySubmit } from '../../../activities/imagepipeline/classify-submit';

const NO_WAIT = undefined;
const answered = (status: number, body: unknown = {}, retryAfterMs: number | undefined = NO_WAIT) =>
  classifySubmit({ kind: 'answer', status, body, retryAfterMs });
const DETAIL = { detail: 'words' };
const named = (errorCode: string) => ({ error: 'x', error_code: errorCode, message: 'words' });

describe('a refusal is proven only by a status or a code that says so', () => {
  test.each`
    status | body                                 | code
    ${300} | ${DETAIL}                            | ${'RESPONSE_INVALID'}
    ${301} | ${DETAIL}                            | ${'RESPONSE_INVALID'}
    ${307} | ${DETAIL}                            | ${'RESPONSE_INVALID'}
    ${400} | ${DETAIL}                            | ${'INPUT_INVALID'}
    ${401} | ${{}}                                | ${'UNAUTHENTICATED'}
    ${402} | ${{}}                                | ${'INSUFFICIENT_CREDITS'}
    ${403} | ${{}}                                | ${'FORBIDDEN'}
    ${403} | ${named('UNAUTHENTICATED')}          | ${'UNAUTHENTICATED'}
    ${404} | ${{}}                                | ${'RESPONSE_INVALID'}
    ${405} | ${{}}                                | ${'RESPONSE_INVALID'}
    ${409} | ${DETAIL}                            | ${'RESPONSE_INVALID'}
    ${413} | ${{}}                                | ${'INPUT_INVALID'}
    ${415} | ${{}}                                | ${'RESPONSE_INVALID'}
    ${418} | ${DETAIL}                            | ${'RESPONSE_INVALID'}
    ${422} | ${{}}                                | ${'INPUT_INVALID'}
    ${429} | ${{}}                                | ${'RATE_LIMIT_EXCEEDED'}
    ${503} | ${DETAIL}                            | ${'PROVIDER_UNREACHABLE'}
    ${429} | ${named('RATE_LIMIT_EXCEEDED')}      | ${'RATE_LIMIT_EXCEEDED'}
    ${429} | ${named('CONCURRENT_JOBS_EXCEEDED')} | ${'CONCURRENT_JOBS_EXCEEDED'}
    ${429} | ${named('A_NEW_LIMIT')}              | ${'RATE_LIMIT_EXCEEDED'}
    ${503} | ${named('MODEL_UNAVAILABLE')}        | ${'MODEL_UNAVAILABLE'}
    ${400} | ${named('INVALID_PARAMETERS')}       | ${'INPUT_INVALID'}
    ${402} | ${named('CREDIT_CHARGE_FAILED')}     | ${'CREDIT_CHARGE_FAILED'}
    ${403} | ${named('INSUFFICIENT_BALANCE')}     | ${'INSUFFICIENT_CREDITS'}
    ${500} | ${named('INSUFFICIENT_CREDITS')}     | ${'INSUFFICIENT_CREDITS'}
    ${200} | ${named('INSUFFICIENT_CREDITS')}     | ${'INSUFFICIENT_CREDITS'}
    ${200} | ${named('INSUFFICIENT_BALANCE')}     | ${'INSUFFICIENT_CREDITS'}
    ${429} | ${undefined}                         | ${'RATE_LIMIT_EXCEEDED'}
    ${401} | ${'a text'}                          | ${'UNAUTHENTICATED'}
    ${408} | ${named('RATE_LIMIT_EXCEEDED')}      | ${'RATE_LIMIT_EXCEEDED'}
    ${500} | ${named('INTERNAL_ERROR')}           | ${'INTERNAL_ERROR'}
    ${400} | ${named('constructor')}              | ${'INPUT_INVALID'}
    ${502} | ${DETAIL}                            | ${'PROVIDER_UNREACHABLE'}
  `('HTTP $status with $body is refused as $code', ({ status, body, code }) => {
    expect(answered(status, body)).toMatchObject({ kind: 'refused', code });
  });

  test('no connection at all is refused as PROVIDER_UNREACHABLE', () => {
    const verdict = classifySubmit({ kind: 'nothing-sent', problem: 'cannot connect' });
    expect(verdict).toEqual({ kind: 'refused', code: 'PROVIDER_UNREACHABLE', message: 'cannot connect' });
  });
});

describe('whatever proves nothing is unknown, so that it is never paid twice', () => {
  test.each`
    status | body
    ${408} | ${{}}
    ${300} | ${{}}
    ${400} | ${{}}
    ${400} | ${'<html>Request Header Or Cookie Too Large</html>'}
    ${409} | ${'conflict'}
    ${500} | ${{}}
    ${503} | ${undefined}
    ${503} | ${[1, 2]}
    ${503} | ${{ message: 'Service Unavailable' }}
    ${502} | ${{ title: 'Bad gateway', status: 502, detail: 'The origin did not answer.' }}
    ${501} | ${{}}
    ${502} | ${{}}
    ${504} | ${{}}
    ${504} | ${{ message: 'Endpoint request timed out' }}
    ${504} | ${DETAIL}
    ${504} | ${named('TIMEOUT')}
    ${504} | ${named('INSUFFICIENT_CREDITS')}
    ${522} | ${DETAIL}
    ${524} | ${named('INTERNAL_ERROR')}
    ${599} | ${DETAIL}
    ${500} | ${named('constructor')}
    ${500} | ${named('INTERNAL_SERVER_ERROR')}
    ${502} | ${{ ...DETAIL, ...named('UPSTREAM_FAILED') }}
    ${503} | ${named('UPSTREAM_TIMEOUT')}
    ${520} | ${undefined}
    ${599} | ${{}}
    ${200} | ${undefined}
    ${200} | ${{}}
    ${200} | ${null}
    ${200} | ${'job_1'}
    ${200} | ${{ job_id: '' }}
    ${200} | ${{ job_id: null }}
    ${200} | ${{ job_id: { id: 'x' } }}
    ${200} | ${named('MODEL_ERROR')}
    ${204} | ${undefined}
  `('HTTP $status with $body is unknown', ({ status, body }) => {
    expect(answered(status, body)).toMatchObject({ kind: 'unknown' });
  });

  test('an answer that was lost is unknown', () => {
    expect(classifySubmit({ kind: 'lost', problem: 'reset' })).toEqual({ kind: 'unknown', message: 'reset' });
  });
});

describe('a job id is all that an acceptance needs', () => {
  test.each`
    status | body                                            | jobId      | estimatedMs
    ${200} | ${{ job_id: 'job_1' }}                          | ${'job_1'} | ${null}
    ${201} | ${{ job_id: 'job_1' }}                          | ${'job_1'} | ${null}
    ${202} | ${{ job_id: 7 }}                                | ${'7'}     | ${null}
    ${200} | ${{ job_id: 'j', estimated_time_seconds: 2.5 }} | ${'j'}     | ${2_500}
    ${200} | ${{ job_id: 'j', estimated_time_seconds: 0 }}   | ${'j'}     | ${0}
    ${200} | ${{ job_id: 'j', estimated_time_seconds: -1 }}  | ${'j'}     | ${null}
    ${200} | ${{ job_id: 'j', estimated_time_seconds: '5' }} | ${'j'}     | ${null}
    ${200} | ${{ job_id: 'j', status: 4, future: [1] }}      | ${'j'}     | ${null}
    ${200} | ${{ job_id: 'j', ...named('MODEL_ERROR') }}     | ${'j'}     | ${null}
  `('HTTP $status with $body is accepted as $jobId', ({ status, body, jobId, estimatedMs }) => {
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
