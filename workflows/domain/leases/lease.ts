/**
 * The lease protocol, used twice: the governor of an account lends permits to batches and single items, and a batch
 * lends its permits to its pages. The lender sends numbered grants; the newest one counts. The holder reports its usage
 * with the number of the newest grant it has seen, so a report that crossed a grant frees nothing. Pure.
 */
import type { HoldBelow } from '../money/balance';
import type { Allowance } from '../money/spending';
import { countRefusals, needsReply, type ProviderFeedback } from './feedback';
import { type BlockedItems, isSameOperations, type OperationTerms } from './held-operations';

/** How submissions are to be paced. */
export interface Pacing {
  /** Minimum time between two submissions, in ms; `null` if no rate limit is known. */
  readonly spacingMs: number | null;
  /**
   * Earliest time of the next submission, in ms since the epoch, because the provider requested a rest; `null` if it
   * did not.
   */
  readonly restUntil: number | null;
  /** Number of the newest change of the account's pace. */
  readonly paceChange: number;
  /** Accepted submissions after which a report may let the window grow; `null` if none are awaited. */
  readonly reportAfter: number | null;
  /**
   * Whether answers of the account are being lost: only enough submissions go out to find out whether all of them are.
   */
  readonly answersLost: boolean;
  /** Whether one item probes the account; its outcome is reported immediately. */
  readonly probe: boolean;
}

export const NO_PACING: Pacing = {
  spacingMs: null,
  restUntil: null,
  paceChange: 0,
  reportAfter: null,
  answersLost: false,
  probe: false,
};

/** Sent by the lender to a holder. */
export interface Grant extends Pacing, OperationTerms {
  /** Counts up from 1 per holder. */
  readonly number: number;
  readonly permits: number;
  /** Maximum total spending of the holder since its start; `null` if unlimited. */
  readonly allowance: Allowance | null;
  /** A balance below this is reported at once; absent without a bound. */
  readonly holdBelow?: HoldBelow;
}

/** Sent by a holder to the lender. */
export interface LeaseReport {
  /** Number of the newest grant seen; 0 if none. */
  readonly grantSeen: number;
  /** Number of jobs that the holder may have in flight, whatever it was granted since. */
  readonly held: number;
  /** Of these, accepted jobs that are not known to have ended. */
  readonly inFlight: number;
  /** Of these, items that are sent as soon as the rate allows. */
  readonly scheduled: number;
  /** Of these, submissions in flight without an answer. */
  readonly unanswered: number;
  /** Newest change of pace known when the refused submissions were sent. */
  readonly paceSeen: number;
  /** Whether nothing is in flight and the allowance does not cover the next item. */
  readonly needsFunds: boolean;
  readonly feedback: ProviderFeedback;
  /** Absent while no item waits for a held operation. */
  readonly blocked?: BlockedItems;
  /** Of a page: cost of one more submission of each of its open items; absent without prices. */
  readonly openCost?: number;
}

/** What a lender knows about a holder. */
export interface Lease<G extends Grant = Grant> {
  /** Permits as last divided. */
  readonly permits: number;
  /** Jobs that it may have in flight: after a cut more than its permits, until it reports that they ended. */
  readonly held: number;
  /** Of these, accepted jobs. */
  readonly inFlight: number;
  /** Of these, items about to be sent. */
  readonly scheduled: number;
  /** Submissions without an answer: reported ones, and those it may have started with permits granted since. */
  readonly unanswered: number;
  /** Number of the newest grant; 0 if none was sent. */
  readonly grantNumber: number;
  /** Number of the grant that set the current permits: a report that has seen it is complete. */
  readonly permitsSince: number;
  /** The newest grant; `null` if none was sent. */
  readonly lastGrant: G | null;
  /** Whether it keeps refused permits unused until it gets a reply. */
  readonly awaitsReply: boolean;
  /** Whether the next division is the reply: it gets a grant even if nothing has changed. */
  readonly replyDue: boolean;
}

export const NEW_LEASE: Lease<never> = {
  permits: 0,
  held: 0,
  inFlight: 0,
  scheduled: 0,
  unanswered: 0,
  grantNumber: 0,
  permitsSince: 0,
  lastGrant: null,
  awaitsReply: false,
  replyDue: false,
};

/** Applies a holder's report about its permits. */
export function applyLeaseReport<L extends Lease>(before: L, report: LeaseReport): L {
  const lease = report.grantSeen > before.grantNumber ? adoptGrantNumber(before, report.grantSeen) : before;
  const isUpToDate = report.grantSeen >= lease.permitsSince;
  const { held, inFlight, scheduled, unanswered, feedback } = report;
  // With a refusal it reports everything that was in flight then, whatever it was granted since.
  const isComplete = isUpToDate || countRefusals(feedback.refusals) > 0;
  return {
    ...lease,
    // Until it has seen its newest permits, it is assumed to hold them all.
    held: Math.max(isUpToDate ? lease.permits : lease.held, held),
    inFlight,
    scheduled,
    unanswered: isComplete ? unanswered : Math.max(lease.unanswered, unanswered),
    awaitsReply: lease.awaitsReply || needsReply(feedback),
  };
}

/** It has seen a grant unknown to this lender: the lender was reset. It gets a new grant. */
function adoptGrantNumber<L extends Lease>(lease: L, number: number): L {
  return { ...lease, grantNumber: number, permitsSince: number + 1, replyDue: true };
}

/** Its reply is known now. */
export function withReplyDue<L extends Lease>(lease: L): L {
  return lease.awaitsReply ? { ...lease, awaitsReply: false, replyDue: true } : lease;
}

/**
 * Added permits may be used at once; removed ones count as held until the holder reports that they are free. Returns the
 * lease itself if nothing changes, as for most of them in most divisions.
 */
export function withPermits<L extends Lease>(lease: L, permits: number): L {
  const added = Math.max(0, permits - lease.held);
  if (added === 0 && permits === lease.permits) return lease;
  return { ...lease, permits, held: lease.held + added, unanswered: lease.unanswered + added };
}

/** Whether it can use none of its permits and has nothing in flight. */
export function withoutPermits<L extends Lease>(lease: L): L {
  return { ...lease, permits: 0, held: 0, unanswered: 0 };
}

/** Records a sent grant. */
export function withGrant<G extends Grant, L extends Lease<G>>(lease: L, grant: G): L {
  const isCut = lease.lastGrant?.permits !== grant.permits;
  return {
    ...lease,
    grantNumber: grant.number,
    permitsSince: isCut ? grant.number : lease.permitsSince,
    lastGrant: grant,
    replyDue: false,
  };
}

/** Whether it needs a grant, apart from conditions specific to one lender. */
export function isGrantDue<G extends Grant>(
  { lastGrant, replyDue }: Lease<G>,
  grant: G,
  isSame: (left: G, right: G) => boolean,
): boolean {
  return replyDue || lastGrant === null || !isSameGrant(lastGrant, grant) || !isSame(lastGrant, grant);
}

/** Whether both grants have the same effect on a holder; a change of pace alone is not worth a message. */
export function isSameGrant(left: Grant, right: Grant): boolean {
  return (
    left.permits === right.permits &&
    left.spacingMs === right.spacingMs &&
    left.restUntil === right.restUntil &&
    left.probe === right.probe &&
    left.answersLost === right.answersLost &&
    isSameOperations(left, right) &&
    left.holdBelow?.usd === right.holdBelow?.usd &&
    left.holdBelow?.credits === right.holdBelow?.credits &&
    isSameAllowance(left.allowance, right.allowance)
  );
}

export function isSameAllowance(left: Allowance | null, right: Allowance | null): boolean {
  return (
    left?.submissions === right?.submissions && left?.cost === right?.cost && left?.duplicates === right?.duplicates
  );
}

/**
 * A holder's share of the pacing: rate and report threshold are divided like permits.
 *
 * @param whole all permits that share the pacing
 */
export function sharePacing(pacing: Pacing, permits: number, whole: number): Pacing {
  const { spacingMs, restUntil, paceChange, probe, answersLost } = pacing;
  return {
    spacingMs: spacingMs === null || permits === 0 ? null : Math.ceil((spacingMs * whole) / permits),
    restUntil,
    paceChange,
    reportAfter: shareReports(pacing, permits, whole),
    answersLost,
    probe: probe && permits > 0,
  };
}

function shareReports({ reportAfter, answersLost }: Pacing, permits: number, whole: number): number | null {
  // The first answer shows that not all of them are lost.
  if (answersLost) return 1;
  return reportAfter === null || permits === 0 ? null : Math.max(1, Math.ceil((reportAfter * permits) / whole));
}

/** Sums over several holders: jobs that may be in flight, accepted jobs, and so on. */
type Usage = Pick<LeaseReport, 'held' | 'inFlight' | 'scheduled' | 'unanswered'>;

export function sumUsage(leases: readonly Lease[]): Usage {
  const sum = { held: 0, inFlight: 0, scheduled: 0, unanswered: 0 };
  // There may be thousands of holders, and every report needs the sum.
  for (const { held, inFlight, scheduled, unanswered } of leases) {
    sum.held += held;
    sum.inFlight += inFlight;
    sum.scheduled += scheduled;
    sum.unanswered += unanswered;
  }
  return sum;
}
