/** When a holder reports to its lender: urgent changes at once, the rest at intervals. Pure. */
import { isBelow } from '../money/balance';
import { isUrgent } from './feedback';
import type { AccountGrant, HolderReport } from './governor-protocol';
import type { Grant, LeaseReport } from './lease';

/** The last report, as far as it decides whether the next one is urgent. */
export interface LastReport {
  /** Permits that the lender counts as held: reported, or granted since if that was more. */
  readonly counted: number;
  /** Number of the grant reported as fully in flight; 0 if none. */
  readonly saturated: number;
  /** Number of the grant that was reported to need funds; 0 if none. */
  readonly needsFunds: number;
  /** Held operations that items were reported to wait for. */
  readonly blocked: string;
  /** Whether the cost of the open items is known. */
  readonly isCostKnown: boolean;
}

export const NOTHING_REPORTED: LastReport = {
  counted: 0,
  saturated: 0,
  needsFunds: 0,
  blocked: '',
  isCostKnown: false,
};

/**
 * Whether others wait for this report.
 *
 * @param grant the newest grant
 * @param manyAccepted accepted submissions that are worth an extra report
 */
export function isReportUrgent(last: LastReport, report: LeaseReport, grant: Grant, manyAccepted: number): boolean {
  const { feedback, held, needsFunds } = report;
  if (isUrgent(feedback)) return true;
  const { balance } = feedback;
  if (balance !== undefined && grant.holdBelow !== undefined && isBelow(balance, grant.holdBelow)) return true;
  // One of its items may be the probe that others wait for.
  if (listBlocked(report) !== last.blocked) return true;
  // Until then the allowance is a guess that may leave permits idle.
  if (!last.isCostKnown && report.openCost !== undefined && grant.allowance?.cost != null) return true;
  if (feedback.saturated && last.saturated < grant.number) return true;
  // Others may use the funds that it would spend.
  if (needsFunds !== (last.needsFunds === grant.number)) return true;
  if (last.counted > grant.permits && held <= grant.permits) return true;
  return feedback.accepted >= Math.min(manyAccepted, grant.reportAfter ?? manyAccepted);
}

/**
 * Records a grant: the lender counts its permits as held until a report says otherwise, even if it is revoked at once.
 */
export function countGrant<L extends LastReport>(last: L, { permits }: Grant): L {
  return { ...last, counted: Math.max(last.counted, permits) };
}

/** @param grant the newest grant at the time of the report */
export function toLastReport(last: LastReport, report: LeaseReport, grant: Grant | null): LastReport {
  const { feedback, held, grantSeen, needsFunds } = report;
  return {
    counted: Math.max(held, grant?.permits ?? 0),
    saturated: feedback.saturated ? grantSeen : last.saturated,
    needsFunds: needsFunds ? grantSeen : 0,
    blocked: listBlocked(report),
    isCostKnown: last.isCostKnown || report.openCost !== undefined,
  };
}

function listBlocked({ blocked = {} }: LeaseReport): string {
  return Object.keys(blocked).sort().join(' ');
}

/** Minimum interval of non-urgent reports to the governor, in ms. */
const REPORT_INTERVAL_MS = 10_000;
/** Accepted submissions that are worth an extra report: limits are discovered by counting them. */
const MANY_ACCEPTED = 100;

/** The last report to the governor. */
export interface LastHolderReport extends LastReport {
  /** In ms since the epoch. */
  readonly at: number;
  readonly wants: number;
  readonly held: number;
  /** Submissions reported as spent. */
  readonly spent: number;
  /** Its share of the account; `null`: never reported. */
  readonly weight: number | null;
}

export const NEVER_REPORTED: LastHolderReport = {
  ...NOTHING_REPORTED,
  at: 0,
  wants: -1,
  held: 0,
  spent: 0,
  weight: null,
};

/** Whether a batch reports to the governor now. */
export function shouldReport(
  last: LastHolderReport,
  report: HolderReport,
  grant: AccountGrant | null,
  now: number,
): boolean {
  const { feedback, wants, held } = report;
  if (last.wants < 0 || grant === null) return last.wants < 0;
  if (isReportUrgent(last, report, grant, MANY_ACCEPTED)) return true;
  // A person changed it and waits for the effect.
  if (last.weight !== null && report.weight !== last.weight) return true;
  if ((wants === 0) !== (last.wants === 0)) return true;
  // Others may use the permits that this batch cannot.
  if (wants < grant.permits && wants < last.wants) return true;
  const isSpent = grant.allowance !== null && countSpent(report) !== last.spent;
  // There will be no later report to combine it with.
  if (isSpent && held === 0) return true;
  const isNew = feedback.accepted > 0 || wants !== last.wants || held !== last.held || isSpent;
  return isNew && now - last.at >= REPORT_INTERVAL_MS;
}

/** @param grant the newest grant at the time of the report */
export function toLastHolderReport(
  last: LastHolderReport,
  report: HolderReport,
  grant: AccountGrant | null,
  now: number,
): LastHolderReport {
  const { wants, held, weight } = report;
  return { ...toLastReport(last, report, grant), at: now, wants, held, spent: countSpent(report), weight };
}

function countSpent({ spent }: HolderReport): number {
  return spent?.submissions ?? 0;
}
