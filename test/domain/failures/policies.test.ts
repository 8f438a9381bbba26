/** The retry policies are derived from the table: these tests derive them once more, in another way. */
import { OWN_FAILURES, PROVIDER_FAILURES } from '../../../workflows/domain/failures/failures';
import { awaitRetryPolicy, submitRetryPolicy } from '../../../workflows/domain/failures/policies';

const rows: readonly (readonly [string, { readonly retryable: boolean | null }])[] = [
  ...Object.entries(PROVIDER_FAILURES),
  ...Object.entries(OWN_FAILURES),
];
const forbidden = rows.filter(([, { retryable }]) => retryable !== true).map(([code]) => code);
const sorted = (names: readonly string[]) => [...names].sort();

test('a submission is not retried for exactly the codes that forbid it, nor when the worker was lost in the POST', () => {
  const types = submitRetryPolicy().nonRetryableErrorTypes;
  expect(sorted(types)).toEqual(sorted([...forbidden, 'TemporalTimeout:StartToClose', 'TemporalTimeout:Heartbeat']));
});

test('waiting for a job is not retried for any code that a job can fail with, nor for any that forbids it', () => {
  const jobCodes = [...Object.keys(PROVIDER_FAILURES), 'UNRECOGNISED_CODE'];
  expect(sorted(awaitRetryPolicy().nonRetryableErrorTypes)).toEqual(sorted([...new Set([...jobCodes, ...forbidden])]));
});

test('waiting for a job is retried when its worker was lost, since reading costs nothing', () => {
  expect(awaitRetryPolicy().nonRetryableErrorTypes.filter((type) => type.startsWith('TemporalTimeout'))).toEqual([]);
});

test.each([
  ['submitJob', submitRetryPolicy],
  ['awaitJob', awaitRetryPolicy],
])('%s has no limit of attempts, since shutdowns and throttles use attempts up too', (_name, policy) => {
  expect(policy()).not.toHaveProperty('maximumAttempts');
  expect(policy().backoffCoefficient).toBeGreaterThan(1);
  expect(policy().maximumInterval).toBeGreaterThan(policy().initialInterval);
});
