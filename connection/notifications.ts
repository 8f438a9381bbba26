/** The newest notifications about a batch, an item or an account, with their deliveries. */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow';
import type { Delivery } from '../workflows/domain/notifications/delivery';
import {
  type NotificationSubject,
  type NotificationType,
  toNotificationPrefix,
} from '../workflows/domain/notifications/notification';
import { DELIVERY_MEMO, EVENT_MEMO, NOTIFY_MEMO } from '../workflows/messages';
import type { PendingActivity } from './read-heartbeats';

/** A notification and how far its delivery is. */
export interface NotificationStatus {
  /** The header `webhook-id`, and `id` in the body. */
  readonly id: string;
  readonly type: NotificationType;
  /** When it happened, ISO 8601. */
  readonly timestamp: string;
  /**
   * `pending`: it is being tried. `refused`: the receiver is gone, or may not be called. `undelivered`: it was not accepted
   * for a day, or an operator ended its workflow.
   */
  readonly state: 'pending' | Delivery['state'];
  /** Number of attempts; `null` if unknown. */
  readonly attempts: number | null;
  /** The last answer or problem, for instance `HTTP 500`; `null` before the first one. */
  readonly answer: string | null;
  /** When the next attempt is due, ISO 8601; `null` if there is none, or one is in progress. */
  readonly nextAttemptAt: string | null;
  /** ISO 8601; `null` while it is pending. */
  readonly endedAt: string | null;
}

/** Where notifications go, and the newest ones. */
export interface Notifications {
  /** Scheme and host of the receiver. */
  readonly receiver: string;
  /** The newest first. At most ten: all that are being delivered, then those that were tried last. */
  readonly last: readonly NotificationStatus[];
}

const MAX_LISTED = 10;

/**
 * Reads them from Temporal, whose lists lag a moment behind; needs no worker.
 *
 * @param memo of the workflow that notifies
 * @returns `undefined` if it notifies no receiver
 */
export async function readNotifications(
  client: Client,
  subject: NotificationSubject,
  memo: Readonly<Record<string, unknown>> | undefined,
): Promise<Notifications | undefined> {
  const receiver = memo?.[NOTIFY_MEMO];
  if (typeof receiver !== 'string') return undefined;
  const query = `WorkflowId STARTS_WITH '${toNotificationPrefix(subject)}'`;
  const runs: WorkflowExecutionInfo[] = [];
  for await (const run of client.workflow.list({ query, pageSize: MAX_LISTED })) {
    if (runs.push(run) === MAX_LISTED) break;
  }
  const last = await Promise.all(runs.map((run) => toStatus(client, run)));
  const known = last.filter((one) => one !== null);
  // The server lists those first that are being delivered.
  return { receiver, last: known.sort((one, other) => other.timestamp.localeCompare(one.timestamp)) };
}

type Known = Pick<NotificationStatus, 'id' | 'type' | 'timestamp'>;

/** Returns `null` for a workflow that another program has started under such an id. */
async function toStatus(client: Client, run: WorkflowExecutionInfo): Promise<NotificationStatus | null> {
  const event = run.memo?.[EVENT_MEMO] as Omit<Known, 'id'> | undefined;
  if (event === undefined) return null;
  const known = { id: run.workflowId.slice(run.workflowId.lastIndexOf('/') + 1), ...event };
  if (run.status.name !== 'RUNNING') return toEnded(known, run);
  const described = await client.workflow.getHandle(run.workflowId, run.runId).describe();
  if (described.status.name !== 'RUNNING') return toEnded(known, described);
  return { ...known, ...(await readAttempts(client, described.raw.pendingActivities?.[0])) };
}

type Ended = Pick<WorkflowExecutionInfo, 'memo' | 'status' | 'closeTime'>;

function toEnded(known: Known, { memo, status, closeTime }: Ended): NotificationStatus {
  const delivery = memo?.[DELIVERY_MEMO] as Delivery | undefined;
  if (delivery !== undefined) return { ...known, ...delivery, nextAttemptAt: null };
  const answer = `its workflow was ${status.name.toLowerCase()}`;
  const endedAt = closeTime?.toISOString() ?? null;
  return { ...known, state: 'undelivered', attempts: null, answer, nextAttemptAt: null, endedAt };
}

async function readAttempts(client: Client, pending: PendingActivity | undefined) {
  const failure = await decodeOptionalFailureToOptionalError(client.options.loadedDataConverter, pending?.lastFailure);
  const next = pending?.nextAttemptScheduleTime;
  const nextAt = next?.seconds ? new Date(Number(next.seconds) * 1_000 + (next.nanos ?? 0) / 1e6) : null;
  return {
    state: 'pending',
    // The attempt that is due or in progress has no answer yet.
    attempts: (pending?.attempt ?? 1) - 1,
    answer: failure?.message ?? null,
    nextAttemptAt: nextAt?.toISOString() ?? null,
    endedAt: null,
  } as const;
}
