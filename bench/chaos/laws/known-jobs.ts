import { type Evidence, everyLine } from '../evidence';

/** Law 12: a job id that was reported once is in every later report of its item. */
export function knownJobs(evidence: Evidence): readonly string[] {
  const ended = new Map(everyLine(evidence).map((line) => [line.key, line]));
  return [...evidence.named].flatMap(([key, ids]) => {
    const line = ended.get(key);
    const named = new Set([line?.jobId ?? null, ...(line?.submissions ?? []).map(({ jobId }) => jobId)]);
    return [...ids].filter((id) => !named.has(id)).map((id) => `${key}: the job ${id} was known, but no longer is`);
  });
}
