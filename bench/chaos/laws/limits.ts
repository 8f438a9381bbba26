import type { LedgerEntry } from '../../../emulator';
import { byKey, type Evidence, everyLine } from '../evidence';
import type { Plan } from '../plan';
import type { TroubleName } from '../troubles';
import { wasAnswered } from './acknowledged';

/** Number of jobs that may be tried above a discovered limit. */
const PROBE = 1;
/** Troubles that look like a limit below the real one; the search then rises in growing steps. */
const LIES: readonly TroubleName[] = [
  '429 for concurrency',
  '429 with Retry-After',
  'job fails: CONCURRENT_JOBS_EXCEEDED',
];
/** Applies from the first refusal on; until then the limit is unknown. */
const SEARCH_MS = 5_000;
/** Refusals within this time, in ms, count as sent at the same time. */
const AT_ONCE_MS = 5;

/** Law 6: no more jobs in flight than the batch's bound, and no more tried than the provider's limit plus the probe. */
export function limits(evidence: Evidence): readonly string[] {
  return [...overBound(evidence), ...overLimit(evidence)];
}

/** Excludes jobs without a delivered answer, also if a callback named them: their sender did not know that they ran. */
function overBound({ plan, ledger, lines }: Evidence): readonly string[] {
  if (plan.concurrency === null) return [];
  const jobs = byKey(ledger.jobs);
  const answered = new Set(ledger.posts.filter(wasAnswered).map(({ jobId }) => jobId));
  const known = lines.flatMap(({ key, submissions }) => {
    const named = new Set(submissions.map(({ jobId }) => jobId));
    return (jobs.get(key) ?? []).filter(({ jobId }) => named.has(jobId) && answered.has(jobId));
  });
  const most = mostAtOnce(known, plan.jobTimeoutMs);
  return most > plan.concurrency ? [`${most} jobs were in flight at once, ${plan.concurrency} were allowed`] : [];
}

/** A place is free when its job ends or is overdue: the end of an abandoned job is unknown. */
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

/** Skips runs with blows: lost jobs occupy places that the account cannot know of. */
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

/** The search doubles an accepted number, which may exceed the limit by half, because jobs end meanwhile. */
function triedAbove({ troubles }: Plan, limit: number): number {
  return troubles.some(({ trouble }) => LIES.includes(trouble)) ? 2 * limit : PROBE;
}
