/** An image's status as one line for people. */
import type { ImageStatus } from '../image-status';
import { localTimeOfDay } from './local-time';

const WORDS: { readonly [S in ImageStatus['state']]: (status: ImageStatus) => string } = {
  'waiting-for-permit': () => 'waiting for a permit',
  submitting: (status) =>
    status.nextRetryAt === null
      ? 'sending the request'
      : `not accepted: ${whyAndWhen(status)}, attempt ${status.attempt + 1}`,
  awaiting: ({ jobId, jobState, progress, trouble }) => {
    const percent = progress === null ? '' : ` ${progress} %`;
    return `${jobId ?? 'job'} ${jobState ?? 'accepted'}${percent}${trouble === null ? '' : ` (${trouble})`}`;
  },
  collecting: ({ jobId }) => `${jobId ?? 'job'} ended, fetching its result`,
  'waiting-for-echo': () => 'the answer was lost; waiting for a callback that names the job',
  'waiting-to-retry': (status) => `job failed: ${whyAndWhen(status)}`,
  succeeded: () => 'stored',
  failed: ({ lastCode }) => `failed${lastCode === null ? '' : `: ${lastCode}`}`,
  cancelled: () => 'cancelled',
  terminated: () => 'terminated by an operator',
};

export function statusWords(status: ImageStatus): string {
  if (!status.workerAnswers && isOpen(status)) return 'waiting for a worker; start one with "imagepipeline worker"';
  const submission = status.submission > 1 ? `submission ${status.submission} · ` : '';
  return `${submission}${WORDS[status.state](status)}`;
}

const ENDED: readonly ImageStatus['state'][] = ['succeeded', 'failed', 'cancelled', 'terminated'];

export function isOpen({ state }: ImageStatus): boolean {
  return !ENDED.includes(state);
}

function whyAndWhen({ lastCode, nextRetryAt }: ImageStatus): string {
  const at = nextRetryAt === null ? '' : `, again at ${localTimeOfDay(nextRetryAt)}`;
  return `${lastCode ?? 'trouble'}${at}`;
}
