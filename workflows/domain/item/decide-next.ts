/** Decides what follows from the end of a submission. Pure: no clock, no Temporal. */
import { toCause } from '../base/cause';
import { getOwn } from '../base/own-value';
import { type CodeCounts, type FailureCode, getFailureRow } from '../failures/failures';
import type { JudgedFault } from '../failures/fault';
import { MAX_SUBMISSIONS } from '../failures/policies';
import { NO_FEEDBACK, type ProviderFeedback } from '../leases/feedback';
import { newOutage } from '../leases/operation-feedback';
import type { BillingOutcome } from '../money/spending';
import type { Refusals } from '../pace/pace';
import type { Queued } from './activity-contract';
import type { AfterFetch, CompletedJob, Outcome, Submission } from './item';
import { isOpenEnded } from './submission-payment';

/** Whether the provider had accepted a job. */
type SubmissionPhase = 'submit' | 'read';

/** How one submission ended, from its POST to its stored result. */
export type SubmissionEnd =
  | { readonly kind: 'completed'; readonly job: CompletedJob }
  | { readonly kind: 'fault'; readonly fault: JudgedFault }
  /** The POST began, but its answer or its worker was lost. */
  | {
      readonly kind: 'lost';
      readonly message: string;
      readonly expectsCallback: boolean;
      /** How long its worker may still record the job in the store, in ms. Default 0. */
      readonly lateAnswerMs?: number;
    }
  | { readonly kind: 'out-of-time'; readonly origin: SubmissionPhase }
  /** Nothing was sent, and the item needs a permit again. */
  | ({ readonly kind: 'queued' } & Omit<Queued, 'queued'>)
  /** `byRequest`: by an operator, and not because the permit was revoked. */
  | { readonly kind: 'cancelled'; readonly origin: SubmissionPhase; readonly byRequest?: true }
  /** Nothing was sent: another run of the page may have submitted the item. */
  | { readonly kind: 'superseded'; readonly message: string }
  /** A failure that no activity of ours throws on purpose. */
  | { readonly kind: 'broken'; readonly origin: SubmissionPhase; readonly message: string };

export interface ItemEnd {
  readonly next: 'end';
  readonly outcome: Outcome;
  readonly code: string | null;
  readonly message: string | null;
}

type Decision =
  | { readonly next: 'resubmit'; readonly code: string; readonly delayMs: number }
  /** Submit again once there is a permit: the refusal was account-wide and not the item's fault. */
  | { readonly next: 'requeue' }
  | ItemEnd;

const SUCCEEDED: ItemEnd = { next: 'end', outcome: 'succeeded', code: null, message: null };
export const CANCELLED_BY_REQUEST: ItemEnd = {
  next: 'end',
  outcome: 'cancelled',
  code: 'CANCELLED',
  message: 'Cancelled by request.',
};

/** A job that may be charged was not read to its end and will not be. */
export const NEVER_READ: ItemEnd = {
  next: 'end',
  outcome: 'unknown',
  code: 'JOB_OVERDUE',
  message: 'Cancelled by request before its job could be read to its end.',
};

/** Code and message of a submission's end; `null` if it completed. */
export function describeEnd(end: SubmissionEnd): { readonly code: string; readonly message: string } | null {
  switch (end.kind) {
    case 'completed':
    case 'queued':
      return null;
    case 'fault':
      return { code: end.fault.code, message: end.fault.message };
    case 'lost':
    case 'superseded':
      return { code: 'SUBMIT_OUTCOME_UNKNOWN', message: end.message };
    case 'out-of-time':
      return { code: 'DEADLINE_EXCEEDED', message: 'No worker ran the activity before the deadline.' };
    case 'cancelled':
      return { code: 'CANCELLED', message: 'Cancelled by request.' };
    case 'broken':
      return { code: 'UNRECOGNISED_CODE', message: end.message };
  }
}

/** Context of a decision. */
export interface DecisionContext {
  /** Time until the item's deadline, in ms. */
  readonly leftMs: number;
  /** Number of submissions so far. */
  readonly submissions: number;
  /** Whether permits are granted again when pace or account allow, so an account-wide refusal ends no item. */
  readonly isGoverned: boolean;
  /** What happens if the fetched job of an earlier run brings no result; `null` if none was fetched. */
  readonly afterFetch: AfterFetch | null;
  /** Whether a cancellation means that the permit was revoked for now. */
  readonly isRevoked: boolean;
  /** Whether submissions have stopped for good. */
  readonly isOver: boolean;
  /** Whether the submission used an upload that existed before, and no earlier one was repeated for that. */
  readonly mayRenewUploads: boolean;
}

/** Decides what follows. */
export function decideNext(end: SubmissionEnd, context: DecisionContext): Decision {
  const decision = decideByEnd(end, context);
  if (decision.next === 'end' || end.kind !== 'fault' || end.fault.origin !== 'job') return decision;
  // Only a new submission can follow a failed job.
  const { submissions } = context;
  if (submissions < MAX_SUBMISSIONS) return decision;
  const { code, message } = end.fault;
  return finish('failed', code, `Submitted ${submissions} times, the maximum for one item. Last failure: ${message}`);
}

function decideByEnd(end: SubmissionEnd, context: DecisionContext): Decision {
  const { leftMs, isGoverned, isRevoked, isOver, afterFetch } = context;
  const isRescue = afterFetch === 'end';
  if (end.kind === 'queued') return { next: 'requeue' };
  if (end.kind === 'cancelled') {
    const isPostRevoked = isRevoked && end.origin === 'submit' && end.byRequest !== true;
    return isPostRevoked ? { next: 'requeue' } : CANCELLED_BY_REQUEST;
  }
  if (isGoverned && end.kind === 'fault' && isAccountWide(end.fault)) {
    // A job that failed for the account's sake needs a new submission, which a fetch does not make.
    const isRead = end.fault.origin === 'read';
    if (isRead || !isRescue) return { next: 'requeue' };
  }
  if (mayBeStaleUpload(end, context)) {
    const isJob = end.kind === 'fault' && end.fault.origin === 'job';
    return isJob ? { next: 'resubmit', code: 'INPUT_INVALID', delayMs: 0 } : { next: 'requeue' };
  }
  if (afterFetch === 'submit' && end.kind !== 'completed' && !isOver) return decideAfterGivenUp(end, leftMs);
  if (end.kind === 'fault' && end.fault.retryable && !isRescue) return decideAfterRetryable(end.fault, leftMs);
  const met = describeEnd(end);
  return met === null ? SUCCEEDED : finish(toOutcome(end), met.code, met.message);
}

/**
 * Whether the provider could possibly not read an input because its upload no longer exists. The item is then submitted
 * once more with new uploads, which is free: neither a refused submission nor a failed job is charged.
 */
export function mayBeStaleUpload(end: SubmissionEnd, { mayRenewUploads, isOver }: DecisionContext): boolean {
  if (!mayRenewUploads || isOver || end.kind !== 'fault') return false;
  return end.fault.row === 'INPUT_INVALID' && end.fault.origin !== 'read';
}

/** Whether pace, account or an outage caused the fault, rather than the item. */
function isAccountWide({ row, origin }: JudgedFault): boolean {
  const { scope, outage, retryable } = getFailureRow(row);
  return scope !== 'item' || (origin === 'submit' && outage === true && retryable === true);
}

/** Whether the provider provably accepted nothing, so nothing can be charged. */
export function isUnsent(end: SubmissionEnd): boolean {
  if (end.kind === 'queued' || end.kind === 'superseded') return true;
  if (end.kind === 'fault') return end.fault.origin === 'submit' && !isAnswerLost(end);
  return (end.kind === 'cancelled' || end.kind === 'out-of-time') && end.origin === 'submit';
}

export function toBillingOutcome(end: SubmissionEnd): BillingOutcome {
  if (isUnsent(end)) return 'unsent';
  return end.kind === 'fault' && end.fault.origin === 'job' ? 'failed' : 'charged';
}

const REFUSED_FOR: Partial<Record<FailureCode, keyof Refusals>> = {
  CONCURRENT_JOBS_EXCEEDED: 'concurrency',
  RATE_LIMIT_EXCEEDED: 'rate',
};

/** Whether a callback may still report the outcome of a submission whose answer was lost. */
export function mayGetCallback(end: SubmissionEnd): boolean {
  if (end.kind === 'lost') return end.expectsCallback;
  return end.kind === 'fault' && end.fault.expectsCallback === true && isAnswerLost(end);
}

/** When the outcome of a submission whose answer was lost may become known; in ms from now. */
export interface LateOutcome {
  /** When to look for a job that its worker could not report; `null`: never. */
  readonly lookInMs: number | null;
  /** How long to wait for a callback, or for a worker that can report again. */
  readonly patienceMs: number;
}

/**
 * Returns `null` if nothing can be expected.
 *
 * @param callbackMs how long a callback may take, in ms
 */
export function expectLateOutcome(end: SubmissionEnd, callbackMs: number): LateOutcome | null {
  const lateMs = end.kind === 'lost' ? (end.lateAnswerMs ?? 0) : 0;
  const patienceMs = Math.max(lateMs, mayGetCallback(end) ? callbackMs : 0);
  return patienceMs === 0 ? null : { lookInMs: lateMs === 0 ? null : lateMs, patienceMs };
}

/** The submission that feedback is about. */
interface FeedbackSource {
  /** Distinguishes the item from all others of the account. */
  readonly item: string;
  readonly operation: string;
  /** Whether it was a probe. */
  readonly isProbe: boolean;
}

/**
 * Feedback about the end of a submission.
 *
 * @param source for a probe every job failure counts; otherwise only the first of its code per item, because an item
 * that always fails is not an outage. Refusals of a provider that accepts nothing are no item's fault, so each counts
 */
export function toFeedback(end: SubmissionEnd, { item, operation, isProbe }: FeedbackSource): ProviderFeedback {
  if (end.kind === 'completed') return toCompletedFeedback(end.job);
  if (end.kind !== 'fault') return NO_FEEDBACK;
  const { row, origin, isUnnamed, retryAfterMs, met } = end.fault;
  const { scope, outage } = getFailureRow(row);
  if (row === 'SUBMIT_OUTCOME_UNKNOWN') return { ...NO_FEEDBACK, lost: 1 };
  if (row === 'FORBIDDEN') return { ...NO_FEEDBACK, forbidden: [item] };
  const cause = toCause(end.fault.message);
  if (scope === 'account') return { ...NO_FEEDBACK, accountRefusals: { [row]: 1 }, cause };
  const isEvidence = isProbe || origin === 'submit' || getOwn(met, row) === 1;
  const rest = retryAfterMs === undefined ? {} : { retryAfterMs, retryAfterCode: row };
  if (outage === true)
    return isEvidence ? { ...NO_FEEDBACK, operations: newOutage(operation, row, cause), ...rest } : NO_FEEDBACK;
  // A 422 rarely has a code either, and is not a limit.
  const kind = isUnnamed === true && scope === 'pace' ? 'uncoded' : REFUSED_FOR[row];
  // A failure of the item itself shows that the provider works.
  if (kind === undefined) return end.fault.origin === 'job' ? { ...NO_FEEDBACK, completed: 1 } : NO_FEEDBACK;
  return { ...NO_FEEDBACK, refusals: { ...NO_FEEDBACK.refusals, [kind]: 1 }, ...rest };
}

export function toCompletedFeedback({ balance }: Pick<CompletedJob, 'balance'>): ProviderFeedback {
  return { ...NO_FEEDBACK, completed: 1, ...(balance === undefined ? {} : { balance }) };
}

/**
 * Resubmits only for a failed job. Retryable faults of other origins were retried inside their activity; here their
 * time is used up.
 */
function decideAfterRetryable(fault: JudgedFault, leftMs: number): Decision {
  const delayMs = fault.retryInMs ?? 0;
  if (fault.origin === 'job' && delayMs < leftMs) return { next: 'resubmit', code: fault.code, delayMs };
  return finish(
    fault.origin === 'read' ? 'unknown' : 'failed',
    'DEADLINE_EXCEEDED',
    `The deadline leaves no time for a retry after ${fault.code}: ${fault.message}`,
  );
}

/** For the job of an earlier run whose item is resubmitted whatever became of it. */
function decideAfterGivenUp(end: Exclude<SubmissionEnd, { kind: 'completed' | 'queued' }>, leftMs: number): Decision {
  const delayMs = end.kind === 'fault' ? (end.fault.retryInMs ?? 0) : 0;
  const { code, message } = describeEnd(end) ?? CANCELLED_BY_REQUEST;
  if (delayMs < leftMs) return { next: 'resubmit', code: code ?? '', delayMs };
  return finish(toOutcome(end), code ?? '', message ?? '');
}

/** A job that was accepted and not read to its end may be charged, for whatever reason. */
function toOutcome(end: SubmissionEnd): Outcome {
  if (isAnswerLost(end) || end.kind === 'superseded') return 'unknown';
  if (end.kind === 'fault') return toFaultOutcome(end.fault);
  return 'origin' in end && end.origin === 'read' ? 'unknown' : 'failed';
}

function toFaultOutcome({ origin, row }: JudgedFault): Outcome {
  if (origin === 'job') return row === 'CANCELLED' ? 'cancelled' : 'failed';
  return origin === 'read' && row !== 'RESULT_UNAVAILABLE' ? 'unknown' : 'failed';
}

/**
 * Settles an item's outcome by its submissions: if one may have been accepted and its end is unknown, the outcome is
 * unknown, whatever ended the item.
 */
export function settleEnd(end: ItemEnd, submissions: readonly Pick<Submission, 'jobId' | 'code'>[]): ItemEnd {
  const open = submissions.find(isOpenEnded);
  if (end.outcome === 'succeeded' || end.outcome === 'unknown' || open === undefined) return end;
  const before = end.message ?? '';
  if (open.jobId !== null) {
    return { ...end, outcome: 'unknown', message: `${before} The end of job ${open.jobId} was not seen.`.trim() };
  }
  const message = `${before} The answer to an earlier submission was lost.`.trim();
  return { ...end, outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN', message };
}

/** Adds to the end of a submission what it had waited for. */
export function addRefusals(end: ItemEnd, refused: CodeCounts): ItemEnd {
  const codes = Object.entries(refused).map(([code, count]) => `${count} × ${code}`);
  return codes.length === 0 ? end : { ...end, message: `${end.message ?? ''} Refused before: ${codes.join(', ')}.` };
}

/**
 * Whether a submission may have been accepted without an answer. Judged by what happened, because a provider may name
 * its codes freely.
 */
export function isAnswerLost(end: SubmissionEnd): boolean {
  return end.kind === 'lost' || (end.kind === 'fault' && end.fault.row === 'SUBMIT_OUTCOME_UNKNOWN');
}

function finish(outcome: Outcome, code: string, message: string): ItemEnd {
  return { next: 'end', outcome, code, message };
}
