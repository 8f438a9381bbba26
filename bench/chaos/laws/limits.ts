import type { LedgerEntry } from '../../../emulator';
import { byKey, type Evidence, everyLine } from '../evidence';
import type { Plan } from '../plan';
import type { TroubleName } from '../troubles';
import { wasTold } from './acknowledged';

/** What may be tried above a limit that was found. */
const PROBE = 1;
/** By these the account seems to have a limit below its own, from which it climbs back in growing steps. */
const LIES: readonly TroubleName[] = [
  '429 for concurrency',
  '429 with Retry-After',
  'job fails: CONCURRENT_JOBS_EXCEEDED',
];
/** From the first refusal on: until then the limit is not known. */
const SEARCH_MS = 5_000;
/** Refusals this close were sent at the same time, rather than one after another. */
const AT_ONCE_MS = 5;

/** Law 6: no more jobs in flight than the batch's bound, and no more tried than the provider's limit and the probe. */
export function limits(evidence: Evidence): readonly string[] {
  return [...overBound(evidence), ...overLimit(evidence)];
}

/** Jobs that nobody was told of count for nobody, nor do those that only a callback told of: nobody knew that they ran. */
function overBound({ plan, ledger, lines }: Evidence): readonly string[] {
  if (plan.concurrency === null) return [];
  const jobs = byKey(ledger.jobs);
  const told = new Set(ledger.posts.filter(wasTold).map(({ jobId }) => jobId));
  const known = lines.flatMap(({ key, submissions }) => {
    const named = new Set(submissions.map(({ jobId }) => jobId));
    return (jobs.get(key) ?? []).filter(({ jobId }) => named.has(jobId) && told.has(jobId));
  });
  const most = mostAtOnce(known, plan.jobTimeoutMs);
  return most > plan.concurrency ? [`${most} jobs were in flight at once, ${plan.concurrency} were allowed`] : [];
}

/** A place is free at the moment at which its job ends, or its time is over: nobody knows when a job ends that was given up. */
function mostAtOnce(jobs: readonly LedgerEntry[], timeMs: number): number {
  const changes = jobs.flatMap(({ acceptedAt, endedAt }) => [
    { at: acceptedAt, by: 1 },
    { at: Math.min(endedAt ?? Number.POSITIVE_INFINITY, acceptedAt + timeMs), by: -1 },
  ]);
  changes.sort((one, other) => one.at - other.at || one.by - other.by);
  let [now, most] = [0, 0];
  for (const { by } of changes) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}

/** Lost jobs take places that the account cannot know of, so runs with blows say nothing here. */
function overLimit({ plan, ledger, struck, taken, lines, singles }: Evidence): readonly string[] {
  if (plan.maxConcurrentJobs === null || struck.length + taken.length > 0) return [];
  if (everyLine({ lines, singles }).some(({ outcome }) => outcome === 'unknown')) return [];
  const refused = ledger.refusals.filter(({ code }) => code === 'CONCURRENT_JOBS_EXCEEDED').map(({ at }) => at);
  const late = refused.filter((at) => at - (refused[0] ?? at) > SEARCH_MS);
  const most = Math.max(0, ...late.map((at) => late.filter((other) => other >= at && other - at < AT_ONCE_MS).length));
  return most > triedAbove(plan, plan.maxConcurrentJobs)
    ? [`${most} submissions at once were above the limit of ${plan.maxConcurrentJobs}`]
    : [];
}

/** A search doubles what was not refused, and that may be half as much again as the limit: jobs end before it is known. */
function triedAbove({ troubles }: Plan, limit: number): number {
  return troubles.some(({ trouble }) => LIES.includes(trouble)) ? 2 * limit : PROBE;
}
