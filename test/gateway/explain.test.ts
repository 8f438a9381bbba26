/** What a caller of the HTTP API gets for an error of Temporal's client. */
import { ApiCallError } from '../../connection/errors';
import { toProblem } from '../../gateway/api/explain';

const grpc = (code: number) => Object.assign(new Error('14 secret details'), { code, details: '', metadata: {} });

test.each([
  { what: 'our deadline', code: 4 },
  { what: 'a server that ends the call at the deadline', code: 1 },
])('$what is no answer in time, and no fault of the gateway', ({ code }) => {
  const problem = toProblem(grpc(code));
  expect(problem).toMatchObject({ status: 504, code: 'NO_ANSWER' });
  expect(JSON.stringify(problem)).not.toContain('secret');
});

test('a refused call has the code and the remedy of the failure table', () => {
  const refuse = (code: string) => toProblem(new ApiCallError('listProfiles', { code, message: 'HTTP 401' }));
  const remedy = expect.stringContaining('IMAGEPIPELINE_API_KEY');
  const detail = expect.stringContaining('UNAUTHENTICATED');
  expect(refuse('UNAUTHENTICATED')).toMatchObject({ status: 502, code: 'PROVIDER_REFUSED', detail, remedy });
  expect(refuse('A_CODE_OF_TOMORROW')).toMatchObject({ status: 502, code: 'PROVIDER_REFUSED' });
  expect(refuse('INPUT_INVALID')).toMatchObject({ status: 422, code: 'INVALID_REQUEST' });
  const picture = toProblem(new ApiCallError('segment', { code: 'INPUT_INVALID', message: 'HTTP 422' }));
  expect(picture).toMatchObject({ code: 'INVALID_REQUEST', remedy: expect.stringContaining('a picture') });
  expect(JSON.stringify([picture, refuse('INPUT_INVALID')])).not.toContain('prompt');
});
