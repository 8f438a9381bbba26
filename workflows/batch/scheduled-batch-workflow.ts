/** Starts one run of a schedule as a batch with an id of its own, and stays open until that batch has ended. */
import { defineSearchAttributeKey } from '@temporalio/common';
import {
  executeChild,
  ParentClosePolicy,
  proxyActivities,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { formatCount } from '../domain/base/format-count';
import { withoutMissing } from '../domain/base/without-missing';
import type { ScheduleActivities } from '../domain/batch/activity-contract';
import type { BatchSettings } from '../domain/batch/batch-settings';
import { findInputProblems, type InputChecks, SCHEDULED_BATCH_INPUT_CHECKS } from '../domain/batch/input-checks';
import { findStarterProblems, toRunId } from '../domain/batch/scheduled-run';
import { isAlreadyStarted, NOT_IN_STORE, refuseProblems } from '../domain/item/application-failure';
import type { BatchInput, ScheduledBatchInput, ScheduledRun } from '../messages';
import { childAttributes } from '../temporal/search-attributes';
import type { imagePipelineBatch } from './batch-workflow';

/** One check per field; the type makes the list complete. */
const CHECKS: Readonly<Record<keyof ScheduledBatchInput, InputChecks[string]>> = SCHEDULED_BATCH_INPUT_CHECKS;

/** Timeout of one attempt, in ms. It copies all rows, about 10 ms for each 250; heartbeats detect a dead worker sooner. */
const COPY_TIMEOUT_MS = 60 * 60_000;
const HEARTBEAT_MS = 15_000;
/** Maximum retry interval, in ms. A longer one would only delay recovery once the store is back. */
const MAX_GAP_MS = 30_000;

const activities = proxyActivities<ScheduleActivities>({
  startToCloseTimeout: COPY_TIMEOUT_MS,
  heartbeatTimeout: HEARTBEAT_MS,
  retry: { maximumInterval: MAX_GAP_MS, nonRetryableErrorTypes: [NOT_IN_STORE] },
  summary: 'rows of this run',
});

/** Set by Temporal for every workflow that a schedule starts; also by a trigger and a backfill. */
const SCHEDULED_AT = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');
/** Memo with the hash of a workflow's request. */
const REQUEST_MEMO = 'requestHash';

/**
 * The id of the run is that of the schedule and the scheduled minute, and a batch with this id starts once: a second start
 * for the same minute finds it and starts nothing. It stays open while the batch runs, because the schedule's overlap policy
 * asks whether it does. Cancelling it cancels the batch; terminating it leaves the batch alone.
 *
 * @throws ApplicationFailure `INPUT_INVALID` with every problem, or if the id of the run was used for something else
 */
export async function imagePipelineScheduledBatch(input: ScheduledBatchInput): Promise<ScheduledRun> {
  const scheduledAt = workflowInfo().typedSearchAttributes.get(SCHEDULED_AT);
  refuseProblems([...findInputProblems(CHECKS, input), ...findStarterProblems(scheduledAt)]);
  const { schedule, batch, manifestHash } = input;
  const batchId = toRunId(schedule, scheduledAt ?? workflowInfo().startTime);
  const { parts, rowsHash, store } = batch;
  const settings = toSettings(batch);
  const rows = { parts, rowsHash, manifestHash, ...withoutMissing({ store }) };
  await activities.storeScheduledRun({ schedule, batchId, ...rows, settings });
  try {
    await executeChild<typeof imagePipelineBatch>('imagePipelineBatch', {
      workflowId: batchId,
      args: [batch],
      staticSummary: formatCount(
        parts.reduce((sum, size) => sum + size, 0),
        'item',
      ),
      memo: { [REQUEST_MEMO]: manifestHash },
      ...childAttributes(),
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
    return { batchId, isStarted: true };
  } catch (error) {
    if (!isAlreadyStarted(error)) throw error;
    return { batchId, isStarted: false };
  }
}

/** What the manifest keeps for redrives. A budget is for one run. */
function toSettings(batch: BatchInput): BatchSettings {
  const { workflowPerImage, concurrency, weight, prices, maxFailures, onTooManyFailures, deadlineMs, items } = batch;
  const all = { workflowPerImage, concurrency, weight, prices, maxFailures, onTooManyFailures, deadlineMs };
  return { ...withoutMissing(all), items };
}
