/** Decides what an attempt of `submitJob` has sent if the server gave up on it. Pure. */
import type { SubmitHeartbeat } from './activity-contract';
import type { ActivityProblem } from './application-failure';
import type { SubmissionEnd } from './decide-next';

type Timeout = Extract<ActivityProblem, { kind: 'timeout' }>;

/** Time until a dead worker is detected, in ms; a busy worker heartbeats several times within it. */
export const HEARTBEAT_MS = 15_000;
/** Time from the end of a POST until its worker has recorded a job that it cannot report, in ms. */
const RECORD_MS = 10_000;
/** Maximum duration of a POST, in ms, of an attempt whose heartbeat is not known. */
const MAX_POST_MS = 60_000;
/** How long a worker may still record a job that it cannot report, in ms, if nothing is known of its attempt. */
export const MAX_LATE_ANSWER_MS = MAX_POST_MS + RECORD_MS;

/**
 * The end of a submission whose attempt timed out: `lost` if its POST may have begun, because the provider may have accepted
 * a job.
 *
 * @param isLate whether the item's deadline has passed
 */
export function judgeLostAttempt(timeout: Timeout, isLate: boolean): SubmissionEnd {
  const { timeoutType } = timeout;
  const heartbeat = timeout.heartbeat as SubmitHeartbeat | null | undefined;
  if (neverStarted(timeout)) return { kind: 'out-of-time', origin: 'submit' };
  if (timeoutType === 'HEARTBEAT' && isUnsent(heartbeat)) {
    if (isLate) return { kind: 'out-of-time', origin: 'submit' };
    return { kind: 'queued', isInQueue: false, askAgainMs: 0, refusals: heartbeat?.refusals ?? {} };
  }
  return {
    kind: 'lost',
    expectsCallback: heartbeat?.expectsCallback === true,
    lateAnswerMs: computeLateAnswerMs(timeoutType, heartbeat),
    message: `The worker was lost, or cut off from Temporal, while it sent the request (timeout ${timeoutType}).`,
  };
}

/**
 * How long its worker may still record a job, in ms. The POST had begun when the last heartbeat was sent, one timeout ago.
 * Other timeouts come after the end of every POST.
 */
function computeLateAnswerMs(timeoutType: string, heartbeat: SubmitHeartbeat | null | undefined): number {
  if (timeoutType !== 'HEARTBEAT') return RECORD_MS;
  return Math.max(0, (heartbeat?.postLimitMs ?? MAX_POST_MS) - HEARTBEAT_MS) + RECORD_MS;
}

/** Judged by the server's information and not by time: a worker with a slow clock may send after our deadline. */
function neverStarted({ timeoutType, isStarted }: Timeout): boolean {
  return !isStarted && (timeoutType === 'SCHEDULE_TO_CLOSE' || timeoutType === 'SCHEDULE_TO_START');
}

/** The server has no details of an attempt that was lost on its way to the worker, or before it recorded its POST. */
function isUnsent(heartbeat: SubmitHeartbeat | null | undefined): boolean {
  return heartbeat === null || heartbeat === undefined || heartbeat.isUnsent === true;
}
