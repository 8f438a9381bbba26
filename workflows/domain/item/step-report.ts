/** The reports of items of several steps. Pure. */
import { withoutMissing } from '../base/without-missing';
import type { Item, ItemProgress, ItemReport, ItemStep, Outcome, StepReport, StoredFile } from './item';
import type { FinishedStep, ItemRecord } from './item-record';
import { type ResultLine, type StepResult, sumCharges, toRowSubmission, withAllFiles } from './result-row';

type StepNames = readonly Pick<ItemStep, 'id' | 'operation'>[];

/**
 * The report of an item, made of the report of its last step under way. An item of one step has no other report.
 *
 * @param record the record of the item when that step ended
 */
export function addSteps(
  report: ItemReport,
  { finished }: Pick<ItemRecord, 'finished'>,
  { steps, keep = [] }: Pick<Item, 'keep'> & { readonly steps: StepNames },
): ItemReport {
  const current = steps[finished.length];
  if (current?.id === undefined) return report;
  const { id, operation } = current;
  const { outcome, missing } = report;
  const { files } = withAllFiles(report);
  const before = finished.map((step, index) => toStepReport(step, steps[index]?.operation ?? operation));
  const fetched = report.fetched === undefined ? findFetched(finished) : { ...report.fetched, step: id };
  const kept =
    outcome === 'succeeded'
      ? finished.filter((step) => keep.includes(step.id)).flatMap(({ id: of, files: own }) => toKeptFiles(of, own))
      : [];
  return {
    ...report,
    ...(kept.length === 0 ? {} : { files: [...files, ...kept] }),
    submissions: [
      ...finished.flatMap((step) => step.submissions.map((one) => ({ ...one, step: step.id }))),
      ...report.submissions.map((one) => ({ ...one, step: id })),
    ],
    ...withoutMissing({ fetched }),
    steps: [...before, { id, operation, outcome, files, ...withoutMissing({ missing }) }],
  };
}

function toStepReport({ id, files, missing }: FinishedStep, operation: StepReport['operation']): StepReport {
  return { id, operation, outcome: 'succeeded', files, ...withoutMissing({ missing }) };
}

/** An item runs again from one step, so at most one has fetched a job. */
function findFetched(finished: readonly FinishedStep[]): ItemReport['fetched'] {
  for (const { id, fetched } of finished) if (fetched !== undefined) return { ...fetched, step: id };
  return undefined;
}

/** The files of a step before the last one, with its id in their roles. */
export function toKeptFiles(id: string, files: readonly StoredFile[]): readonly StoredFile[] {
  return files.map((file) => ({ ...file, role: toStepRole(id, file.role) }));
}

/** A result with the files of other steps than its recipe kept: all of them are in the store. */
export function withKeptSteps<T extends Pick<ResultLine, 'outcome' | 'files' | 'steps'>>(
  line: T,
  keep: readonly string[],
): T {
  const { outcome, files, steps = [] } = line;
  if (outcome !== 'succeeded' || steps.length === 0) return line;
  const before = steps.slice(0, -1);
  const isOfStep = ({ role }: StoredFile) => before.some(({ id }) => role.startsWith(toStepRole(id, '')));
  const kept = before.filter(({ id }) => keep.includes(id)).flatMap((step) => toKeptFiles(step.id, step.files));
  return { ...line, files: [...files.filter((file) => !isOfStep(file)), ...kept] };
}

/** The role of a file of a step before the last one. Roles of operations have no point, so it cannot be one of those. */
export function toStepRole(id: string, role: string): string {
  return `${id}.${role}`;
}

/** Names the step under way, and the steps of all submissions. */
export function addProgressSteps(progress: ItemProgress, { finished }: ItemRecord, steps: StepNames): ItemProgress {
  const id = steps[Math.min(finished.length, steps.length - 1)]?.id;
  if (id === undefined) return progress;
  const before = finished.flatMap((step) => step.submissions.map((one) => ({ ...one, step: step.id })));
  return {
    ...progress,
    step: id,
    submissions: [...before, ...progress.submissions.map((one) => ({ ...one, step: id }))],
  };
}

/** A step that was reached, so far. */
export interface ReachedStep extends Omit<StepResult, 'outcome'> {
  /** `open`: it is under way. */
  readonly outcome: Outcome | 'open';
}

/** The current state of a single item; answer of the query of its workflow. */
export interface SingleItemProgress extends ItemProgress {
  /** Whether cancellation was requested: nothing more is submitted, and a job in flight is collected. */
  readonly cancelRequested: boolean;
  /** The steps that were reached. Absent: the item has one step. */
  readonly steps?: readonly ReachedStep[];
}

/** Lists the finished steps and the one under way; `undefined` for an item of one step. */
export function listReachedSteps(
  { finished, submissions }: ItemRecord,
  steps: StepNames,
): readonly ReachedStep[] | undefined {
  if (steps[0]?.id === undefined) return undefined;
  return steps.slice(0, finished.length + 1).map(({ id = '', operation }, index) => {
    const done = finished[index];
    const own = (done?.submissions ?? submissions).map((one) => toRowSubmission({ ...one, step: id }));
    const more =
      done === undefined ? { files: [] } : { files: done.files, ...withoutMissing({ missing: done.missing }) };
    const outcome = done === undefined ? ('open' as const) : ('succeeded' as const);
    return { id, operation, outcome, ...more, submissions: own, charge: sumCharges(own) };
  });
}
