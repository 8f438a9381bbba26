import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { computeRetryDelayMs, drawFullJitterMs } from '../../workflows/domain/failures/backoff';
import { newRefusedFailure, newUndeliveredFailure } from '../../workflows/domain/item/application-failure';
import {
  DELIVERY_BACKOFF,
  type DeliveryAnswer,
  type DeliveryInput,
} from '../../workflows/domain/notifications/delivery';
import type { ActivityDependencies } from '../dependencies';

/** Delay of a notification that found too many others, in ms: as long as an exchange that gets no answer. */
const BUSY_BACKOFF = { initialMs: 15_000, coefficient: 1, maximumMs: 15_000 };

/** Makes one attempt to deliver a notification. */
export async function deliverNotification(
  { notifications, random }: Pick<ActivityDependencies, 'notifications' | 'random'>,
  { url, event }: DeliveryInput,
): Promise<DeliveryAnswer> {
  const { attempt } = activityInfo();
  if (notifications === null) throw newRefusedFailure('this worker sends no notifications', attempt);
  const sent = await notifications.send(url, event, cancellationSignal());
  if (sent.kind === 'delivered') return { answer: sent.answer, attempts: attempt };
  if (sent.kind === 'refused') throw newRefusedFailure(sent.answer, attempt);
  if (sent.kind === 'busy') {
    throw newUndeliveredFailure(
      'the worker is sending many others',
      attempt,
      drawFullJitterMs(BUSY_BACKOFF, 1, random),
    );
  }
  const ownMs = drawFullJitterMs(DELIVERY_BACKOFF, attempt, random);
  throw newUndeliveredFailure(sent.answer, attempt, computeRetryDelayMs(ownMs, sent.retryAfterMs));
}
