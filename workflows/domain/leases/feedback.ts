/** What holders of permits tell about how the provider took what they sent: counts only, so that they can be added. */
import { addCounts } from '../base/counts';
import type { FailureCode } from '../failures/failures';
import type { Refusals } from '../pace/pace';

/** Since the last time that it was told. */
export interface ProviderFeedback {
  /** Submissions that were accepted. */
  readonly accepted: number;
  /** Jobs that completed or failed for a reason of their own, which proves that the account may go on. */
  readonly completed: number;
  readonly refusals: Refusals;
  /** The longest wait that the provider asked for, in ms. */
  readonly retryAfterMs: number | null;
  /** The code that came with it. */
  readonly retryAfterCode: string | null;
  /** What the newest of these refusals and faults said; `null`: nothing was met. */
  readonly cause: string | null;
  /** Codes with which the account itself was refused, by number. */
  readonly accountRefusals: Readonly<Record<string, number>>;
  /** Faults in a row that look like an outage, without a success between or after them. */
  readonly outages: number;
  /** The last code of such a fault. */
  readonly outageCode: string | null;
  /** Submissions in a row whose answer was lost, without an accepted one between or after them. */
  readonly lost: number;
  /** Submissions whose answer was lost and whose job its callback has told. */
  readonly found: number;
  /** Different items that were answered with FORBIDDEN, without an accepted submission after them. */
  readonly forbidden: readonly string[];
  /** With the newest grant, all permits were in flight at some time while work waited. */
  readonly saturated: boolean;
  /** Of all this, what the submission has met that went ahead to see whether a hold is over; `null`: nothing yet. */
  readonly ofProbe: ProviderFeedback | null;
}

const NO_REFUSALS: Refusals = { concurrency: 0, rate: 0, unclear: 0 };

export const NO_FEEDBACK: ProviderFeedback = {
  accepted: 0,
  completed: 0,
  refusals: NO_REFUSALS,
  retryAfterMs: null,
  retryAfterCode: null,
  cause: null,
  accountRefusals: {},
  outages: 0,
  outageCode: null,
  lost: 0,
  found: 0,
  forbidden: [],
  saturated: false,
  ofProbe: null,
};

/** News of the submission that went ahead. */
export function markAsProbe(feedback: ProviderFeedback): ProviderFeedback {
  return { ...feedback, ofProbe: feedback };
}

/** What is told by two of which `later` is the newer; only the newer knows whether all permits are in use. */
export function addFeedback(earlier: ProviderFeedback, later: ProviderFeedback): ProviderFeedback {
  return {
    accepted: earlier.accepted + later.accepted,
    completed: earlier.completed + later.completed,
    refusals: addCounts(earlier.refusals, later.refusals),
    ...chooseLongerRest(earlier, later),
    cause: later.cause ?? earlier.cause,
    accountRefusals: addCounts(earlier.accountRefusals, later.accountRefusals),
    outages: countOutages(earlier.outages, later.outageCode ?? earlier.outageCode ?? '', later),
    outageCode: later.outageCode ?? earlier.outageCode,
    // Both may be told apart only together: what was found since may have been lost before it was told.
    lost: countLost(earlier.lost, { ...later, found: 0 }),
    found: earlier.found + later.found,
    forbidden: addForbidden(earlier.forbidden, later),
    saturated: later.saturated,
    ofProbe: addProbeFeedback(earlier.ofProbe, later.ofProbe),
  };
}

function addProbeFeedback(earlier: ProviderFeedback | null, later: ProviderFeedback | null): ProviderFeedback | null {
  return earlier === null || later === null ? (earlier ?? later) : addFeedback(earlier, later);
}

export function countRefusals({ concurrency, rate, unclear }: Refusals): number {
  return concurrency + rate + unclear;
}

/** Whether the account itself was refused. */
export function isAccountRefusal({ accountRefusals }: ProviderFeedback): boolean {
  return Object.keys(accountRefusals).length > 0;
}

/** Whether whoever met it submits nothing in its place before the governor has answered. */
export function needsReply(feedback: ProviderFeedback): boolean {
  return (
    countRefusals(feedback.refusals) > 0 ||
    isAccountRefusal(feedback) ||
    feedback.lost > 0 ||
    feedback.forbidden.length > 0
  );
}

/** Whether others should hear of it at once; `saturated` is judged by who knows what was told before. */
export function isUrgent(feedback: ProviderFeedback): boolean {
  if (needsReply(feedback) || feedback.found > 0) return true;
  const { accepted, completed, outages } = feedback.ofProbe ?? NO_FEEDBACK;
  return feedback.outages >= MIN_OUTAGES_TO_REPORT || accepted + completed + outages > 0;
}

/** Single faults happen; this many in a row without a success are worth a message. */
const MIN_OUTAGES_TO_REPORT = 3;

function chooseLongerRest(
  earlier: ProviderFeedback,
  later: ProviderFeedback,
): Pick<ProviderFeedback, 'retryAfterMs' | 'retryAfterCode'> {
  const { retryAfterMs, retryAfterCode } = (later.retryAfterMs ?? -1) > (earlier.retryAfterMs ?? -1) ? later : earlier;
  return { retryAfterMs, retryAfterCode };
}

/** Different items that are forbidden; more show nothing more. */
export const MAX_FORBIDDEN = 2;

/** Codes that are told when a job is submitted; all others may be told by a job that was accepted and fails. */
const SUBMIT_TIME_CODES: readonly FailureCode[] = ['UNAUTHENTICATED', 'CERTIFICATE_INVALID', 'PROVIDER_UNREACHABLE'];

/** Whether an accepted submission shows that what this code tells of is over. */
export function isSubmitTimeCode(code: string): boolean {
  return SUBMIT_TIME_CODES.some((name) => name === code);
}

/** Faults in a row that look like an outage, after more of them or a success. */
export function countOutages(before: number, code: string, { accepted, completed, outages }: ProviderFeedback): number {
  const isOver = completed > 0 || (accepted > 0 && isSubmitTimeCode(code));
  return isOver ? outages : before + outages;
}

/** Only an answer shows that answers come: a job that completes was accepted before. */
export function countLost(before: number, { accepted, lost, found }: ProviderFeedback): number {
  return Math.max(0, (accepted > 0 ? 0 : before) + lost - found);
}

export function addForbidden(before: readonly string[], { accepted, forbidden }: ProviderFeedback): readonly string[] {
  const known = accepted > 0 ? [] : before;
  return [...known, ...forbidden.filter((item) => !known.includes(item))].slice(-MAX_FORBIDDEN);
}
