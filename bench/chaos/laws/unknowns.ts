import type { ItemResultRow } from '../../../workflows/domain/item/item';
import { byKey, type Evidence, everyLine, singleKeyOf } from '../evidence';
import { isForOperators } from '../plan-blows';
import { wasTold } from './acknowledged';

const UNKNOWN = 'SUBMIT_OUTCOME_UNKNOWN';

/** Law 1: accepted submissions that nobody was told of are the items reported as unknown: none hidden, none invented. */
export function unknowns(evidence: Evidence): readonly string[] {
  const jobs = byKey(evidence.ledger.jobs);
  const posts = byKey(evidence.ledger.posts);
  const excused = excusedIn(evidence);
  return everyLine(evidence).flatMap((line) => [
    ...hidden(
      line,
      evidence,
      (jobs.get(line.key) ?? []).map(({ jobId }) => jobId),
    ),
    ...(excused(line.key) || (posts.get(line.key) ?? []).some((post) => !wasTold(post)) ? [] : invented(line)),
  ]);
}

/**
 * After blows to workers, servers and workflows an answer that was sent may not have been read, or a submission may have
 * been lost before its POST; the same where an item was begun again from outside.
 */
function excusedIn({ struck, taken, plan }: Evidence): (key: string) => boolean {
  const isAnybody =
    taken.some((step) => step.startsWith('reset')) ||
    struck.some((blow) => isForOperators(blow) || /worker|the server/.test(blow));
  const fated = new Set(plan.singles.flatMap((single) => (single.fate === null ? [] : [singleKeyOf(single)])));
  return (key) => isAnybody || fated.has(key);
}

function hidden(
  { key, outcome, jobId, submissions }: ItemResultRow,
  { plan, allowedAgain }: Evidence,
  accepted: readonly string[],
): readonly string[] {
  const named = new Set([jobId, ...submissions.map((submission) => submission.jobId)]);
  const nameless = accepted.filter((id) => !named.has(id));
  const open = submissions.filter(({ jobId: id, code }) => id === null && code === UNKNOWN);
  // What was lost with the memory of its page, submissions and all, is unknown as a whole.
  if (outcome === 'unknown' && submissions.length === 0) return [];
  if (nameless.length > open.length + (allowedAgain.get(key) ?? 0)) {
    return [`${key}: ${nameless.length} accepted jobs are named nowhere, and ${open.length} submissions are unknown`];
  }
  const wasRunAgain = plan.duplicates > 0 || allowedAgain.has(key);
  return nameless.length > 0 && outcome !== 'unknown' && !wasRunAgain
    ? [`${key}: ends ${outcome}, though a job may exist`]
    : [];
}

/** One whose job is known may be unknown for want of its end. */
function invented({ key, outcome, jobId }: ItemResultRow): readonly string[] {
  return outcome === 'unknown' && jobId === null
    ? [`${key}: is reported unknown, though every answer was sent whole`]
    : [];
}
