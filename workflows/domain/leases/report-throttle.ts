/** When a batch tells the governor of itself: at once what others wait for, the rest now and then. Pure. */
import { isUrgent } from './feedback';
import type { Grant, HolderReport } from './governor-protocol';

/** Changes that nobody waits for are told at most this often, in ms. */
const REPORT_INTERVAL_MS = 10_000;
/** As many accepted submissions are worth a message of their own: limits are found by counting them. */
const MANY_ACCEPTED = 100;

export interface LastReport {
  /** In ms since the epoch. */
  readonly at: number;
  readonly wants: number;
  readonly held: number;
  /** What the governor counts as held since: what was told, or what it had granted if that was more. */
  readonly counted: number;
  /** The grant about which it was told that all permits were in flight. */
  readonly saturated: number;
  /** The grant about which it was told that what is set aside is used up. */
  readonly needsFunds?: number;
  /** Submissions that were told as spent. */
  readonly spent?: number;
  /** Its share of the account. Absent: never told. */
  readonly weight?: number;
}

export const NEVER_REPORTED: LastReport = { at: 0, wants: -1, held: 0, counted: 0, saturated: -1 };

export function shouldReport(last: LastReport, report: HolderReport, grant: Grant | null, now: number): boolean {
  const { feedback, wants, held } = report;
  if (last.wants < 0 || grant === null) return last.wants < 0;
  if (isUrgent(feedback)) return true;
  // Somebody has changed it, and waits for the effect.
  if (last.weight !== undefined && report.weight !== last.weight) return true;
  if (feedback.saturated && last.saturated < grant.number) return true;
  if (report.needsFunds === true && (last.needsFunds ?? -1) < grant.number) return true;
  if ((wants === 0) !== (last.wants === 0)) return true;
  // Others may use what this one cannot, and what was taken from it.
  if (wants < grant.permits && wants < last.wants) return true;
  if (last.counted > grant.permits && held <= grant.permits) return true;
  if (feedback.accepted >= Math.min(MANY_ACCEPTED, grant.reportAfter ?? MANY_ACCEPTED)) return true;
  const isSpent = grant.allowance !== undefined && report.spent?.submissions !== last.spent;
  // Nothing comes after it that it could be told with.
  if (isSpent && held === 0) return true;
  const isNew = feedback.accepted > 0 || wants !== last.wants || held !== last.held || isSpent;
  return isNew && now - last.at >= REPORT_INTERVAL_MS;
}

/** A grant has come: the governor counts it as held until it is told what is, also if it takes it back at once. */
export function withGrant(last: LastReport, { permits }: Grant): LastReport {
  return { ...last, counted: Math.max(last.counted, permits) };
}

/** @param grant the newest one when the report was made */
export function toLastReport(last: LastReport, report: HolderReport, grant: Grant | null, now: number): LastReport {
  const { feedback, wants, held, grantSeen, weight } = report;
  const counted = Math.max(held, grant?.permits ?? 0);
  const needsFunds = report.needsFunds === true ? { needsFunds: grantSeen } : {};
  const spent = report.spent === undefined ? {} : { spent: report.spent.submissions };
  return {
    ...last,
    at: now,
    wants,
    held,
    counted,
    weight,
    saturated: feedback.saturated ? grantSeen : last.saturated,
    ...needsFunds,
    ...spent,
  };
}
