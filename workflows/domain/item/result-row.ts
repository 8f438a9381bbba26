import type { ItemReport, ItemResultRow, Outcome } from './item';

const NO_RESULT = { file: null, sha256: null, bytes: null, mimeType: null, width: null, height: null, verified: null };

/** An item's end as a flat row, as results are listed and printed. */
export function toResultRow(
  key: string,
  { outcome, result, files, jobId, code, message, submissions, fetched }: ItemReport,
): ItemResultRow {
  return {
    key,
    outcome,
    ...(result ?? NO_RESULT),
    ...(files === undefined ? {} : { files }),
    jobId,
    code,
    message,
    submissions: submissions.map(({ jobId: job, code: met, refusals, charge }) => ({
      jobId: job,
      code: met,
      refusals,
      ...(charge === null ? {} : { charge }),
    })),
    ...(fetched === undefined ? {} : { fetched }),
  };
}

/**
 * Merges rows into one per item, in order of first appearance. If several runs of a page reported the same item,
 * observations count more than assumptions, and every known job is kept.
 */
export function mergeRows(lines: readonly ItemResultRow[]): readonly ItemResultRow[] {
  const merged = new Map<string, ItemResultRow>();
  for (const line of lines) {
    const before = merged.get(line.key);
    merged.set(line.key, before === undefined ? line : mergeTwo(before, line));
  }
  return [...merged.values()];
}

/** How much an outcome says about payments. */
const WEIGHTS: Readonly<Record<Outcome, number>> = { succeeded: 4, unknown: 3, failed: 2, cancelled: 1 };

function weigh({ outcome, submissions }: ItemResultRow): number {
  // A report without knowledge of the item had to assume that it was submitted.
  return outcome === 'unknown' && submissions.length === 0 ? 0 : WEIGHTS[outcome];
}

function mergeTwo(before: ItemResultRow, after: ItemResultRow): ItemResultRow {
  const [best, other] = weigh(after) >= weigh(before) ? [after, before] : [before, after];
  const known = new Set(best.submissions.map(({ jobId }) => jobId));
  const added = other.submissions.filter(({ jobId }) => jobId !== null && !known.has(jobId));
  // The newest submission of the chosen row stays last.
  return added.length === 0 ? best : { ...best, submissions: [...added, ...best.submissions] };
}
