import { withoutMissing } from '../base/without-missing';
import {
  type AllFiles,
  type Charge,
  type ItemReport,
  type ItemResultRow,
  MAIN_ROLE,
  type Outcome,
  type RowSubmission,
  type StepReport,
  type StoredFile,
  type StoredResult,
  type Submission,
} from './item';

const NO_RESULT = { file: null, sha256: null, bytes: null, mimeType: null, width: null, height: null, verified: null };

/** An item's end as a flat row, as results are listed and printed. */
export function toResultRow(
  key: string,
  { outcome, result, files, missing, jobId, code, message, submissions, fetched, steps }: ItemReport,
): ItemResultRow {
  return {
    key,
    outcome,
    ...(result ?? NO_RESULT),
    ...withoutMissing({ files, missing }),
    jobId,
    code,
    message,
    submissions: submissions.map(toRowSubmission),
    ...withoutMissing({ fetched, steps }),
  };
}

export function toRowSubmission({ step, jobId, code, refusals, charge }: Submission): RowSubmission {
  return {
    ...(step === undefined ? {} : { step }),
    jobId,
    code,
    refusals,
    ...(charge === null ? {} : { charge }),
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

/** How a step ended, with its submissions and what they cost. */
export interface StepResult extends StepReport {
  readonly submissions: readonly RowSubmission[];
  /** As reported by the provider; `null` for a unit that it has not named. */
  readonly charge: Charge;
}

/** The result of an item, with all of its files and its carried columns. */
export interface ResultLine extends Omit<ItemResultRow, 'files' | 'steps'>, AllFiles {
  /** The steps that were reached. Absent: the item has one step. */
  readonly steps?: readonly StepResult[];
  /** Carried columns; absent if there are none. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** How an item ended, with all of its files, and the submissions and the cost of each step. */
export interface WholeReport extends Omit<ItemReport, 'files' | 'steps'>, AllFiles {
  /** The steps that were reached. Absent: the item has one step. */
  readonly steps?: readonly StepResult[];
  /** When its files were deleted from the store, ISO 8601; it then names none. Absent: they were not, or the store cannot be read. */
  readonly deletedAt?: string;
}

/** The report of an item whose files were deleted from the store. */
export function withoutFiles({ steps, ...report }: WholeReport, deletedAt: string): WholeReport {
  const emptied = steps?.map((step) => ({ ...step, files: [] }));
  return { ...report, result: null, files: [], deletedAt, ...withoutMissing({ steps: emptied }) };
}

export function toWholeReport(report: ItemReport): WholeReport {
  const { steps: _short, ...whole } = withAllFiles(report);
  const { steps } = withSteps(toResultRow('', report));
  return { ...whole, ...withoutMissing({ steps }) };
}

/** The row with the submissions and the cost of each step. */
export function withSteps<T extends Pick<ItemResultRow, 'steps' | 'submissions'>>(
  row: T,
): Omit<T, 'steps'> & { readonly steps?: readonly StepResult[] } {
  const { steps, ...rest } = row;
  if (steps === undefined) return rest;
  const results = steps.map((step) => {
    const submissions = row.submissions.filter((one) => one.step === step.id);
    return { ...step, submissions, charge: sumCharges(submissions) };
  });
  return { ...rest, steps: results };
}

export function sumCharges(submissions: readonly RowSubmission[]): Charge {
  return { credits: sumUnit(submissions, 'credits'), usd: sumUnit(submissions, 'usd') };
}

function sumUnit(submissions: readonly RowSubmission[], unit: keyof Charge): number | null {
  const named = submissions.flatMap(({ charge }) => charge?.[unit] ?? []);
  return named.length === 0 ? null : named.reduce((sum, amount) => sum + amount, 0);
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
