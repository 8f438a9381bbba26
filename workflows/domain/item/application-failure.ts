/**
 * The only place that uses Temporal's failure classes: creates application failures from faults, and unwraps failures
 * that come back.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  ApplicationFailureCategory,
  CancelledFailure,
  ChildWorkflowFailure,
  RetryState,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import { type FailureCode, getFailureRow } from '../failures/failures';
import type { JudgedFault } from '../failures/fault';
import type { Delivery } from '../notifications/delivery';
import type { ItemReport } from './item';

/** An unwrapped activity failure. */
export type ActivityProblem =
  | { readonly kind: 'fault'; readonly fault: JudgedFault }
  | {
      readonly kind: 'timeout';
      readonly timeoutType: string;
      readonly heartbeat: unknown;
      /** Whether an attempt was running when the timeout struck, according to the server. */
      readonly isStarted: boolean;
    }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'superseded'; readonly message: string }
  /** The child workflow that ran the activity was terminated. */
  | { readonly kind: 'terminated'; readonly message: string }
  /** The activity ended with a failure that its code never reports as final, for instance by `temporal activity fail`. */
  | { readonly kind: 'foreign'; readonly message: string }
  | { readonly kind: 'other'; readonly message: string };

/** How a workflow ended without completing. */
export type WorkflowEnd =
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly report: ItemReport | null }
  | { readonly kind: 'cancelled'; readonly report: ItemReport | null }
  | { readonly kind: 'terminated'; readonly message: string }
  | { readonly kind: 'timed-out' };

/**
 * Converts a fault to an application failure: `type` is the code, the flag is the code's retryability, and a retryable
 * failure has its own jittered delay, because the server adds no jitter. A rate limit is benign and not logged as an
 * error.
 */
export function toApplicationFailure(fault: JudgedFault): ApplicationFailure {
  const row = getFailureRow(fault.row);
  return markExpected(
    ApplicationFailure.create({
      type: fault.row,
      message: fault.message,
      nonRetryable: !fault.retryable,
      details: [fault],
      ...(fault.retryInMs === undefined ? {} : { nextRetryDelay: fault.retryInMs }),
      ...(row.scope === 'pace' ? { category: ApplicationFailureCategory.BENIGN } : {}),
    }),
  );
}

/** Removes the stack of an expected failure, which is useless and would fill every history. */
function markExpected<F extends Error>(failure: F): F {
  failure.stack = '';
  return failure;
}

const ID_TAKEN = 'Another workflow of this item is running and may have submitted it; nothing was sent.';
const TERMINATED = 'The workflow of this item was terminated; it may have been submitted.';

/** Whether a child workflow was not started because its id was used before. */
export function isAlreadyStarted(error: unknown): boolean {
  return error instanceof WorkflowExecutionAlreadyStartedError;
}

/**
 * Unwraps an error caught around an activity, or around the child workflow that ran it: the code is on the cause, never
 * on the wrapper.
 */
export function classifyActivityError(error: unknown): ActivityProblem {
  if (error instanceof ChildWorkflowFailure) return classifyActivityError(error.cause);
  if (error instanceof TerminatedFailure) return { kind: 'terminated', message: TERMINATED };
  if (error instanceof CancelledFailure) return { kind: 'cancelled' };
  if (isIdTaken(error)) return { kind: 'superseded', message: ID_TAKEN };
  if (!(error instanceof ActivityFailure)) return { kind: 'other', message: String(error) };
  const { cause } = error;
  if (cause instanceof CancelledFailure) return { kind: 'cancelled' };
  if (cause instanceof TimeoutFailure) {
    const { timeoutType, lastHeartbeatDetails: heartbeat } = cause;
    return { kind: 'timeout', timeoutType: timeoutType ?? 'unspecified', heartbeat, isStarted: isStarted(error) };
  }
  if (cause instanceof ApplicationFailure && cause.type === SUPERSEDED) {
    return { kind: 'superseded', message: cause.message };
  }
  const fault = cause instanceof ApplicationFailure ? readJudgedFault(cause) : null;
  if (fault) return { kind: 'fault', fault };
  const kind = error.retryState === RetryState.NON_RETRYABLE_FAILURE ? 'foreign' : 'other';
  return { kind, message: cause?.message ?? error.message };
}

/**
 * Whether an attempt had started. The server names its start event, or 0 if there was none. Without that information an
 * attempt may have started.
 */
function isStarted({ failure }: ActivityFailure): boolean {
  const info = failure?.activityFailureInfo;
  if (info === null || info === undefined) return true;
  return String(info.startedEventId ?? 0) !== '0';
}

export const NOT_IN_STORE = 'NOT_IN_STORE';

/** A page cannot start: the store of its worker lacks its rows, or a later run has begun. Repeating the call does not help. */
export function newNotInStoreFailure(message: string): ApplicationFailure {
  return ApplicationFailure.retryable(message, NOT_IN_STORE);
}

/** Why a page could not be loaded, and whether a retry is pointless. */
export function readRefusal(error: unknown): { readonly reason: string; readonly isPermanent: boolean } {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  const isPermanent = cause instanceof ApplicationFailure && cause.type === NOT_IN_STORE;
  return { reason: cause?.message ?? String(error), isPermanent };
}

/** A call that is not a job failed, and another attempt may succeed, after `retryInMs` if that is known. */
export function newCallFailure(code: FailureCode, message: string, retryInMs: number | undefined): ApplicationFailure {
  const delay = retryInMs === undefined ? {} : { nextRetryDelay: retryInMs };
  return markExpected(ApplicationFailure.create({ type: code, message, ...delay }));
}

/** Why a call that is not a job failed after its last attempt. */
export function describeCallFailure(error: unknown): { readonly code: string; readonly message: string } {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) return { code: cause.type ?? 'RESPONSE_INVALID', message: cause.message };
  return { code: 'PROVIDER_UNREACHABLE', message: 'no worker has made the call in time' };
}

const NOTIFICATION_REFUSED = 'NOTIFICATION_REFUSED';
const NOTIFICATION_UNDELIVERED = 'NOTIFICATION_UNDELIVERED';

/** An attempt to deliver a notification failed, and another one follows after `retryInMs`. */
export function newUndeliveredFailure(answer: string, attempt: number, retryInMs: number): ApplicationFailure {
  const type = NOTIFICATION_UNDELIVERED;
  return markExpected(
    ApplicationFailure.create({ type, message: answer, details: [attempt], nextRetryDelay: retryInMs }),
  );
}

/** The receiver is gone or may not be called. */
export function newRefusedFailure(answer: string, attempt: number): ApplicationFailure {
  return markExpected(ApplicationFailure.nonRetryable(answer, NOTIFICATION_REFUSED, attempt));
}

/** Why a notification was not delivered; attempts are `null` if no worker has reported one. */
export function readDeliveryFailure(error: unknown): Pick<Delivery, 'state' | 'answer' | 'attempts'> {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (!(cause instanceof ApplicationFailure)) {
    return { state: 'undelivered', answer: 'no worker has reported an answer in time', attempts: null };
  }
  const [attempts] = (cause.details ?? []) as readonly unknown[];
  const state = cause.type === NOTIFICATION_REFUSED ? 'refused' : 'undelivered';
  return { state, answer: cause.message, attempts: typeof attempts === 'number' ? attempts : null };
}

const SUPERSEDED = 'PAGE_SUPERSEDED';

/** Nothing was sent, because the item's page is not the one that began its part. */
export function newSupersededFailure(): ApplicationFailure {
  const message = 'Another run of the page began this part and may have submitted the item; nothing was sent.';
  return ApplicationFailure.nonRetryable(message, SUPERSEDED);
}

/** The fault that an activity is about to fail with; `null` for any other error. */
export function readActivityFault(error: unknown): JudgedFault | null {
  return error instanceof ApplicationFailure ? readJudgedFault(error) : null;
}

function readJudgedFault(failure: ApplicationFailure): JudgedFault | null {
  const [fault] = (failure.details ?? []) as readonly (JudgedFault | undefined)[];
  return fault !== undefined && typeof fault === 'object' && 'row' in fault ? fault : null;
}

/** The failure of a workflow whose item failed or ended unknown; the report is in its details. */
export function newItemFailure(report: ItemReport): ApplicationFailure {
  // Without the code, since UIs show the failure's type as well.
  return markExpected(ApplicationFailure.nonRetryable(report.message ?? 'no message', report.code, report));
}

/** The failure that ends a workflow as Cancelled; the report is in its details. */
export function newItemCancelled(report: ItemReport): CancelledFailure {
  return markExpected(new CancelledFailure(report.message ?? 'cancelled', [report]));
}

/** The failure for an invalid workflow input. */
export function newInputFailure(message: string): ApplicationFailure {
  return markExpected(ApplicationFailure.nonRetryable(message, 'INPUT_INVALID'));
}

/** Rejects an update with invalid input. */
export function refuseInput(name: string, problem: string | null): void {
  if (problem !== null) throw newInputFailure(`${name} ${problem}`);
}

/** @throws ApplicationFailure `INPUT_INVALID` with every problem, if there are any */
export function refuseProblems(problems: readonly InputProblem[]): void {
  if (problems.length > 0)
    throw newInputFailure(problems.map(({ field, problem }) => `${field} ${problem}`).join('; '));
}

/** Whether a child could not start because its id belongs to a running workflow. */
export function isIdTaken(error: unknown): boolean {
  return error instanceof WorkflowExecutionAlreadyStartedError;
}

/** The report of a child that ended without a result. */
export function readChildReport(error: unknown): ItemReport | null {
  if (!(error instanceof ChildWorkflowFailure)) return null;
  const end = readWorkflowEnd(error.cause);
  return 'report' in end ? end.report : null;
}

/** Reads how a workflow ended from the cause of the client's `WorkflowFailedError`. */
export function readWorkflowEnd(cause: Error | undefined): WorkflowEnd {
  if (cause instanceof CancelledFailure) return { kind: 'cancelled', report: readReport(cause.details) };
  if (cause instanceof TerminatedFailure) return { kind: 'terminated', message: cause.message };
  if (cause instanceof TimeoutFailure) return { kind: 'timed-out' };
  if (!(cause instanceof ApplicationFailure)) {
    return { kind: 'failed', code: 'UNRECOGNISED_CODE', message: cause?.message ?? 'no cause was given', report: null };
  }
  const report = readReport(cause.details);
  return { kind: 'failed', code: cause.type ?? 'UNRECOGNISED_CODE', message: report?.message ?? cause.message, report };
}

function readReport(details: readonly unknown[] | null | undefined): ItemReport | null {
  const [report] = (details ?? []) as readonly (ItemReport | undefined)[];
  return report !== undefined && typeof report === 'object' && 'submissions' in report ? report : null;
}

export interface InputProblem {
  /** For example `items.deadlineMs`. */
  readonly field: string;
  readonly problem: string;
}
