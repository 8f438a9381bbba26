import type { LedgerEntry } from '../../../emulator';
import type { ItemResultRow } from '../../../workflows/domain/item/item';
import { type Evidence, everyLine } from '../evidence';
import { isForOperators } from '../plan-blows';

/** Tolerance in ms: the clocks of worker and provider differ slightly. */
const TOLERANCE_MS = 500;
/** Codes of jobs that were read until their time limit. */
const READ_TO_THE_END = ['RESULT_UNAVAILABLE', 'STORE_UNAVAILABLE'];

/**
 * Law 13: a paid job is read until its time limit, regardless of earlier answers. The next redrive fetches an ended job,
 * unless it could not read the job until its time limit either. Jobs whose files were reported once are settled.
 */
export function reading(evidence: Evidence): readonly string[] {
  const jobs = new Map(evidence.ledger.jobs.map((job) => [job.jobId, job]));
  const rows = new Set(evidence.lines.map(({ key }) => key));
  return everyLine(evidence).flatMap((line) => {
    if (line.outcome === 'succeeded' || READ_TO_THE_END.includes(line.code ?? '')) return [];
    const named = line.submissions.flatMap(({ jobId }) => jobs.get(jobId ?? '') ?? []);
    const paid = named.filter(({ charged, jobId }) => charged && !evidence.settled.has(jobId));
    return paid.flatMap((job) => [
      ...(isOfLostPage(line, evidence) ? [] : givenUp(line, job, evidence.plan.jobTimeoutMs)),
      ...(rows.has(line.key) ? notFetched(line, job, evidence) : []),
    ]);
  });
}

/** The worker may record the job of a page that an operator has ended. No workflow reads it before the next redrive. */
function isOfLostPage({ code }: ItemResultRow, { struck }: Evidence): boolean {
  return code === 'SUBMIT_OUTCOME_UNKNOWN' && struck.some(isForOperators);
}

function notFetched(
  { key, outcome, code }: ItemResultRow,
  { jobId, endedAt, lastReadAt }: LedgerEntry,
  { redrivenAt, plan }: Evidence,
): readonly string[] {
  if (redrivenAt === null || endedAt === null) return [];
  const redrivenByProvider = redrivenAt + plan.skewMs;
  const hadEnded = endedAt < redrivenByProvider;
  const readAgainForMs = (lastReadAt ?? 0) - redrivenByProvider;
  return hadEnded && readAgainForMs < plan.jobTimeoutMs - TOLERANCE_MS
    ? [`${key}: is ${outcome} by ${code} after a redrive that began when its job ${jobId} was paid`]
    : [];
}

function givenUp({ key, outcome, code }: ItemResultRow, job: LedgerEntry, timeMs: number): readonly string[] {
  const readForMs = (job.lastReadAt ?? job.acceptedAt) - job.acceptedAt;
  if (readForMs >= timeMs - TOLERANCE_MS) return [];
  return [`${key}: ends ${outcome} by ${code}, though its job is paid and was read for ${readForMs} of ${timeMs} ms`];
}
