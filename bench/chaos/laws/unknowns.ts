import type { LedgerEntry } from '../../../emulator';
import type { ItemResultRow } from '../../../workflows/domain/item/item';
import { byKey, type Evidence, everyLine, toSingleKey } from '../evidence';
import { isForOperators } from '../plan-blows';
import { findStep } from '../recipe-steps';
import { wasAnswered } from './acknowledged';

const UNKNOWN = 'SUBMIT_OUTCOME_UNKNOWN';

/** Law 1: items reported as unknown are exactly those with an accepted submission whose answer was not delivered. */
export function unknowns(evidence: Evidence): readonly string[] {
  const jobs = byKey(evidence.ledger.jobs);
  const posts = byKey(evidence.ledger.posts);
  const excused = excusedIn(evidence);
  return everyLine(evidence).flatMap((line) => [
    ...hidden(line, evidence, jobs.get(line.key) ?? []),
    ...(excused(line.key) || (posts.get(line.key) ?? []).some((post) => !wasAnswered(post)) ? [] : invented(line)),
  ]);
}

/**
 * After blows to workers, servers or workflows, a sent answer may not have been read, or a submission may have been lost
 * before its POST; the same applies to an item that was restarted from outside.
 */
function excusedIn({ struck, taken, plan }: Evidence): (key: string) => boolean {
  const isAnybody =
    taken.some((step) => step.startsWith('reset')) ||
    struck.some((blow) => isForOperators(blow) || /worker|the server/.test(blow));
  const fated = new Set(plan.singles.flatMap((single) => (single.fate === null ? [] : [toSingleKey(single)])));
  return (key) => isAnybody || fated.has(key);
}

function hidden(
  line: ItemResultRow,
  { plan, allowedAgain }: Evidence,
  accepted: readonly LedgerEntry[],
): readonly string[] {
  const { key, outcome, jobId, submissions } = line;
  const named = new Set([jobId, ...submissions.map((submission) => submission.jobId)]);
  const isUnknown = isOfUnknownStep(line);
  const nameless = accepted.filter((job) => !named.has(job.jobId) && !isUnknown(job));
  const open = submissions.filter(({ jobId: id, code }) => id === null && code === UNKNOWN);
  // An item whose page lost its record of submissions is unknown as a whole.
  if (outcome === 'unknown' && submissions.length === 0) return [];
  if (nameless.length > open.length + (allowedAgain.get(key) ?? 0)) {
    return [`${key}: ${nameless.length} accepted jobs are named nowhere, and ${open.length} submissions are unknown`];
  }
  const wasRunAgain = plan.duplicates > 0 || allowedAgain.has(key);
  return nameless.length > 0 && outcome !== 'unknown' && !wasRunAgain
    ? [`${key}: ends ${outcome}, but a job may exist`]
    : [];
}

/** A step whose page lost its record of submissions is unknown as a whole. Its steps before are known. */
function isOfUnknownStep({ steps = [], submissions }: ItemResultRow): (job: LedgerEntry) => boolean {
  const last = steps.at(-1);
  if (last?.outcome !== 'unknown' || submissions.some(({ step }) => step === last.id)) return () => false;
  return ({ prompt }) => findStep(prompt) === last.id;
}

/** An item with a known job may be unknown because the job's end is. */
function invented({ key, outcome, jobId }: ItemResultRow): readonly string[] {
  return outcome === 'unknown' && jobId === null
    ? [`${key}: is reported unknown, but every answer was sent completely`]
    : [];
}
