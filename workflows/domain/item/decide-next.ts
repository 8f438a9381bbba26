/** The life of an item as pure decisions: what follows from how a submission ended. No clock, no Temporal. */
import { toCause } from '../base/cause';
import { getOwn } from '../base/own-value';
import { type CodeCounts, type FailureCode, getFailureRow } from '../failures/failures';
import { type JudgedFault, toRow } from '../failures/fault';
import { holdRemedy } from '../failures/hold-codes';
import { MAX_SUBMISSIONS } from '../failures/policies';
import { NO_FEEDBACK, type ProviderFeedback } from '../leases/feedback';
import type { BillingOutcome } from '../money/spending';
import type { Refusals } from '../pace/pace';
import { type AfterFetch, type CompletedJob, isOpenEnded, type Outcome, type Submission } from './item';

/** Whether the provider had accepted a job by then. */
type SubmissionPhase = 'submit' | 'read';

/** How one submission ended, from its POST to its stored result. */
export type SubmissionEnd =
  | { readonly kind: 'completed'; readonly job: CompletedJob }
  | { readonly kind: 'fault'; readonly fault: JudgedFault }
  /** The POST was begun and its answer was lost, or the worker that waited for it. */
  | { readonly kind: 'lost'; readonly message: string; readonly expectsCallback: boolean }
  | { readonly kind: 'out-of-time'; readonly origin: SubmissionPhase }
  /** Nothing was sent: the account had no permit left. */
  | { readonly kind: 'queued'; readonly refusals: CodeCounts }
  | { readonly kind: 'cancelled'; readonly origin: SubmissionPhase }
  /** Nothing was sent: another run of the page may have submitted the item. */
  | { readonly kind: 'superseded'; readonly message: string }
  /** A failure that no activity of ours raises on purpose. */
  | { readonly kind: 'broken'; readonly origin: SubmissionPhase; readonly message: string };

export interface ItemEnd {
  readonly next: 'end';
  readonly outcome: Outcome;
  readonly code: string | null;
  readonly message: string | null;
}

type Decision =
  | { readonly next: 'resubmit'; readonly code: string; readonly delayMs: number }
  /** As soon as there is a permit: what was met concerns everybody, so that the item is not to be judged by it. */
  | { readonly next: 'requeue' }
  | ItemEnd;

const SUCCEEDED: ItemEnd = { next: 'end', outcome: 'succeeded', code: null, message: null };
export const CANCELLED_BY_REQUEST: ItemEnd = {
  next: 'end',
  outcome: 'cancelled',
  code: 'CANCELLED',
  message: 'Cancelled by request.',
};

/** A job that may be charged was not read to its end, and now is no more. */
export const NEVER_READ: ItemEnd = {
  next: 'end',
  outcome: 'unknown',
  code: 'JOB_OVERDUE',
  message: 'Cancelled by request before its job could be read to its end.',
};

/** The code and the sentence for how a submission ended; `null` if it completed. */
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
      return { code: 'DEADLINE_EXCEEDED', message: 'No worker took the step before the deadline.' };
    case 'cancelled':
      return { code: 'CANCELLED', message: 'Cancelled by request.' };
    case 'broken':
      return { code: 'UNRECOGNISED_CODE', message: end.message };
  }
}

/** What is known besides the end itself. */
export interface DecisionContext {
  /** Time left until the item's deadline, in ms. */
  readonly leftMs: number;
  /** Submissions of the item until now. */
  readonly submissions: number;
  /** Somebody gives out permits again when the pace or the account allows it, so that a refusal is nobody's end. */
  readonly isGoverned: boolean;
  /** What follows if the job of an earlier run that was just fetched brings no result; `null`: none was fetched. */
  readonly afterFetch: AfterFetch | null;
  /** A cancellation means that the permit was taken back for a while. */
  readonly isRevoked: boolean;
  /** Nothing is submitted any more, and no permit is waited for. */
  readonly isOver: boolean;
}

/** Decides what follows. */
export function decideNext(end: SubmissionEnd, context: DecisionContext): Decision {
  const decision = decideByEnd(end, context);
  if (decision.next === 'end' || end.kind !== 'fault' || end.fault.origin !== 'job') return decision;
  // Only a new submission follows a job that failed.
  const { submissions } = context;
  if (submissions < MAX_SUBMISSIONS) return decision;
  const { code, message } = end.fault;
  return finish('failed', code, `Submitted ${submissions} times, the most for one item. The last time: ${message}`);
}

function decideByEnd(end: SubmissionEnd, context: DecisionContext): Decision {
  const { leftMs, isGoverned, isRevoked, isOver, afterFetch } = context;
  const isRescue = afterFetch === 'end';
  if (end.kind === 'queued') return { next: 'requeue' };
  if (end.kind === 'cancelled') {
    return isRevoked && end.origin === 'submit' ? { next: 'requeue' } : CANCELLED_BY_REQUEST;
  }
  if (isGoverned && end.kind === 'fault' && isAccountWide(end.fault)) {
    // A job that failed for the account's sake needs a new submission, which a rescue does not make.
    const isRead = end.fault.origin === 'read';
    if (isRead || !isRescue) return { next: 'requeue' };
  }
  if (afterFetch === 'submit' && end.kind !== 'completed' && !isOver) return decideAfterGivenUp(end, leftMs);
  if (end.kind === 'fault' && end.fault.retryable && !isRescue) return decideAfterRetryable(end.fault, leftMs);
  const met = describeEnd(end);
  return met === null ? SUCCEEDED : finish(toOutcome(end), met.code, met.message);
}

/** The pace, the account, or a provider that nobody reaches: no fault of the item. */
function isAccountWide({ row, origin }: JudgedFault): boolean {
  const { scope, outage, retryable } = getFailureRow(row);
  return scope !== 'item' || (origin === 'submit' && outage === true && retryable === true);
}

/** Whether the provider provably took nothing, so that nothing can be charged. */
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

/** Whether a callback may still tell what became of a submission whose answer was lost. */
export function mayGetCallback(end: SubmissionEnd): boolean {
  if (end.kind === 'lost') return end.expectsCallback;
  return end.kind === 'fault' && end.fault.expectsCallback === true && isAnswerLost(end);
}

/** Whose submission it was. */
interface FeedbackSource {
  /** Tells the item apart from all others of the account. */
  readonly item: string;
  /** It went ahead to see whether the account can go on. */
  readonly isProbe: boolean;
}

/**
 * What everybody should hear of how a submission ended.
 *
 * @param source of a probe every fault of a job counts; else only the first of its code that an item meets, for an item that always
 * fails is no outage. A provider that takes nothing is no item's fault, so that each time counts
 */
export function toFeedback(end: SubmissionEnd, { item, isProbe }: FeedbackSource): ProviderFeedback {
  if (end.kind === 'completed') return { ...NO_FEEDBACK, completed: 1 };
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
    return isEvidence ? { ...NO_FEEDBACK, outages: 1, outageCode: row, cause, ...rest } : NO_FEEDBACK;
  // A 422 seldom names a code, either, and is no limit.
  const kind = isUnnamed === true && scope === 'pace' ? 'unclear' : REFUSED_FOR[row];
  // A failure of the item itself shows that the provider works.
  if (kind === undefined) return end.fault.origin === 'job' ? { ...NO_FEEDBACK, completed: 1 } : NO_FEEDBACK;
  return { ...NO_FEEDBACK, refusals: { ...NO_FEEDBACK.refusals, [kind]: 1 }, ...rest };
}

/**
 * Only a job that failed is cured by a new submission. A retryable fault of another origin was retried inside its
 * activity; that it arrives here means that its time was used up.
 */
function decideAfterRetryable(fault: JudgedFault, leftMs: number): Decision {
  const delayMs = fault.retryInMs ?? 0;
  if (fault.origin === 'job' && delayMs < leftMs) return { next: 'resubmit', code: fault.code, delayMs };
  return finish(
    fault.origin === 'read' ? 'unknown' : 'failed',
    'DEADLINE_EXCEEDED',
    `The deadline leaves no time to try again after ${fault.code}: ${fault.message}`,
  );
}

/** For the job of an earlier run whose item is submitted anew whatever became of it. */
function decideAfterGivenUp(end: Exclude<SubmissionEnd, { kind: 'completed' | 'queued' }>, leftMs: number): Decision {
  const delayMs = end.kind === 'fault' ? (end.fault.retryInMs ?? 0) : 0;
  const { code, message } = describeEnd(end) ?? CANCELLED_BY_REQUEST;
  if (delayMs < leftMs) return { next: 'resubmit', code: code ?? '', delayMs };
  return finish(toOutcome(end), code ?? '', message ?? '');
}

/** A job that was accepted and not read to its end may be charged, whatever kept it from being read. */
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
 * How an item ends, in view of its submissions: while one of them may have been accepted and nobody saw its end, the outcome is
 * unknown, whatever ended the item afterwards.
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

/** Whether a submission may have been accepted without a word: by what happened, not by the name of a code: a provider may name its codes as it likes. */
export function isAnswerLost(end: SubmissionEnd): boolean {
  return end.kind === 'lost' || (end.kind === 'fault' && end.fault.row === 'SUBMIT_OUTCOME_UNKNOWN');
}

function finish(outcome: Outcome, code: string, message: string): ItemEnd {
  return { next: 'end', outcome, code, message };
}

/** What a remedy is about, as far as it is known. */
interface RemedySubject {
  readonly jobId?: string | null;
  /** Of the item. */
  readonly id?: string;
  /** How the item ended. */
  readonly outcome?: Outcome;
}

const FETCH = 'Fetch its job, which costs nothing: "imagepipeline rescue JOB --id ID".';
const SUBMIT_AGAIN =
  'To submit it again, which may be a second payment: "imagepipeline generate PROMPT --id ID --again --allow-unknown".';

/** What a person should do about a code; commands in it name the job and the item where these are known. */
export function describeRemedy(code: string, { jobId, id, outcome }: RemedySubject = {}): string {
  const remedy = holdRemedy(code) ?? getFailureRow(toRow(code)).remedy;
  const sentences =
    outcome === 'unknown' ? [remedy, ...(remedy.includes(' rescue JOB') ? [] : [FETCH]), SUBMIT_AGAIN] : [remedy];
  return sentences
    .join(' ')
    .replace(/\bJOB\b/g, jobId ?? 'JOB')
    .replace(/--id ID\b/g, `--id ${id ?? 'ID'}`);
}
