/** What a batch reports to the governor of its account. Pure. */
import { DAY_BUDGET_USED } from '../failures/hold-codes';
import { countRefusals } from '../leases/feedback';
import type { HolderReport } from '../leases/governor-protocol';
import { sumUsage } from '../leases/lease';
import type { BatchSchedule } from './batch-schedule';
import { computeLimit, isAhead, withProbe } from './divide-permits';
import { countAllFree, sumBlocked } from './open-operations';
import { computeAveragePrice, isWithinBudget, needsFunds, sumSpent } from './page-funds';

/** Creates the batch's report about itself. */
export function toHolderReport(schedule: BatchSchedule, leaving: boolean): Omit<HolderReport, 'holder' | 'weight'> {
  const { grant, feedback, paceSeen } = schedule;
  const { submissions, cost } = sumSpent(schedule);
  const usage = sumUsage(schedule.open);
  const permits = computeLimit(schedule);
  const change = grant?.paceChange ?? 0;
  return {
    kind: 'batch',
    wants: leaving ? 0 : countWants(schedule),
    ...usage,
    grantSeen: grant?.number ?? 0,
    paceSeen: countRefusals(feedback.refusals) > 0 ? Math.min(paceSeen, change) : change,
    // A saturated page says nothing about the limit while another page has idle permits.
    feedback: {
      ...feedback,
      saturated: feedback.saturated && permits > 0 && usage.inFlight + usage.scheduled >= permits,
    },
    leaving,
    remembered: grant?.remembered ?? null,
    spent: { submissions, cost },
    allowed: grant?.allowance ?? null,
    price: computeAveragePrice(schedule),
    needsFunds: needsFunds(schedule) && isWithinBudget(schedule),
    waits: true,
    isNew: false,
    bounds: null,
    billingOutcome: null,
    operation: null,
    ...listBlocked(schedule),
  };
}

/** What it could probe; a batch that submits nothing probes nothing. */
function listBlocked(schedule: BatchSchedule): Pick<HolderReport, 'blocked'> {
  const blocked = schedule.control === 'running' ? sumBlocked(schedule) : {};
  return Object.keys(blocked).length === 0 ? {} : { blocked };
}

/** Number of jobs that the batch could have in flight with unlimited permits. */
export function countWants(schedule: BatchSchedule): number {
  if (schedule.control !== 'running') return 0;
  // While the account is held one item probes; a batch without one leaves that to another.
  if (isHeld(schedule) && withProbe(schedule) === null) return 0;
  const free = countAllFree(schedule);
  return Math.min(free, schedule.concurrency ?? free);
}

function isHeld(schedule: BatchSchedule): boolean {
  const hold = schedule.grant?.hold ?? null;
  return isAhead(schedule) || (hold !== null && hold.code !== DAY_BUDGET_USED);
}
