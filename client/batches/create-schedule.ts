/** Creates schedules. Their rows are stored once, and each run copies them. */
import { InvalidRequestError } from '../../connection/errors';
import { createSchedule, findSameSchedule, type NewSchedule } from '../../connection/schedules';
import type { WorkflowStarter } from '../../connection/workflow-starter';
import { findScheduleProblems, type ScheduleTerms, toFullTerms } from '../../input/requests/schedule-terms';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { toStartSettings } from '../../workflows/domain/batch/batch-options';
import type { BatchContext } from './batch-context';
import { referToStoreOfWorkers } from './check-store';
import { type BatchStart, countSkipped } from './claim-batch';
import { InvalidRowsError } from './invalid-rows-error';
import { type RowOptions, type RowSource, toBatchPlan, withRowSource } from './plan-batch';
import { type SourceOutcome, type StartHooks, type StartTermsOfBatch, withSource } from './start-from-rows';

/** The parts of a client that schedules need. */
export interface ScheduleContext extends BatchContext {
  readonly starter: WorkflowStarter;
}

/** Terms of a schedule, for any source of rows: those of its batches, and when they start. */
export interface TermsOfSchedule
  extends Omit<StartTermsOfBatch, 'id' | 'sample' | 'startAt' | 'movedServer'>,
    ScheduleTerms {
  /** Your name for the schedule, at most 114 characters. The ids of its batches begin with it. */
  readonly id: string;
}

/** A schedule: its rows, its times and the settings of each of its batches. */
export interface CreateScheduleOptions extends TermsOfSchedule, RowOptions {}

/** A schedule that was created now, or earlier with the same rows and terms. */
export interface CreatedSchedule {
  readonly id: string;
  readonly alreadyCreated: boolean;
}

/** @throws InvalidRequestError, InvalidRowsError, IdTakenError, OtherStoreError: nothing was created or stored */
export function createFromRows(context: ScheduleContext, options: CreateScheduleOptions): Promise<CreatedSchedule> {
  return withRowSource(context, options, async (source) => {
    const { plan, batch } = await createFromSource(context, source, options);
    if (batch === null) throw new InvalidRowsError(toBatchPlan(plan));
    return batch;
  });
}

/** As `createFromRows`, for rows of any source. */
export function createFromSource(
  context: ScheduleContext,
  source: RowSource,
  { schedule, timezone, overlapPolicy, catchupWindowMs, ...terms }: TermsOfSchedule,
  hooks: StartHooks = {},
): Promise<SourceOutcome<CreatedSchedule>> {
  const { id } = terms;
  const when: ScheduleTerms = { schedule, ...withoutMissing({ timezone, overlapPolicy, catchupWindowMs }) };
  const problems = findScheduleProblems({ id, ...when });
  if (problems.length > 0) throw new InvalidRequestError(problems);
  return withSource(context, source, terms, hooks, (start) => create(context, id, start, when));
}

/** Everything that may be refused is checked before rows are stored. */
async function create(
  context: ScheduleContext,
  id: string,
  { plan, spool, inputs, store, options, confirm, ...check }: BatchStart,
  when: ScheduleTerms,
): Promise<CreatedSchedule> {
  const { starter } = context;
  const settings = { ...toStartSettings(options), skipped: countSkipped(plan) };
  const schedule: NewSchedule = { id, terms: toFullTerms(when), settings, manifestHash: plan.contentSha256 };
  if (await findSameSchedule(starter, schedule)) return { id, alreadyCreated: true };
  const reference = await referToStoreOfWorkers(context, id, store, check);
  await confirm?.(plan.submissions);
  await inputs?.keepUsed(store.inputs);
  const { batches } = store;
  const rows = await spool.writeTo({ writePart: (part, some) => batches.writeScheduledPart(part, some) }, id, 0);
  return { id, alreadyCreated: await createSchedule(starter, schedule, { ...rows, store: reference }) };
}
