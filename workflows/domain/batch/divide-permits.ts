/** Divides the batch's permits among its pages and decides when to open further pages. Pure. */
import { approachTargets, computeTargetsInOrder } from '../leases/divide';
import { sumUsage, withoutPermits, withPermits } from '../leases/lease';
import { type BatchSchedule, closeUnopened, listUnopenedParts, newPage, type OpenPage } from './batch-schedule';
import {
  chooseProbingParts,
  countFree,
  countProbes,
  getHeld,
  isLookAheadUsed,
  type ProbingParts,
} from './open-operations';
import { isPayable, isWithinBudget, lacksFunds, withAllowances } from './page-funds';
import { EMPTY_TALLY } from './tally';

/** Maximum jobs in flight for the batch now. */
export function computeLimit({ control, concurrency, grant, isBlockedByAccount }: BatchSchedule): number {
  if (control !== 'running' || grant === null || isBlockedByAccount) return 0;
  return Math.min(concurrency ?? grant.permits, grant.permits);
}

/** Maximum permits that a page can use. */
function countUsable(schedule: BatchSchedule, parts: ProbingParts, page: OpenPage): number {
  return lacksFunds(page) ? 0 : countFree(page, getHeld(schedule)) + countProbes(parts, page);
}

/** The pages that send the probes of operations. */
export function chooseParts(schedule: BatchSchedule): ProbingParts {
  return chooseProbingParts(schedule, (page) => !lacksFunds(page));
}

/** Whether the page has an item to send as a probe. */
export function isAhead({ grant }: BatchSchedule): boolean {
  return grant?.probe === true && grant.permits > 0;
}

/** One permit for the page that sends the probe, whatever else is in flight; `null` if no page can. */
export function withProbe(before: BatchSchedule): BatchSchedule | null {
  const schedule = withAllowances(before);
  const only = (part: number) => schedule.open.map((page) => withPermits(page, page.part === part ? 1 : 0));
  const ahead = schedule.open.find((page) => page.permits > 0 && page.lastGrant?.probe && !lacksFunds(page));
  if (ahead !== undefined) return { ...schedule, open: only(ahead.part) };
  if (schedule.concurrency !== null && sumUsage(schedule.open).held >= schedule.concurrency) return null;
  const parts = chooseParts(schedule);
  const ready = schedule.open.find((page) => countUsable(schedule, parts, page) > page.held);
  if (ready !== undefined) return { ...schedule, open: only(ready.part) };
  const [sized] = listUnopenedParts(schedule, 1);
  if (sized === undefined || schedule.isBlocked || !isWithinBudget(schedule)) return null;
  const begun = closeUnopened(schedule, [sized], EMPTY_TALLY);
  return withAllowances({ ...begun, open: [...only(sized.part), newPage(sized, 1)] });
}

/** Only the page that sends the probe gets a permit, if any page can. */
export function sendAhead(schedule: BatchSchedule): BatchSchedule {
  return withProbe(schedule) ?? { ...schedule, open: schedule.open.map((page) => withPermits(page, 0)) };
}

/** Older pages come first, which lets them finish; the rest goes to new pages. */
export function divide(schedule: BatchSchedule, limit: number): BatchSchedule {
  const funded = withAllowances(schedule);
  // A page that cannot pay leaves its permits to the others.
  const pages = funded.open.map((page) => (lacksFunds(page) ? withoutPermits(page) : page));
  const targets = computePageTargets(funded, pages, limit);
  const permits = approachTargets(limit, pages, targets);
  return openPages({ ...funded, open: pages.map((page, index) => withPermits(page, permits[index] ?? 0)) }, limit);
}

/** Probes go first: otherwise pages with other work would keep all permits. */
function computePageTargets(schedule: BatchSchedule, pages: readonly OpenPage[], limit: number): readonly number[] {
  const parts = chooseParts(schedule);
  const claims = pages.map((page, index) => {
    const probes = countProbes(parts, page);
    const wants = countUsable(schedule, parts, page);
    return { index, probes, wants, permits: probes > 0 ? Math.max(1, page.permits) : page.permits };
  });
  const order = [...claims.filter(({ probes }) => probes > 0), ...claims.filter(({ probes }) => probes === 0)];
  const targets = new Map(computeTargetsInOrder(limit, order).map((target, place) => [order[place]?.index, target]));
  return pages.map((_, index) => targets.get(index) ?? 0);
}

function openPages(schedule: BatchSchedule, limit: number): BatchSchedule {
  let opened = schedule;
  let left = limit - sumUsage(schedule.open).held;
  while (left > 0 && !opened.isBlocked && isPayable(opened) && !isLookAheadUsed(opened)) {
    const [sized] = listUnopenedParts(opened, 1);
    if (sized === undefined) break;
    const page = newPage(sized, Math.min(left, sized.size));
    const begun = closeUnopened(opened, [sized], EMPTY_TALLY);
    opened = withAllowances({ ...begun, open: [...opened.open, page] });
    left -= page.permits;
  }
  return opened;
}
