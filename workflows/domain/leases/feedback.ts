/** Feedback of permit holders about the provider: counts only, which can be added. */
import { addCounts } from '../base/counts';
import type { Balance } from '../money/balance';
import type { Refusals } from '../pace/pace';
import { addOperations, type OperationFeedback, type OperationFeedbacks } from './operation-feedback';

/** Since the previous report. */
export interface ProviderFeedback {
  /** Number of accepted submissions. */
  readonly accepted: number;
  /** Jobs that completed or failed for reasons of their own, which proves that the account works. */
  readonly completed: number;
  readonly refusals: Refusals;
  /** Longest delay requested by the provider, in ms. */
  readonly retryAfterMs: number | null;
  /** The code it came with. */
  readonly retryAfterCode: string | null;
  /** Text of the newest of these refusals and faults; `null` if there were none. */
  readonly cause: string | null;
  /** Number of account-wide refusals, by code. */
  readonly accountRefusals: Readonly<Record<string, number>>;
  /** Submissions in a row whose answer was lost, without a later acceptance. */
  readonly lost: number;
  /** Submissions whose answer was lost and whose job was named by a callback. */
  readonly found: number;
  /** Different items answered with FORBIDDEN, without a later acceptance. */
  readonly forbidden: readonly string[];
  /** Whether at some time all permits of the newest grant were in flight while work waited. */
  readonly saturated: boolean;
  /** The probe's part of the feedback; `null` if there is none yet. */
  readonly ofProbe: ProviderFeedback | null;
  /** Of operations that had an outage since their last success, are held or probed; absent if there are none. */
  readonly operations?: OperationFeedbacks;
  /** The newest balance that an answer reported; absent if none did. */
  readonly balance?: Balance;
}

const NO_REFUSALS: Refusals = { concurrency: 0, rate: 0, uncoded: 0 };

export const NO_FEEDBACK: ProviderFeedback = {
  accepted: 0,
  completed: 0,
  refusals: NO_REFUSALS,
  retryAfterMs: null,
  retryAfterCode: null,
  cause: null,
  accountRefusals: {},
  lost: 0,
  found: 0,
  forbidden: [],
  saturated: false,
  ofProbe: null,
};

/** Feedback of the probe. */
export function markAsProbe(feedback: ProviderFeedback): ProviderFeedback {
  return { ...feedback, ofProbe: feedback };
}

/** Adds two feedbacks; `saturated` comes from the later one. */
export function addFeedback(earlier: ProviderFeedback, later: ProviderFeedback): ProviderFeedback {
  return {
    accepted: earlier.accepted + later.accepted,
    completed: earlier.completed + later.completed,
    refusals: addCounts(earlier.refusals, later.refusals),
    ...chooseLongerRest(earlier, later),
    cause: later.cause ?? earlier.cause,
    accountRefusals: addCounts(earlier.accountRefusals, later.accountRefusals),
    // Added without `found`, because jobs found since may have been lost before the earlier report.
    lost: countLost(earlier.lost, { ...later, found: 0 }),
    found: earlier.found + later.found,
    forbidden: addForbidden(earlier.forbidden, later),
    saturated: later.saturated,
    ofProbe: addProbeFeedback(earlier.ofProbe, later.ofProbe),
    ...combineOperations(earlier, later),
    ...chooseBalance(earlier, later),
  };
}

function chooseBalance(earlier: ProviderFeedback, later: ProviderFeedback): Pick<ProviderFeedback, 'balance'> {
  const balance = later.balance ?? earlier.balance;
  return balance === undefined ? {} : { balance };
}

function combineOperations(earlier: ProviderFeedback, later: ProviderFeedback): Pick<ProviderFeedback, 'operations'> {
  if (earlier.operations === undefined && later.operations === undefined) return {};
  return { operations: addOperations(earlier.operations ?? {}, later.operations ?? {}) };
}

function addProbeFeedback(earlier: ProviderFeedback | null, later: ProviderFeedback | null): ProviderFeedback | null {
  return earlier === null || later === null ? (earlier ?? later) : addFeedback(earlier, later);
}

export function countRefusals({ concurrency, rate, uncoded }: Refusals): number {
  return concurrency + rate + uncoded;
}

/** Whether the account itself was refused. */
export function isAccountRefusal({ accountRefusals }: ProviderFeedback): boolean {
  return Object.keys(accountRefusals).length > 0;
}

/** Whether the holder must wait for the governor's reply before it submits again. */
export function needsReply(feedback: ProviderFeedback): boolean {
  return (
    countRefusals(feedback.refusals) > 0 ||
    isAccountRefusal(feedback) ||
    feedback.lost > 0 ||
    feedback.forbidden.length > 0
  );
}

/** Whether the report is urgent; `saturated` is judged by the caller, who knows the last report. */
export function isUrgent(feedback: ProviderFeedback): boolean {
  if (needsReply(feedback) || feedback.found > 0) return true;
  const { accepted, completed } = feedback.ofProbe ?? NO_FEEDBACK;
  return accepted + completed > 0 || Object.values(feedback.operations ?? {}).some(isUrgentForOperation);
}

function isUrgentForOperation({ ofProbe, outages }: OperationFeedback): boolean {
  if (outages >= MIN_OUTAGES_TO_REPORT) return true;
  return ofProbe !== undefined && ofProbe.accepted + ofProbe.completed + ofProbe.outages > 0;
}

/** Faults in a row that are worth a message; single faults are normal. */
const MIN_OUTAGES_TO_REPORT = 3;

function chooseLongerRest(
  earlier: ProviderFeedback,
  later: ProviderFeedback,
): Pick<ProviderFeedback, 'retryAfterMs' | 'retryAfterCode'> {
  const { retryAfterMs, retryAfterCode } = (later.retryAfterMs ?? -1) > (earlier.retryAfterMs ?? -1) ? later : earlier;
  return { retryAfterMs, retryAfterCode };
}

/** Maximum forbidden items reported; more prove nothing further. */
export const MAX_FORBIDDEN = 2;

/** Only an acceptance ends the streak: a completed job was accepted earlier. */
export function countLost(before: number, { accepted, lost, found }: ProviderFeedback): number {
  return Math.max(0, (accepted > 0 ? 0 : before) + lost - found);
}

export function addForbidden(before: readonly string[], { accepted, forbidden }: ProviderFeedback): readonly string[] {
  const known = accepted > 0 ? [] : before;
  return [...known, ...forbidden.filter((item) => !known.includes(item))].slice(-MAX_FORBIDDEN);
}
