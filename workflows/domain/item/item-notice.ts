/** What is notified about a single item. Pure. */
import type { NotificationType, Occurrence } from '../notifications/notification';
import { describeRemedy } from './describe-remedy';
import type { ItemReport, Outcome } from './item';

const TYPES: Readonly<Record<Outcome, NotificationType>> = {
  succeeded: 'item.succeeded',
  failed: 'item.failed',
  cancelled: 'item.cancelled',
  unknown: 'item.unknown',
};

/** Not the message, which may have words of the request. */
export function toItemOccurrence(item: string, run: string, report: ItemReport): Occurrence {
  const { outcome, code, jobId, operation = null, submissions } = report;
  const remedy = code === null ? null : describeRemedy(code, { id: item, jobId, outcome, operation });
  return { type: TYPES[outcome], data: { item, run, outcome, code, remedy, submissions: submissions.length } };
}
