/** Delivers one notification, for as long as its receiver does not accept it, at most a day. */
import { isCancellation, proxyActivities, setCurrentDetails, upsertMemo } from '@temporalio/workflow';
import { findInputProblems, type InputChecks, NOTIFICATION_INPUT_CHECKS } from '../domain/batch/input-checks';
import { readDeliveryFailure, refuseProblems } from '../domain/item/application-failure';
import {
  DELIVERY_BACKOFF,
  type Delivery,
  type DeliveryInput,
  MAX_DELIVERY_MS,
  type NotificationActivities,
} from '../domain/notifications/delivery';
import { DELIVERY_MEMO } from '../messages';

const { deliverNotification } = proxyActivities<NotificationActivities>({
  // Longer than one exchange. The attempt of a dead worker is repeated after it.
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: MAX_DELIVERY_MS,
  // For attempts that end without an answer of their worker; the activity sets the delay of all others.
  retry: {
    initialInterval: DELIVERY_BACKOFF.initialMs,
    backoffCoefficient: DELIVERY_BACKOFF.coefficient,
    maximumInterval: DELIVERY_BACKOFF.maximumMs,
  },
  summary: 'one attempt at a time',
});

/** One check per field; the type makes the list complete. */
const CHECKS: Readonly<Record<keyof DeliveryInput, InputChecks[string]>> = NOTIFICATION_INPUT_CHECKS;

/**
 * Outlives what it notifies about. Completes also if nothing was delivered; the memo `delivery` has its end.
 *
 * @throws ApplicationFailure `INPUT_INVALID` with every problem of the input
 */
export async function imagePipelineNotification(input: DeliveryInput): Promise<Delivery> {
  refuseProblems(findInputProblems(CHECKS, input));
  const delivery = { ...(await deliver(input)), endedAt: new Date().toISOString() };
  setCurrentDetails(`${delivery.state}: ${delivery.answer}`);
  upsertMemo({ [DELIVERY_MEMO]: delivery });
  return delivery;
}

async function deliver(input: DeliveryInput): Promise<Omit<Delivery, 'endedAt'>> {
  try {
    return { state: 'delivered', ...(await deliverNotification(input)) };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return readDeliveryFailure(error);
  }
}
