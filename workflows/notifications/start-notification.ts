/** Starts the workflow of a notification, which outlives its parent. */
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  startChild,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { isIdTaken } from '../domain/item/application-failure';
import {
  type NotificationEvent,
  type NotificationSubject,
  toNotificationPrefix,
} from '../domain/notifications/notification';
import { EVENT_MEMO } from '../messages';
import type { imagePipelineNotification } from './notification-workflow';

/** Resolves when the notification has been started: from then on, the end of the caller does not affect it. */
export async function startNotification(
  url: string,
  subject: NotificationSubject,
  event: NotificationEvent,
): Promise<void> {
  const { id, type, timestamp } = event;
  try {
    await CancellationScope.nonCancellable(() =>
      startChild<typeof imagePipelineNotification>('imagePipelineNotification', {
        workflowId: `${toNotificationPrefix(subject)}${id}`,
        args: [{ url, event }],
        staticSummary: type,
        memo: { [EVENT_MEMO]: { type, timestamp } },
        parentClosePolicy: ParentClosePolicy.ABANDON,
        cancellationType: ChildWorkflowCancellationType.ABANDON,
        // After a reset the same notification may be due again.
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      }),
    );
  } catch (error) {
    // It was started before a reset of the caller, and is being delivered.
    if (!isIdTaken(error)) throw error;
  }
}
