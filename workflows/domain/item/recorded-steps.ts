/**
 * Finished steps of the items of a batch, as the store records them when their files are stored. They survive the loss of
 * the page, which knows them otherwise. Pure.
 */
import { withoutMissing } from '../base/without-missing';
import type { RunRow } from './decide-redrive';
import type { Charge, ItemReport, ItemResultRow, RowSubmission, StoredFile, StoredResult, StoredStep } from './item';
import type { FinishedStep } from './item-record';
import { toResultRow } from './result-row';
import { addSteps } from './step-report';

/** A finished step of an item in one run. The first record of a step counts. */
export interface RecordedStep extends StoredStep {
  /** The key of the item. */
  readonly key: string;
  /** The job that made its files. */
  readonly jobId: string;
  /** Absent if the provider reported none. */
  readonly charge?: Charge;
}

/** An item and the ids of steps that it may have finished, in order. */
export interface StepsOfItem {
  readonly key: string;
  readonly ids: readonly string[];
}

/** The steps that a run of a row had to finish. */
export function listStepsToRun({ key, steps = [], finished = [] }: RunRow): StepsOfItem {
  return { key, ids: steps.slice(finished.length).map(({ id }) => id) };
}

/**
 * Whether only the store knows which steps of an item are finished.
 *
 * @param lines its outcomes in a run that has begun
 * @param isOver whether an item without an outcome will have none
 */
export function isLost(row: RunRow, lines: readonly ItemResultRow[], isOver: boolean): boolean {
  return lines.length === 0 ? isOver && row.steps !== undefined : lines.some((line) => lacksSteps(row, line));
}

/** The row of an item whose run ended without its outcome. */
export function toLostRow(key: string, submissions: readonly RowSubmission[]): ItemResultRow {
  const message = 'The batch ended without an outcome of this item; it may have been submitted.';
  const jobId = submissions.at(-1)?.jobId ?? null;
  const lost = { outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN', message, result: null, jobId } as const;
  return { ...toResultRow(key, { ...lost, submissions: [] }), submissions };
}

/** Whether the row was written without knowledge of its item, which has several steps. */
export function lacksSteps({ steps }: Pick<RunRow, 'steps'>, { outcome, steps: known }: ItemResultRow): boolean {
  return outcome === 'unknown' && steps !== undefined && known === undefined;
}

/**
 * The result row of an item whose page was lost: the steps that are finished, and the one under way, of which nothing is known.
 * An item with all of its steps has succeeded.
 *
 * @param lost the row without knowledge of its steps, with the jobs that the store knows
 * @param recorded in order, the first steps that this run has finished
 */
export function recallSteps(row: RunRow, lost: ItemResultRow, recorded: readonly RecordedStep[]): ItemResultRow {
  const { key, steps, finished = [], keep } = row;
  if (steps === undefined) return lost;
  const done = [...finished.map((step) => ({ ...step, submissions: [] })), ...recorded.map((one) => recall(row, one))];
  const isWhole = done.length >= steps.length;
  const last = isWhole ? done.at(-1) : undefined;
  const before = isWhole ? done.slice(0, -1) : done;
  const report = last === undefined ? toLostReport(lost) : toWholeReport(last);
  const known = toResultRow(key, addSteps(report, { finished: before }, { steps, ...withoutMissing({ keep }) }));
  const jobs = new Set([known.fetched?.jobId, ...known.submissions.map(({ jobId }) => jobId)]);
  const others = lost.submissions.filter(({ jobId }) => jobId === null || !jobs.has(jobId));
  return { ...known, submissions: [...known.submissions, ...others] };
}

function recall(row: RunRow, { id, files, missing, jobId, charge }: RecordedStep): FinishedStep {
  const made = { id, files, ...withoutMissing({ missing }) };
  if (row.jobId === jobId)
    return { ...made, submissions: [], fetched: { jobId, code: null, ...withoutMissing({ charge }) } };
  const submission = { number: 1, jobId, code: null, message: null, refusals: {}, charge: charge ?? null };
  return { ...made, submissions: [submission] };
}

function toLostReport({ jobId, code, message }: ItemResultRow): ItemReport {
  return { outcome: 'unknown', result: null, jobId, code, message, submissions: [] };
}

function toWholeReport({ files, missing, submissions, fetched }: FinishedStep): ItemReport {
  const [main] = files;
  const jobId = submissions.at(-1)?.jobId ?? fetched?.jobId ?? null;
  const more = withoutMissing({ missing, fetched });
  const result = main === undefined ? null : withoutRole(main);
  return { outcome: 'succeeded', result, files, ...more, jobId, code: null, message: null, submissions };
}

function withoutRole({ role: _role, ...result }: StoredFile): StoredResult {
  return result;
}
