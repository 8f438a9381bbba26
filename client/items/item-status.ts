/** Reads an item's status: the server's view of its pending activity, merged with the workflow's answer. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow';
import { ItemNotFoundError } from '../../connection/errors';
import { type Notifications, readNotifications } from '../../connection/notifications';
import { retryPrematureQuery } from '../../connection/query-workflow';
import { type PendingActivity, readHeartbeat } from '../../connection/read-heartbeats';
import { ITEM_TYPE } from '../../connection/workflow-kinds';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import type { AwaitHeartbeat } from '../../workflows/domain/item/activity-contract';
import type { ItemProgress, ItemStateName, Submission } from '../../workflows/domain/item/item';
import type { ReachedStep, SingleItemProgress } from '../../workflows/domain/item/step-report';
import { itemProgressQuery, OPERATION_MEMO } from '../../workflows/messages';

/** Timeout of the query in ms. A live worker answers within milliseconds. */
const QUERY_TIMEOUT_MS = 3_000;

/** The current status of an item. */
export interface ItemStatus {
  readonly id: string;
  /** `null` if its workflow was not started by this package. */
  readonly operation: string | null;
  readonly state: ItemStateName;
  /** Number of the current submission; 1 for the first paid POST. */
  readonly submission: number;
  readonly jobId: string | null;
  /** The job's state as last reported by the provider. */
  readonly jobState: string | null;
  /** Progress of the job in percent; `null` if the provider reports none. */
  readonly progress: number | null;
  /** Number of attempts of the current activity. */
  readonly attempt: number;
  /** The code of the last failure. */
  readonly lastCode: string | null;
  /** A temporary problem and its start, for instance `status unreadable since 2026-01-31T10:00:00.000Z: HTTP 404`. */
  readonly trouble: string | null;
  readonly nextRetryAt: Date | null;
  readonly submissions: readonly Submission[];
  /** The steps that were reached; the last one may be under way. Absent: the item has one step. */
  readonly steps?: readonly ReachedStep[];
  /** Whether cancellation was requested: nothing more is submitted, and a job in flight is collected, since it is charged. */
  readonly cancelRequested: boolean;
  /** `false`: no worker answered; the item continues once one is started. */
  readonly workerAnswers: boolean;
  /** When its files were deleted from the store, ISO 8601. Absent: they were not, or the store cannot be read. */
  readonly deletedAt?: string;
  /** Absent: it notifies no receiver. */
  readonly notifications?: Notifications;
}

const CLOSED_STATES: Readonly<Record<string, ItemStatus['state']>> = {
  COMPLETED: 'succeeded',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'failed',
};

/** @throws ItemNotFoundError also if the id belongs to another kind of workflow */
export async function readItemStatus(client: Client, id: string): Promise<ItemStatus> {
  const description = await client.workflow.getHandle(id).describe();
  if (description.type !== ITEM_TYPE) throw new ItemNotFoundError(id, description.type);
  const progress = await queryProgress(client, id);
  const notifications = await readNotifications(client, { kind: 'item', id }, description.memo);
  const [pending] = description.raw.pendingActivities ?? [];
  const heartbeat = await readHeartbeat(client, pending);
  const lastFailure = await decodeOptionalFailureToOptionalError(
    client.options.loadedDataConverter,
    pending?.lastFailure,
  );
  return {
    id,
    operation: findOperation(description),
    state: toState(description, progress, pending),
    submission: progress?.submission ?? 0,
    jobId: progress?.jobId ?? heartbeat?.jobId ?? null,
    jobState: heartbeat?.state ?? null,
    progress: heartbeat?.progress ?? null,
    attempt: pending?.attempt ?? 1,
    lastCode: pending?.lastFailure?.applicationFailureInfo?.type ?? progress?.lastCode ?? null,
    trouble: findTrouble(heartbeat) ?? lastFailure?.message ?? null,
    nextRetryAt: findRetryTime(progress, pending),
    submissions: progress?.submissions ?? [],
    ...withoutMissing({ steps: progress?.steps }),
    // Without a worker, the server still reports it for this run.
    cancelRequested: progress?.cancelRequested ?? description.raw.workflowExtendedInfo?.cancelRequested === true,
    workerAnswers: progress !== null,
    ...withoutMissing({ notifications }),
  };
}

function findOperation({ memo }: WorkflowExecutionDescription): string | null {
  const operation = memo?.[OPERATION_MEMO];
  return typeof operation === 'string' ? operation : null;
}

async function queryProgress(client: Client, id: string): Promise<SingleItemProgress | null> {
  try {
    return await client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
      retryPrematureQuery(() => client.workflow.getHandle(id).query(itemProgressQuery)),
    );
  } catch {
    // Without a worker the query has no answer; the server's view is still useful.
    return null;
  }
}

function toState(
  description: WorkflowExecutionDescription,
  progress: ItemProgress | null,
  pending: PendingActivity | undefined,
): ItemStatus['state'] {
  const closed = CLOSED_STATES[description.status.name];
  if (closed !== undefined) return closed;
  if (progress !== null && progress.state !== 'ended') return progress.state;
  return pending?.activityType?.name === 'awaitJob' ? 'running' : 'submitting';
}

/** The time of the next retry. The server retries refusals, the workflow retries failed jobs. */
function findRetryTime(progress: ItemProgress | null, pending: PendingActivity | undefined): Date | null {
  if (progress?.nextRetryAt) return new Date(progress.nextRetryAt);
  const next = pending?.nextAttemptScheduleTime;
  return next?.seconds ? new Date(Number(next.seconds) * 1_000 + (next.nanos ?? 0) / 1e6) : null;
}

/** The current problem with its start; `null` if there is none. */
function findTrouble(heartbeat: AwaitHeartbeat | null): string | null {
  if (heartbeat === null || heartbeat.trouble === null) return null;
  const { state, trouble, troubleSince } = heartbeat;
  const since = troubleSince === null ? '' : ` since ${troubleSince}`;
  return `${state === 'downloading' ? 'result not stored' : 'status unreadable'}${since}: ${trouble}`;
}
