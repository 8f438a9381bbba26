/** Formats the newest notifications as lines of text. */
import type { NotificationStatus, Notifications } from '../connection/notifications';
import { formatCount } from '../workflows/domain/base/format-count';
import { formatLocalTime } from './terminal/local-time';

const SHOWN = 5;

/** @param notifications absent: no lines */
export function formatNotifications(notifications: Notifications | undefined): readonly string[] {
  if (notifications === undefined) return [];
  const { receiver, last } = notifications;
  const none = last.length === 0 ? ', none so far' : '';
  return [`notifications to ${receiver}${none}`, ...last.slice(0, SHOWN).map(formatOne)];
}

function formatOne({ type, timestamp, state, attempts, answer, nextAttemptAt }: NotificationStatus): string {
  const tries = attempts === null ? '' : ` after ${formatCount(attempts, 'attempt')}`;
  const met = answer === null ? '' : `: ${answer}`;
  const next = nextAttemptAt === null ? '' : `, again at ${formatLocalTime(new Date(nextAttemptAt))}`;
  return `  ${formatLocalTime(new Date(timestamp))}  ${type} ${state}${tries}${met}${next}`;
}
