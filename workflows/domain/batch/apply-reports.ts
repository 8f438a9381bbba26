/** Applies page reports and governor grants to a batch's schedule. Pure. */
import { addFeedback, countRefusals, isAccountRefusal, NO_FEEDBACK } from '../leases/feedback';
import type { AccountGrant } from '../leases/governor-protocol';
import { applyLeaseReport, type LeaseReport, withReplyDue } from '../leases/lease';
import { NO_BUDGET } from '../money/spending';
import { type BatchSchedule, type OpenPage, replacePage, UNKNOWN_PACE } from './batch-schedule';
import type { PageLeaseReport, PageReport } from './page-protocol';
import { addTallies, type Tally } from './tally';

/** Applies a page's report with outcomes. Reports of closed pages are ignored. */
export function applyPageReport(schedule: BatchSchedule, report: PageReport): BatchSchedule {
  const page = schedule.open.find(({ part }) => part === report.part);
  if (page === undefined) return schedule;
  const informed = withFeedback(schedule, report);
  if (report.done) {
    const open = informed.open.filter((other) => other !== page);
    return { ...informed, open, closed: addTallies(informed.closed, report.tally) };
  }
  return replacePage(informed, page, { ...withReport(returnPermits(page, report), report), tally: report.tally });
}

/** Applies a page's report between outcomes. */
export function applyPageLeaseReport(schedule: BatchSchedule, report: PageLeaseReport): BatchSchedule {
  const page = schedule.open.find(({ part }) => part === report.part);
  const informed = withFeedback(schedule, report);
  return page === undefined ? informed : replacePage(informed, page, withReport(page, report));
}

function withReport(before: OpenPage, report: LeaseReport): OpenPage {
  const page = applyLeaseReport(before, report);
  // A page without funds stays so until its allowance is raised, which clears this flag.
  const isOfLastGrant = report.grantSeen === page.grantNumber;
  const { blocked = {}, openCost = page.openCost } = report;
  return { ...page, blocked, openCost, needsFunds: isOfLastGrant ? report.needsFunds : page.needsFunds };
}

/** Removes the permits that a page returns. The page knows it, so no grant is needed. */
function returnPermits(page: OpenPage, report: PageReport): OpenPage {
  const { lastGrant } = page;
  if (report.grantSeen < page.grantNumber || lastGrant === null) return page;
  const permits = Math.min(page.permits, report.permits);
  return { ...page, permits, lastGrant: { ...lastGrant, permits: Math.min(lastGrant.permits, report.permits) } };
}

function withFeedback(schedule: BatchSchedule, { feedback, paceSeen }: LeaseReport): BatchSchedule {
  const seen = countRefusals(feedback.refusals) > 0 ? Math.min(schedule.paceSeen, paceSeen) : schedule.paceSeen;
  const isBlockedByAccount = schedule.isBlockedByAccount || isAccountRefusal(feedback);
  return { ...schedule, feedback: addFeedback(schedule.feedback, feedback), paceSeen: seen, isBlockedByAccount };
}

/** Closes a page that died; it may have spent its whole allowance. */
export function onPageDied(schedule: BatchSchedule, part: number, tally: Tally): BatchSchedule {
  const page = schedule.open.find((open) => open.part === part);
  if (page === undefined) return schedule;
  const { submissions, cost, duplicates } = page.lastGrant?.allowance ?? NO_BUDGET;
  const most = {
    ...tally,
    submissions: Math.max(tally.submissions, submissions ?? 0),
    cost: Math.max(tally.cost, cost ?? 0),
    duplicates: Math.max(tally.duplicates, duplicates ?? 0),
  };
  const open = schedule.open.filter((other) => other !== page);
  return { ...schedule, open, closed: addTallies(schedule.closed, most) };
}

/** Applies a grant of the governor; an older one that arrives late is ignored. */
export function applyGrant(schedule: BatchSchedule, grant: AccountGrant): BatchSchedule {
  if (schedule.grant !== null && grant.number <= schedule.grant.number) return schedule;
  return { ...schedule, grant, open: schedule.open.map(withReplyDue), isBlockedByAccount: false };
}

/** Records what was reported to the governor. */
export function clearFeedback(schedule: BatchSchedule): BatchSchedule {
  return { ...schedule, feedback: NO_FEEDBACK, paceSeen: UNKNOWN_PACE };
}
