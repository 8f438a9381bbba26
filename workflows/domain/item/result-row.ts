import { withoutMissing } from '../base/without-missing';
import {
  type AllFiles,
  type ItemReport,
  type ItemResultRow,
  MAIN_ROLE,
  type Outcome,
  type StoredFile,
  type StoredResult,
} from './item';

const NO_RESULT = { file: null, sha256: null, bytes: null, mimeType: null, width: null, height: null, verified: null };

/** An item's end as a flat row, as results are listed and printed. */
export function toResultRow(
  key: string,
  { outcome, result, files, missing, jobId, code, message, submissions, fetched }: ItemReport,
): ItemResultRow {
  return {
    key,
    outcome,
    ...(result ?? NO_RESULT),
    ...withoutMissing({ files, missing }),
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

/** A report with all of its files, which are stored in a short form. */
export function withAllFiles<T extends Pick<ItemReport, 'result' | 'files'>>(report: T): T & AllFiles {
  const { result, files } = report;
  return { ...report, files: files ?? (result === null ? [] : [{ role: MAIN_ROLE, ...result }]) };
}

/** A row with all of its files, which are stored in a short form. */
export function withRowFiles(row: ItemResultRow): ItemResultRow & AllFiles {
  const { file, sha256, bytes, mimeType, width, height, verified, durationMs, sampleRate, files } = row;
  if (files !== undefined) return { ...row, files };
  if (file === null || sha256 === null || bytes === null || mimeType === null) return { ...row, files: [] };
  const known: StoredResult = { file, sha256, bytes, mimeType, width, height, verified: verified === true };
  const main: StoredFile = { role: MAIN_ROLE, ...known, ...withoutMissing({ durationMs, sampleRate }) };
  return { ...row, files: [main] };
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
