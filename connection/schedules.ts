/** Temporal Schedules whose runs are batches. */
import { createHash } from 'node:crypto';
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleHandle,
  type ScheduleSummary,
  ScheduleNotFoundError as TemporalNotFoundError,
} from '@temporalio/client';
import { type FullScheduleTerms, OVERLAP_POLICIES, type OverlapPolicy } from '../input/requests/schedule-terms';
import { formatCount } from '../workflows/domain/base/format-count';
import { findStarterTime, SCHEDULED_BATCH_TYPE, toRunId, toStarterId } from '../workflows/domain/batch/scheduled-run';
import type { BatchInput, ScheduledBatchInput } from '../workflows/messages';
import { toConnectionError } from './connection';
import { IdTakenError, ScheduleNotFoundError } from './errors';
import type { WorkflowStarter } from './workflow-starter';

/** Where the rows of a schedule are in the store. */
type RowsOfSchedule = Pick<BatchInput, 'parts' | 'rowsHash' | 'store'>;

export interface NewSchedule {
  readonly id: string;
  readonly terms: FullScheduleTerms;
  /** Settings of each run. */
  readonly settings: Omit<BatchInput, keyof RowsOfSchedule>;
  /** Hash of the rows. */
  readonly manifestHash: string;
}

/** A run of a schedule. */
export interface StartedRun {
  /** Id of its batch. */
  readonly batchId: string;
  /** The time that it was scheduled for, or triggered at, ISO 8601. */
  readonly scheduledAt: string;
}

/** The run of a trigger. */
export interface TriggeredRun extends StartedRun {
  /** Whether the schedule had started it before, within the same minute: then nothing was started, and nothing is paid again. */
  readonly alreadyStarted: boolean;
}

/** An entry of the list of schedules. */
export interface ListedSchedule {
  readonly id: string;
  /** The cron expression. */
  readonly schedule: string;
  readonly timezone: string;
  readonly paused: boolean;
  /** Reason of the pause; `null`: none. */
  readonly note: string | null;
  /** Number of items of each run. */
  readonly items: number;
  /** Next scheduled times, ISO 8601; also of a paused schedule, which starts nothing then. */
  readonly nextRuns: readonly string[];
  /** The last runs that were started, each once, oldest first. */
  readonly recentRuns: readonly StartedRun[];
}

/** The state of a schedule. */
export interface ScheduleStatus extends ListedSchedule {
  readonly overlapPolicy: OverlapPolicy;
  readonly catchupWindowMs: number;
  /** Batches of the schedule that run now. */
  readonly running: readonly string[];
  readonly counts: {
    /** Starts, also those that found the run of their minute and started nothing. */
    readonly started: number;
    /** Not started, because an earlier one was running. */
    readonly skipped: number;
    /** Not started, because the server was away for longer than the catch-up window. */
    readonly missed: number;
  };
  readonly createdAt: string;
}

/** Memo that the schedule keeps: Temporal returns its times in another form. */
interface ScheduleMemo {
  readonly schedule: string;
  readonly timezone: string;
  readonly items: number;
  /** Of everything that the schedule is. */
  readonly requestHash: string;
}

const OTHER_SCHEDULE = 'a schedule of other rows, times or settings';

/** Describes one of the batches' schedules. @throws ScheduleNotFoundError */
export async function describeSchedule(client: Client, id: string): Promise<ScheduleDescription> {
  try {
    const description = await client.schedule.getHandle(id).describe();
    if (description.action.workflowType !== SCHEDULED_BATCH_TYPE) throw new ScheduleNotFoundError(id);
    return description;
  } catch (error) {
    if (error instanceof TemporalNotFoundError) throw new ScheduleNotFoundError(id);
    throw toConnectionError(client, error);
  }
}

/**
 * Whether there is this schedule already.
 *
 * @throws IdTakenError if another one has the id
 */
export async function findSameSchedule(starter: WorkflowStarter, schedule: NewSchedule): Promise<boolean> {
  const { id } = schedule;
  try {
    const { memo, action } = await starter.temporal.schedule.getHandle(id).describe();
    const isSame = action.workflowType === SCHEDULED_BATCH_TYPE && memo?.['requestHash'] === toHash(starter, schedule);
    if (!isSame) throw new IdTakenError(id, OTHER_SCHEDULE, 'is the id of');
    return true;
  } catch (error) {
    if (error instanceof TemporalNotFoundError) return false;
    throw toConnectionError(starter.temporal, error);
  }
}

/**
 * Creates the schedule, or finds the same one. Returns whether it was there.
 *
 * @throws IdTakenError if another one has the id
 */
export async function createSchedule(
  starter: WorkflowStarter,
  schedule: NewSchedule,
  rows: RowsOfSchedule,
): Promise<boolean> {
  const { id, terms, settings, manifestHash } = schedule;
  const { account, taskQueue, temporal } = starter;
  const items = rows.parts.reduce((sum, size) => sum + size, 0);
  const attributes = await starter.readAttributes();
  const args: [ScheduledBatchInput] = [{ schedule: id, batch: { account, ...settings, ...rows }, manifestHash }];
  const { schedule: cron, timezone, overlapPolicy, catchupWindowMs } = terms;
  const memo: ScheduleMemo = { schedule: cron, timezone, items, requestHash: toHash(starter, schedule) };
  try {
    await temporal.schedule.create({
      scheduleId: id,
      spec: { cronExpressions: [cron], timezone },
      policies: { overlap: overlapPolicy, catchupWindow: catchupWindowMs },
      action: {
        type: 'startWorkflow',
        workflowType: SCHEDULED_BATCH_TYPE,
        workflowId: toStarterId(id),
        taskQueue,
        args,
        staticSummary: formatCount(items, 'item'),
        ...(attributes === null ? {} : { typedSearchAttributes: attributes }),
      },
      memo: { ...memo },
    });
    return false;
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw toConnectionError(temporal, error);
    return findSameSchedule(starter, schedule);
  }
}

function toHash({ account }: WorkflowStarter, { terms, settings, manifestHash }: NewSchedule): string {
  return createHash('sha256')
    .update(JSON.stringify([manifestHash, account, terms, settings]))
    .digest('hex');
}

/** Calls a method of a schedule. @throws ScheduleNotFoundError */
export async function changeSchedule(
  client: Client,
  id: string,
  change: (handle: ScheduleHandle) => Promise<void>,
): Promise<void> {
  await describeSchedule(client, id);
  try {
    await change(client.schedule.getHandle(id));
  } catch (error) {
    if (error instanceof TemporalNotFoundError) throw new ScheduleNotFoundError(id);
    throw toConnectionError(client, error);
  }
}

/** Lists the schedules of batches, in no order. A new one may be missing for some seconds. */
export async function* listSchedules(client: Client): AsyncGenerator<ListedSchedule> {
  try {
    for await (const summary of client.schedule.list())
      if (summary.action?.workflowType === SCHEDULED_BATCH_TYPE) yield toListed(summary);
  } catch (error) {
    throw toConnectionError(client, error);
  }
}

export function toListed({
  scheduleId: id,
  memo,
  state,
  info,
}: Pick<ScheduleSummary, 'scheduleId' | 'memo' | 'state' | 'info'>): ListedSchedule {
  const { schedule = '', timezone = 'UTC', items = 0 }: Partial<ScheduleMemo> = memo ?? {};
  return {
    id,
    schedule,
    timezone,
    paused: state.paused,
    note: state.note || null,
    items,
    nextRuns: info.nextActionTimes.map((time) => time.toISOString()),
    recentRuns: listRuns(id, info),
  };
}

export function toStatus(description: ScheduleDescription): ScheduleStatus {
  const { scheduleId: id, policies, info } = description;
  const { runningActions, numActionsTaken, numActionsSkippedOverlap, numActionsMissedCatchupWindow } = info;
  return {
    ...toListed(description),
    overlapPolicy: OVERLAP_POLICIES.find((name) => name === policies.overlap) ?? 'SKIP',
    catchupWindowMs: policies.catchupWindow,
    running: runningActions.flatMap(({ workflow }) => {
      const time = findStarterTime(workflow.workflowId);
      return time === null ? [] : [toRunId(id, time)];
    }),
    counts: { started: numActionsTaken, skipped: numActionsSkippedOverlap, missed: numActionsMissedCatchupWindow },
    createdAt: info.createdAt.toISOString(),
  };
}

type RecentActions = Pick<ScheduleSummary['info'], 'recentActions'>;

/** Each once: a second start within a minute finds the run of the first. */
function listRuns(id: string, { recentActions }: RecentActions): readonly StartedRun[] {
  const runs = recentActions.map(({ scheduledAt }) => toStartedRun(id, scheduledAt));
  return runs.filter(({ batchId }, index) => runs.findIndex((one) => one.batchId === batchId) === index);
}

function toStartedRun(id: string, scheduledAt: Date): StartedRun {
  return { batchId: toRunId(id, scheduledAt), scheduledAt: scheduledAt.toISOString() };
}

/** The run of a trigger between the two looks; `null` if there is none yet. */
export function findTriggeredRun(
  id: string,
  { info: before }: { readonly info: RecentActions },
  { info: now }: { readonly info: RecentActions },
): TriggeredRun | null {
  const known = new Set(before.recentActions.map(({ action }) => action.workflow.firstExecutionRunId));
  const started = now.recentActions.find(({ action }) => !known.has(action.workflow.firstExecutionRunId));
  if (started === undefined) return null;
  const run = toStartedRun(id, started.scheduledAt);
  return {
    ...run,
    alreadyStarted: listRuns(id, { recentActions: before.recentActions }).some(
      ({ batchId }) => batchId === run.batchId,
    ),
  };
}
