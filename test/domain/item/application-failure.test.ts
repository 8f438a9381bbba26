/** Faults as Temporal's failures, and back again. */
import {
  ActivityFailure,
  ApplicationFailure,
  ApplicationFailureCategory,
  CancelledFailure,
  defaultFailureConverter,
  defaultPayloadConverter,
  RetryState,
  TerminatedFailure,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import { FAILURE_CODES, getFailureRow } from '../../../workflows/domain/failures/failures';
import { judge } from '../../../workflows/domain/failures/fault';
import {
  classifyActivityError,
  newInputFailure,
  newItemCancelled,
  newItemFailure,
  readWorkflowEnd,
  toApplicationFailure,
} from '../../../workflows/domain/item/application-failure';
import type { ItemReport } from '../../../workflows/domain/item/item';

const makeFault = (code: string) => ({ code, origin: 'job', message: 'it failed', saidRetryable: true }) as const;
const readFault = (code: string) => ({ code, origin: 'read', message: 'it failed' }) as const;
const wrapped = (cause: Error) =>
  new ActivityFailure('activity failed', 'awaitJob', '1', RetryState.NON_RETRYABLE_FAILURE, 'worker', cause);
const lastOfMany = (cause: Error) =>
  new ActivityFailure('activity failed', 'awaitJob', '1', RetryState.TIMEOUT, 'worker', cause);

const REPORT: ItemReport = {
  outcome: 'failed',
  result: null,
  jobId: 'job_1',
  code: 'MODEL_ERROR',
  message: 'it failed',
  submissions: [],
};

describe.each(FAILURE_CODES)('%s as an application failure', (code) => {
  const row = getFailureRow(code);
  const failure = toApplicationFailure(judge(readFault(code), {}, () => 0.5));
  // A code that is not in the list is retryable only where its flag says so.
  const retryable = row.retryable === true && code !== 'UNRECOGNISED_CODE';

  test('has the code as its type and the flag that the table gives', () => {
    expect(failure).toMatchObject({ type: code, nonRetryable: !retryable, message: 'it failed' });
  });

  test(`brings ${retryable ? 'a delay within its bounds' : 'no delay'}`, () => {
    if (!retryable) return expect(failure.nextRetryDelay).toBeUndefined();
    expect(Number(failure.nextRetryDelay)).toBeGreaterThanOrEqual(1);
    expect(Number(failure.nextRetryDelay)).toBeLessThanOrEqual(row.backoff?.initialMs ?? 0);
  });

  test('is logged as harmless only if it merely asks to slow down', () => {
    expect(failure.category === ApplicationFailureCategory.BENIGN).toBe(row.scope === 'pace');
  });
});

test.each([
  ['of an activity', toApplicationFailure(judge(makeFault('MODEL_ERROR'), {}, () => 0.5))],
  ['of an item', newItemFailure(REPORT)],
  ['of input', newInputFailure('request is missing')],
  ['of a cancelled item', newItemCancelled(REPORT)],
])('the failure %s does not begin with its type, and brings no stack', (_whose, failure) => {
  const proto = defaultFailureConverter.errorToFailure(failure, defaultPayloadConverter);
  expect(proto.message).not.toMatch(/^[A-Z_]+:/);
  expect(proto.stackTrace ?? '').toBe('');
});

test('the shortest draw still leaves a delay of 1 ms, because Temporal reads 0 as "do not retry"', () => {
  const failure = toApplicationFailure(judge(makeFault('MODEL_ERROR'), {}, () => 0));
  expect(failure.nextRetryDelay).toBe(1);
});

test('an unlisted code has UNRECOGNISED_CODE as its type and keeps its own name in the details', () => {
  const failure = toApplicationFailure(judge(makeFault('GPU_ON_FIRE'), {}, () => 0.5));
  expect(failure.type).toBe('UNRECOGNISED_CODE');
  expect(failure.details).toMatchObject([{ code: 'GPU_ON_FIRE', row: 'UNRECOGNISED_CODE', retryable: true }]);
});

test.each([
  ['a judged fault', wrapped(toApplicationFailure(judge(makeFault('TIMEOUT'), {}, () => 0.5))), 'fault'],
  ['a lost worker', wrapped(new TimeoutFailure('t', undefined, TimeoutType.HEARTBEAT)), 'timeout'],
  ['a cancelled activity', wrapped(new CancelledFailure('c')), 'cancelled'],
  ['a cancelled scope', new CancelledFailure('c'), 'cancelled'],
  ['a failure that an operator made final', wrapped(ApplicationFailure.create({ message: 'x' })), 'foreign'],
  [
    'a failure that was retried until its time was over',
    lastOfMany(ApplicationFailure.create({ message: 'x' })),
    'other',
  ],
  ['a plain error', new Error('x'), 'other'],
])('%s is unwrapped for what it is', (_name, error, kind) => {
  expect(classifyActivityError(error).kind).toBe(kind);
});

test.each([
  [
    'a failed item',
    newItemFailure(REPORT),
    { kind: 'failed', code: 'MODEL_ERROR', message: 'it failed', report: REPORT },
  ],
  ['a foreign failure', ApplicationFailure.create({ message: 'x' }), { kind: 'failed', code: 'UNRECOGNISED_CODE' }],
  ['a cancellation', new CancelledFailure('c', [REPORT]), { kind: 'cancelled', report: REPORT }],
  ['a termination', new TerminatedFailure('by ops'), { kind: 'terminated', message: 'by ops' }],
  ['a timeout', new TimeoutFailure('t', undefined, TimeoutType.START_TO_CLOSE), { kind: 'timed-out' }],
  ['no cause at all', undefined, { kind: 'failed', code: 'UNRECOGNISED_CODE', report: null }],
])('the end of a workflow by %s is reported as such', (_name, cause, end) => {
  expect(readWorkflowEnd(cause)).toMatchObject(end);
});
