/** What several runs of an item have left: its row, its steps with files, and what may be charged without a result. Pure. */
import { withoutMissing } from '../base/without-missing';
import { isSameRow } from './canonical-row';
import type { FinishedSteps, RunRow } from './decide-redrive';
import type { ItemResultRow, RowSubmission, StepReport, StoredStep } from './item';
import { mergeSubmissions } from './payment-state';
import { lacksSteps, type RecordedStep, recallSteps, toLostRow } from './recorded-steps';
import { withRowFiles } from './result-row';
import { toSubmission, type UnreportedJob } from './unreported-job';

type RunLine = Pick<ItemResultRow, 'submissions' | 'fetched'> & Partial<Pick<ItemResultRow, 'outcome' | 'steps'>>;

/** An item in one run, or in several consecutive ones. */
export interface ItemRuns<Row extends RunRow> {
  /** Of the last run; a redrive may have changed it. */
  readonly row: Row;
  /** Oldest first. */
  readonly lines: readonly ItemResultRow[];
  /** Its submissions in each run: of a run without an end, those that the store knows. Oldest first. */
  readonly history: readonly RunLine[];
  readonly begun: boolean;
  /** Jobs of other requests, or of other files of earlier steps. */
  readonly staleJobs: readonly string[];
  readonly made: FinishedSteps;
  /** Whether the last run that began has reported its end. */
  readonly ended: boolean;
  /** Whether a redrive has selected it and not begun it yet. */
  readonly awaitsRun: boolean;
}

/** What the store knows of an item in one run, beside its outcomes. */
export interface KnownByStore {
  /** Jobs that Temporal may not know. */
  readonly jobs: readonly UnreportedJob[];
  /** Finished steps, in order. Empty for an item of one step, or one whose outcome names its steps. */
  readonly steps: readonly RecordedStep[];
}

/**
 * An item in one run.
 *
 * @param lines its outcomes; `null` if its page never began
 */
export function toRuns<Row extends RunRow>(
  row: Row,
  lines: readonly ItemResultRow[] | null,
  { jobs, steps }: KnownByStore,
): ItemRuns<Row> {
  const known = (lines ?? []).map((line) => (lacksSteps(row, line) ? recallSteps(row, line, steps) : line));
  const lost = recallSteps(row, toLostRow(row.key, jobs.map(toSubmission)), steps);
  const isWhole = lines !== null && known.length === 0 && lost.outcome === 'succeeded';
  const own = isWhole ? [lost] : known;
  const ended = own.length > 0;
  const history = ended ? own : [lost];
  const made = { row, finished: listFinished(row, history.at(-1)) };
  return { row, lines: own, history, begun: lines !== null, staleJobs: [], made, ended, awaitsRun: false };
}

function listFinished({ steps, finished = [] }: RunRow, line: ItemResultRow | undefined): readonly StoredStep[] {
  if (line?.steps !== undefined) return listStored(line.steps);
  if (steps !== undefined || line?.outcome !== 'succeeded') return finished;
  const { files, missing } = withRowFiles(line);
  return [{ id: '', files, ...withoutMissing({ missing }) }];
}

function listStored(steps: readonly StepReport[]): readonly StoredStep[] {
  const stored = steps.filter(({ outcome }) => outcome === 'succeeded');
  return stored.map(({ id, files, missing }) => ({ id, files, ...(missing === undefined ? {} : { missing }) }));
}

/** Adds a later run. One that sent nothing leaves the outcome and the finished steps of the earlier ones. */
export function addLaterRun<Row extends RunRow & { readonly values?: unknown }>(
  before: ItemRuns<Row>,
  run: ItemRuns<Row>,
): ItemRuns<Row> {
  const isIdle = !hasSent(run);
  if (isIdle && before.ended && before.lines.at(-1)?.outcome === 'succeeded')
    return { ...before, awaitsRun: !run.begun };
  const last = isIdle && before.begun ? before : run;
  const values = run.row.values ?? before.row.values;
  return {
    // The rows of a redrive have no carried columns.
    row: values === undefined ? run.row : { ...run.row, values },
    lines: [...before.lines, ...(last === run ? run.lines : [])],
    history: [...before.history, ...run.history],
    begun: before.begun || run.begun,
    staleJobs: [...before.staleJobs, ...listStale(before, run.row, isIdle)],
    made: isIdle ? before.made : run.made,
    ended: last.ended,
    awaitsRun: !run.begun,
  };
}

/** Whether a run may have submitted something or read a job. One that began and has no end may have. */
function hasSent({ begun, ended, lines }: ItemRuns<RunRow>): boolean {
  return begun && !(ended && lines.every(wasCancelledUnsent));
}

/** Whether a run was cancelled before it had sent anything for an item. */
export function wasCancelledUnsent({
  outcome,
  submissions,
  fetched,
}: Pick<ItemResultRow, 'outcome' | 'submissions' | 'fetched'>): boolean {
  return outcome === 'cancelled' && submissions.length === 0 && fetched === undefined;
}

/** Jobs that are not of the row of a later run, or are of a step for which it makes another file first. */
function listStale({ row: before, history }: ItemRuns<RunRow>, row: RunRow, isIdle: boolean): readonly string[] {
  const { steps = [], finished = [] } = row;
  const isAfterFirst = ({ step }: RowSubmission) => steps.findIndex(({ id }) => id === step) > finished.length;
  const isStale = (one: RowSubmission) => !isSameRow(before, row) || (!isIdle && isAfterFirst(one));
  return mergeSubmissions(history)
    .filter(isStale)
    .flatMap(({ jobId }) => jobId ?? []);
}

/** Submissions without those of a step, or of an item of one step, that has had its files since: these are settled for ever. */
export function listOpen(history: readonly RunLine[]): readonly RowSubmission[] {
  return history.reduce<readonly RowSubmission[]>((open, line) => {
    const isSettled = ({ step }: RowSubmission) =>
      step === undefined
        ? line.outcome === 'succeeded'
        : line.steps?.some(({ id, outcome }) => id === step && outcome === 'succeeded') === true;
    return mergeSubmissions([{ submissions: open }, line]).filter((one) => !isSettled(one));
  }, []);
}

/** The jobs whose files were stored, in any run. One that follows them was wanted in addition. */
export function listResultJobs(history: readonly RunLine[]): ReadonlySet<string> {
  return new Set(
    history.flatMap(({ outcome, steps, submissions, fetched }) => {
      const made =
        steps === undefined ? (outcome === 'succeeded' ? [undefined] : []) : steps.filter(hasFiles).map(({ id }) => id);
      const own = fetched === undefined ? submissions : [fetched, ...submissions];
      return made.flatMap((id) => own.filter(({ step }) => step === id).at(-1)?.jobId ?? []);
    }),
  );
}

function hasFiles({ outcome }: Pick<StepReport, 'outcome'>): boolean {
  return outcome === 'succeeded';
}
