/** Notifications: what is sent to a receiver when a batch, an item or an account changes. */

/** Version of the payload. It changes if a field changes its meaning or is removed; fields may be added without it. */
export const NOTIFICATION_VERSION = 1;

/** Every type of a notification, by what it is about. */
export const NOTIFICATION_TYPES = {
  batch: [
    'batch.completed',
    'batch.cancelled',
    'batch.paused',
    'batch.held',
    'batch.resumed',
    'batch.failures-reached',
  ],
  item: ['item.succeeded', 'item.failed', 'item.cancelled', 'item.unknown'],
  account: ['account.held', 'account.resumed'],
} as const;

type Kind = keyof typeof NOTIFICATION_TYPES;
export type BatchNotificationType = (typeof NOTIFICATION_TYPES)['batch'][number];
export type NotificationType = (typeof NOTIFICATION_TYPES)[Kind][number];

/** What a notification is about. */
export interface NotificationSubject {
  readonly kind: Kind;
  /** Id of the batch or item, name of the account. */
  readonly id: string;
}

/** Fields of every type of notification. Without prompts, addresses and paths. */
interface CommonData {
  /** A failure code, or the code of a hold; `null` if there is none. */
  readonly code: string | null;
  /** What to do about the code; `null` without a code. */
  readonly remedy: string | null;
}

export interface BatchData extends CommonData {
  readonly batch: string;
  /** This run of the batch: a redrive is another one. */
  readonly run: string;
  /** As in the search attribute: for instance `running`, `paused`, `completed`, `completed-with-failures`, `failed`. */
  readonly state: string;
  /** Who or what paused it; `null` unless it is paused. */
  readonly pausedBy: string | null;
  /** Number of its items, and of those in each state or with each outcome. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface ItemData extends CommonData {
  readonly item: string;
  /** The run of its workflow: an item that runs again is another one. */
  readonly run: string;
  readonly outcome: string;
  /** Number of paid requests that were sent, or may have been. */
  readonly submissions: number;
}

export interface AccountData extends CommonData {
  readonly account: string;
  /** When the hold began, ISO 8601; `null` if it has ended. */
  readonly since: string | null;
  /** When it ends automatically, ISO 8601; `null` if unknown. */
  readonly until: string | null;
}

/** The body of a notification. */
export interface NotificationEvent {
  readonly version: typeof NOTIFICATION_VERSION;
  /** Also the header `webhook-id`; the same for every attempt to deliver it. */
  readonly id: string;
  readonly type: NotificationType;
  /** When it happened, ISO 8601. */
  readonly timestamp: string;
  readonly data: BatchData | ItemData | AccountData;
}

/** What has happened, before it has an id. */
export type Occurrence = Pick<NotificationEvent, 'type' | 'data'>;

/**
 * @param run the run that it happened in
 * @param number its number in this run, from 1
 * @param timestamp ISO 8601
 */
export function toEvent({ type, data }: Occurrence, run: string, number: number, timestamp: string): NotificationEvent {
  const [, name = ''] = type.split('.');
  // A full stop separates the parts of what is signed.
  return { version: NOTIFICATION_VERSION, id: `msg_${run}_${number}_${name}`, type, timestamp, data };
}

/** What the ids of the workflows of all notifications about a subject begin with. */
export function toNotificationPrefix({ kind, id }: NotificationSubject): string {
  return `~notification/${kind}/${id}/`;
}
