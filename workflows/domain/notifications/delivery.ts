/** How a notification is delivered. Pure. */
import type { Backoff } from '../failures/failures';
import type { NotificationEvent } from './notification';

/** How long a notification is tried, in ms: one day. */
export const MAX_DELIVERY_MS = 24 * 60 * 60_000;

/** Delays between attempts: about 12 in the first hour, then one or two an hour. */
export const DELIVERY_BACKOFF: Backoff = { initialMs: 10_000, coefficient: 2, maximumMs: 60 * 60_000 };

/** Timeout of one exchange, in ms. */
export const DELIVERY_TIMEOUT_MS = 15_000;

/** The receiver no longer exists; see the Standard Webhooks specification. */
const GONE = 410;

/** What follows from the status of an answer. A redirect is not followed, and may be a mistake that is corrected. */
export function judgeAnswer(status: number): 'delivered' | 'gone' | 'retry' {
  if (status >= 200 && status < 300) return 'delivered';
  return status === GONE ? 'gone' : 'retry';
}

/** Input of the activity `deliverNotification`. */
export interface DeliveryInput {
  readonly url: string;
  readonly event: NotificationEvent;
}

/** An answer that accepted the notification. */
export interface DeliveryAnswer {
  /** For instance `HTTP 204`. */
  readonly answer: string;
  /** Number of attempts, with this one. */
  readonly attempts: number;
}

/** `refused`: the receiver is gone, or may not be called. `undelivered`: it accepted nothing for a day. */
export type DeliveryEnd = 'delivered' | 'refused' | 'undelivered';

/** How a delivery ended. */
export interface Delivery {
  readonly state: DeliveryEnd;
  /** The last answer, or what went wrong, without the address. */
  readonly answer: string;
  /** Number of attempts; `null` if unknown. */
  readonly attempts: number | null;
  /** ISO 8601. */
  readonly endedAt: string;
}

/** Delivery activities that workflows call. */
export interface NotificationActivities {
  /**
   * Makes one attempt to deliver a notification. Fails with the delay of the next attempt, or finally if the receiver is gone
   * or may not be called.
   */
  deliverNotification(input: DeliveryInput): Promise<DeliveryAnswer>;
}
