/** An item's status as one line of text. */
import type { ItemStatus } from '../../client/items/item-status';
import { describeRemedy } from '../../workflows/domain/item/decide-next';
import { isOpenState } from '../../workflows/domain/item/item';
import { formatLocalTimeOfDay } from '../terminal/local-time';

/** With the code and, if a submission met it, its message. */
function withCode(word: string): (status: ItemStatus) => string {
  return ({ lastCode, submissions }) => {
    const newest = submissions.at(-1);
    const message = newest?.code === lastCode ? newest?.message : null;
    return [word, lastCode, message].filter((part) => typeof part === 'string').join(': ');
  };
}

const WORDS: { readonly [S in ItemStatus['state']]: (status: ItemStatus) => string } = {
  waiting: () => 'waiting for a permit',
  submitting: (status) =>
    status.nextRetryAt === null
      ? 'submitting the request'
      : `not accepted: ${formatRetryReason(status)}, attempt ${status.attempt + 1}`,
  running: ({ jobId, jobState, progress, trouble, submissions }) => {
    const percent = progress === null ? '' : ` ${progress} %`;
    // A rescued job may not exist.
    const unread = submissions.length === 0 ? 'not read yet' : 'accepted';
    return `${jobId ?? 'job'} ${jobState ?? unread}${percent}${trouble === null ? '' : ` (${trouble})`}`;
  },
  collecting: ({ jobId }) => `${jobId ?? 'job'} ended, fetching its result`,
  'awaiting-callback': () =>
    'the answer was lost; waiting for a callback, or a report of its worker, that names the job',
  retrying: (status) => `job failed: ${formatRetryReason(status)}`,
  succeeded: () => 'succeeded',
  failed: withCode('failed'),
  cancelled: () => 'cancelled',
  unknown: withCode('unknown'),
  terminated: () => 'terminated by an operator',
};

export function formatItemStatus(status: ItemStatus): string {
  const cancel = status.cancelRequested && isOpenState(status.state) ? 'cancel requested; ' : '';
  if (!status.workerAnswers && isOpenState(status.state)) {
    return `${cancel}waiting for a worker; start one with "imagepipeline worker"`;
  }
  const submission = status.submission > 1 ? `submission ${status.submission} · ` : '';
  return `${cancel}${submission}${WORDS[status.state](status)}`;
}

/** The remedy for an item that failed or is unknown; `null` if there is none. */
export function statusRemedy({ id, state, lastCode, jobId }: ItemStatus): string | null {
  if (lastCode === null || (state !== 'failed' && state !== 'unknown')) return null;
  return describeRemedy(lastCode, { id, jobId, outcome: state });
}

function formatRetryReason({ lastCode, nextRetryAt }: ItemStatus): string {
  const at = nextRetryAt === null ? '' : `, again at ${formatLocalTimeOfDay(nextRetryAt)}`;
  return `${lastCode ?? 'trouble'}${at}`;
}
