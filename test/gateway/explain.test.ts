/** What a caller of the HTTP API gets for an error of Temporal's client. */
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
