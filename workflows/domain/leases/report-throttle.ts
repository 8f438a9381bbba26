/** When a holder reports to its lender: at once what others wait for, the rest now and then. Pure. */
import { isUrgent } from './feedback';
import type { AccountGrant, HolderReport } from './governor-protocol';
import type { Grant, LeaseReport } from './lease';

/** What was last reported, as far as it says whether the next report is urgent. */
export interface LastReport {
  /** What the lender counts as held since: what was reported, or granted since if that was more. */
  readonly counted: number;
  /** Number of the grant with which it was reported that all permits were in flight; 0: of none. */
  readonly saturated: number;
  /** Number of the grant with which the last report said that it needs funds; 0: it did not. */
  readonly needsFunds: number;
}

export const NOTHING_REPORTED: LastReport = { counted: 0, saturated: 0, needsFunds: 0 };

/**
 * Whether others wait for what there is to report.
 *
 * @param grant the newest one
 * @param manyAccepted accepted submissions that are worth a report of their own
 */
export function isReportUrgent(
  last: LastReport,
  { feedback, held, needsFunds = false }: LeaseReport,
  grant: Grant,
  manyAccepted: number,
): boolean {
  if (isUrgent(feedback)) return true;
  if (feedback.saturated && last.saturated < grant.number) return true;
  // Others may have what it would spend, and what was taken from it.
  if (needsFunds !== (last.needsFunds === grant.number)) return true;
  if (last.counted > grant.permits && held <= grant.permits) return true;
  return feedback.accepted >= Math.min(manyAccepted, grant.reportAfter ?? manyAccepted);
}

/** A grant has come: the lender counts it as held until a report says what is, also if it is taken back at once. */
export function countGrant<L extends LastReport>(last: L, { permits }: Grant): L {
  return { ...last, counted: Math.max(last.counted, permits) };
}

/** @param grant the newest one when the report was made */
export function toLastReport(
  last: LastReport,
  { feedback, held, grantSeen, needsFunds = false }: LeaseReport,
  grant: Grant | null,
): LastReport {
  return {
    counted: Math.max(held, grant?.permits ?? 0),
    saturated: feedback.saturated ? grantSeen : last.saturated,
    needsFunds: needsFunds ? grantSeen : 0,
  };
}

/** Changes that nobody waits for are reported to the governor at most this often, in ms. */
const REPORT_INTERVAL_MS = 10_000;
/** As many accepted submissions are worth a report of their own: limits are found by counting them. */
const MANY_ACCEPTED = 100;

/** What was last reported to the governor. */
export interface LastHolderReport extends LastReport {
  /** In ms since the epoch. */
  readonly at: number;
  readonly wants: number;
  readonly held: number;
  /** Submissions that were reported as spent. */
  readonly spent?: number;
  /** Its share of the account. Absent: never told. */
  readonly weight?: number;
}

export const NEVER_REPORTED: LastHolderReport = { ...NOTHING_REPORTED, at: 0, wants: -1, held: 0 };

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
  // Somebody has changed it, and waits for the effect.
  if (last.weight !== undefined && report.weight !== last.weight) return true;
  if ((wants === 0) !== (last.wants === 0)) return true;
  // Others may use what this one cannot.
  if (wants < grant.permits && wants < last.wants) return true;
  const isSpent = grant.allowance !== undefined && report.spent?.submissions !== last.spent;
  // Nothing comes after it that it could be reported with.
  if (isSpent && held === 0) return true;
  const isNew = feedback.accepted > 0 || wants !== last.wants || held !== last.held || isSpent;
  return isNew && now - last.at >= REPORT_INTERVAL_MS;
}

/** @param grant the newest one when the report was made */
export function toLastHolderReport(
  last: LastHolderReport,
  report: HolderReport,
  grant: AccountGrant | null,
  now: number,
): LastHolderReport {
  const { wants, held, spent, weight } = report;
  const told = spent === undefined ? {} : { spent: spent.submissions };
  return { ...last, ...toLastReport(last, report, grant), at: now, wants, held, weight, ...told };
}
