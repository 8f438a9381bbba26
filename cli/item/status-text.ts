/** An item's status as one line of text. */
import type { ItemStatus } from '../../client/items/item-status';
import { formatCount } from '../../workflows/domain/base/format-count';
import { describeRemedy } from '../../workflows/domain/item/describe-remedy';
import { isOpenState } from '../../workflows/domain/item/item';
import type { ReachedStep } from '../../workflows/domain/item/step-report';
import { formatLocalTime, formatLocalTimeOfDay } from '../terminal/local-time';

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
  submitting: (status) => {
    if (status.nextRetryAt !== null) return `not accepted: ${formatRetryReason(status)}, attempt ${status.attempt + 1}`;
    // Before the first submission, the worker reads what the store knows of the item.
    return findStep(status)?.submissions.length === 0 ? 'nothing submitted yet' : 'submitting the request';
  },
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
  succeeded: ({ deletedAt }) =>
    deletedAt === undefined
      ? 'succeeded'
      : `succeeded; its files were deleted at ${formatLocalTime(new Date(deletedAt))}`,
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
  const open = findStep(status);
  const step = open?.id;
  const number = open?.submissions.length ?? status.submission;
  const submission = number > 1 ? `submission ${number} · ` : '';
  return `${cancel}${step === undefined ? '' : `${step} · `}${submission}${WORDS[status.state](status)}`;
}

/** The step under way; `undefined`: there is none, or the item has one step. */
function findStep({ steps }: Pick<ItemStatus, 'steps'>): ReachedStep | undefined {
  return steps?.find(({ outcome }) => outcome === 'open');
}

/** One line for each step that was reached; none for an item of one step. */
export function formatSteps({ steps = [] }: Pick<ItemStatus, 'steps'>): readonly string[] {
  return steps.map(({ id, operation, outcome, files, submissions }) => {
    const state = outcome === 'open' ? 'under way' : outcome;
    const [main] = files;
    const file = main === undefined ? '' : ` · ${main.file}`;
    return `  ${id} · ${operation} · ${state} · ${formatCount(submissions.length, 'submission')}${file}`;
  });
}

/** The remedy for an item that failed or is unknown; `null` if there is none. */
export function statusRemedy(status: ItemStatus): string | null {
  const { state, lastCode } = status;
  if (lastCode === null || (state !== 'failed' && state !== 'unknown')) return null;
  return describeRemedy(lastCode, { ...status, outcome: state });
}

function formatRetryReason({ lastCode, nextRetryAt }: ItemStatus): string {
  const at = nextRetryAt === null ? '' : `, again at ${formatLocalTimeOfDay(nextRetryAt)}`;
  return `${lastCode ?? 'trouble'}${at}`;
}
