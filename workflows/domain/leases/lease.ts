/**
 * The lease protocol, which is spoken twice: the governor of an account lends permits to batches and single items, and a
 * batch lends its permits to its pages. The lender sends numbered grants, of which the newest counts. The holder reports
 * what it uses, with the number of the newest grant that it has seen: a report that crossed a grant on its way frees
 * nothing. Pure.
 */
import type { Allowance } from '../money/spending';
import { countRefusals, needsReply, type ProviderFeedback } from './feedback';

/** How submissions are to be sent. */
export interface Pacing {
  /** Least time between two submissions, in ms; `null`: no limit of the rate is known. */
  readonly spacingMs: number | null;
  /** Nothing is sent before this time, in ms since the epoch, since the provider has asked for a rest; `null`: it has not. */
  readonly restUntil: number | null;
  /** Number of the newest change of the account's pace. */
  readonly paceChange: number;
  /** Accepted submissions after which a report may let the window grow; absent: none are waited for. */
  readonly reportAfter?: number;
  /** Answers of the account are being lost: no more is sent than it takes to know whether they all are. Absent: none is. */
  readonly answersLost?: true;
  /** One item goes ahead to see whether the account can go on: what becomes of it is reported at once. */
  readonly probe: boolean;
}

/** From the lender to a holder. */
export interface Grant extends Pacing {
  /** Counts up from 1 for each holder. */
  readonly number: number;
  readonly permits: number;
  /** What the holder may have spent in all since its beginning; absent: nothing limits it. */
  readonly allowance?: Allowance;
}

/** From a holder to the lender. */
export interface LeaseReport {
  /** Number of the newest grant that it has seen; 0: none. */
  readonly grantSeen: number;
  /** Jobs that it may have in flight, whatever it was granted since. */
  readonly held: number;
  /** Of these, jobs that were accepted and are not known to have ended. */
  readonly inFlight: number;
  /** Of these, items that are sent as soon as the rate allows it. Default 0. */
  readonly scheduled?: number;
  /** Of these, submissions that were begun and have no answer yet. Default 0. */
  readonly unanswered?: number;
  /** The newest change of pace that it knew when it sent what was refused. */
  readonly paceSeen: number;
  /** Nothing of it is in flight, and its allowance does not reach for the next item. Default false. */
  readonly needsFunds?: boolean;
  readonly feedback: ProviderFeedback;
}

/** What a lender knows of a holder. */
export interface Lease<G extends Grant = Grant> {
  /** Permits as they were last divided. */
  readonly permits: number;
  /** Jobs that it may have in flight: more than its permits after a cut, until it has reported that they ended. */
  readonly held: number;
  /** Of these, jobs that were accepted. */
  readonly inFlight: number;
  /** Of these, items that are about to be sent. */
  readonly scheduled: number;
  /** Submissions without an answer: reported ones, and those that it may have begun with permits granted since. */
  readonly unanswered: number;
  /** Number of the newest grant; 0: none was sent. */
  readonly grantNumber: number;
  /** Number of the grant since which its permits are what they are: a report that has seen it says all that is held. */
  readonly permitsSince: number;
  /** The newest grant; `null`: none was sent. */
  readonly lastGrant: G | null;
  /** It rests the permits that were refused until it gets a reply. */
  readonly awaitsReply: boolean;
  /** The next division is the reply: it gets a grant even if nothing has changed for it. */
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

/** Takes in what a holder reports of its permits. */
export function applyLeaseReport<L extends Lease>(before: L, report: LeaseReport): L {
  const lease = report.grantSeen > before.grantNumber ? adoptGrantNumber(before, report.grantSeen) : before;
  const isUpToDate = report.grantSeen >= lease.permitsSince;
  const { held, inFlight, scheduled = 0, unanswered = 0, feedback } = report;
  // With a refusal it reports what it had under way then, whatever it was granted since.
  const isComplete = isUpToDate || countRefusals(feedback.refusals) > 0;
  return {
    ...lease,
    // Until it has seen its newest permits it is believed to hold them all.
    held: Math.max(isUpToDate ? lease.permits : lease.held, held),
    inFlight,
    scheduled,
    unanswered: isComplete ? unanswered : Math.max(lease.unanswered, unanswered),
    awaitsReply: lease.awaitsReply || needsReply(feedback),
  };
}

/** It has seen a grant that this lender does not know to have sent: the lender was reset. It gets a new one. */
function adoptGrantNumber<L extends Lease>(lease: L, number: number): L {
  return { ...lease, grantNumber: number, permitsSince: number + 1, replyDue: true };
}

/** What it waits for is known now. */
export function withReplyDue<L extends Lease>(lease: L): L {
  return lease.awaitsReply ? { ...lease, awaitsReply: false, replyDue: true } : lease;
}

/** Permits that are added may be used at once; those that are taken away are held until it reports that they are free. */
export function withPermits<L extends Lease>(lease: L, permits: number): L {
  const added = Math.max(0, permits - lease.held);
  return { ...lease, permits, held: lease.held + added, unanswered: lease.unanswered + added };
}

/** It can use none of its permits, and has nothing in flight. */
export function withoutPermits<L extends Lease>(lease: L): L {
  return { ...lease, permits: 0, held: 0, unanswered: 0 };
}

/** The grant was sent. */
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

/** Whether it is to get a grant, beside what only one lender grants. */
export function isGrantDue<G extends Grant>(
  { lastGrant, replyDue }: Lease<G>,
  grant: G,
  isSame: (left: G, right: G) => boolean,
): boolean {
  return replyDue || lastGrant === null || !isSameGrant(lastGrant, grant) || !isSame(lastGrant, grant);
}

/** Whether a holder would do the same after both; a change of pace alone is not worth a message. */
export function isSameGrant(left: Grant, right: Grant): boolean {
  return (
    left.permits === right.permits &&
    left.spacingMs === right.spacingMs &&
    left.restUntil === right.restUntil &&
    left.probe === right.probe &&
    left.answersLost === right.answersLost &&
    isSameAllowance(left.allowance, right.allowance)
  );
}

export function isSameAllowance(left: Allowance | undefined, right: Allowance | undefined): boolean {
  return (
    left?.submissions === right?.submissions && left?.cost === right?.cost && left?.duplicates === right?.duplicates
  );
}

/**
 * The part of a holder: rate and reports are divided as permits are.
 *
 * @param whole of all permits that share the pacing
 */
export function sharePacing(pacing: Pacing, permits: number, whole: number): Pacing {
  const { spacingMs, restUntil, paceChange, probe, answersLost } = pacing;
  return {
    spacingMs: spacingMs === null || permits === 0 ? null : Math.ceil((spacingMs * whole) / permits),
    restUntil,
    paceChange,
    ...shareReports(pacing, permits, whole),
    ...(answersLost === undefined ? {} : { answersLost }),
    probe: probe && permits > 0,
  };
}

function shareReports(
  { reportAfter, answersLost }: Pacing,
  permits: number,
  whole: number,
): Pick<Pacing, 'reportAfter'> {
  // The first answer that comes shows that they are not all lost.
  if (answersLost === true) return { reportAfter: 1 };
  if (reportAfter === undefined || permits === 0) return {};
  return { reportAfter: Math.max(1, Math.ceil((reportAfter * permits) / whole)) };
}

/** Jobs that several holders may have in flight together; of these, jobs that were accepted, and so on. */
export type Usage = Required<Pick<LeaseReport, 'held' | 'inFlight' | 'scheduled' | 'unanswered'>>;

export function sumUsage(leases: readonly Lease[]): Usage {
  const sum = { held: 0, inFlight: 0, scheduled: 0, unanswered: 0 };
  // There may be thousands, and every report asks for it.
  for (const { held, inFlight, scheduled, unanswered } of leases) {
    sum.held += held;
    sum.inFlight += inFlight;
    sum.scheduled += scheduled;
    sum.unanswered += unanswered;
  }
  return sum;
}
