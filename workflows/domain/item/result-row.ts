import type { ItemReport, ItemResultRow, Outcome } from './item';

const NO_RESULT = { file: null, sha256: null, bytes: null, mimeType: null, width: null, height: null, verified: null };

/** How an item ended, flat, as results are listed and printed. */
export function toResultRow(
  key: string,
  { outcome, result, jobId, code, message, submissions, fetched }: ItemReport,
): ItemResultRow {
  return {
    key,
    outcome,
    ...(result ?? NO_RESULT),
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
 * One line for each item, in the order of their first. Several runs of a page may have told of the same item: what was seen
 * counts more than what had to be assumed, and no job that any of them knew is left out.
 */
export function mergeRows(lines: readonly ItemResultRow[]): readonly ItemResultRow[] {
  const merged = new Map<string, ItemResultRow>();
  for (const line of lines) {
    const before = merged.get(line.key);
    merged.set(line.key, before === undefined ? line : mergeTwo(before, line));
  }
  return [...merged.values()];
}

/** How much an outcome says about what was paid. */
const WEIGHTS: Readonly<Record<Outcome, number>> = { succeeded: 4, unknown: 3, failed: 2, cancelled: 1 };

function weigh({ outcome, submissions }: ItemResultRow): number {
  // Somebody who knew nothing of the item had to take it for submitted.
  return outcome === 'unknown' && submissions.length === 0 ? 0 : WEIGHTS[outcome];
}

function mergeTwo(before: ItemResultRow, after: ItemResultRow): ItemResultRow {
  const [best, other] = weigh(after) >= weigh(before) ? [after, before] : [before, after];
  const known = new Set(best.submissions.map(({ jobId }) => jobId));
  const added = other.submissions.filter(({ jobId }) => jobId !== null && !known.has(jobId));
  // The newest of the line that counts stays the last.
  return added.length === 0 ? best : { ...best, submissions: [...added, ...best.submissions] };
}
