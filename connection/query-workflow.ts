import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, isGrpcDeadlineError, QueryNotRegisteredError } from '@temporalio/client';
import { PREMATURE_QUERY } from '../workflows/messages';
import { wasClosed } from './call-aborter';
import { findAddress, isCancelledCall, isLate, isServerGone, isWorkerGone } from './connection';
import { NoServerError, WorkerMissingError } from './errors';
import { findPollers } from './pollers';

/** Timeout in ms. Temporal may keep a query with a dead worker this long before it asks another one. */
const ANSWER_TIMEOUT_MS = 25_000;
/**
 * Timeout of one try in ms. After 10 s Temporal reassigns a query from a dead worker to another one, together with the
 * messages that arrived meanwhile. That worker handles them too early, and the history can no longer be replayed. A query
 * that is abandoned earlier is sent again, and then sees only recorded history.
 */
const TRY_MS = 4_000;
/** Many times what a live worker needs, in ms. */
const QUICK_MS = 3_000;
/** How much earlier than we the server may see that a deadline has passed, in ms. */
const SERVER_LEAD_MS = 500;
/** Delay in ms before a retry: by then a workflow task is pending, and Temporal attaches the query to it. */
const AGAIN_AFTER_MS = 100;

export interface QueryTarget {
  readonly workflowId: string;
  readonly taskQueue: string;
}

/**
 * Queries a workflow, which needs a worker. If no worker polls, it fails after some seconds; if one polls,
 * it waits until that worker has taken over from a dead one.
 *
 * @throws WorkerMissingError if no worker answers
 * @throws NoServerError if the server does not answer either
 */
export async function askWorkflow<T>(client: Client, target: QueryTarget, question: () => Promise<T>): Promise<T> {
  const [given, hopeless] = [new AbortController(), new AbortController()];
  const watch = isWorkerMissing(client, target, given.signal).then((isMissing) => {
    if (isMissing) hopeless.abort();
  });
  try {
    return await client.withAbortSignal(hopeless.signal, () => untilAnswered(client, question));
  } catch (error) {
    if (hopeless.signal.aborted) throw new WorkerMissingError(target.workflowId, { cause: error });
    if (wasClosed(error) || !isWorkerGone(error)) throw error;
    throw (await isServerSilent(client, target))
      ? new NoServerError(findAddress(client), error)
      : new WorkerMissingError(target.workflowId, { cause: error });
  } finally {
    given.abort();
    await watch;
  }
}

async function untilAnswered<T>(client: Client, question: () => Promise<T>): Promise<T> {
  const endAt = Date.now() + ANSWER_TIMEOUT_MS;
  for (;;) {
    const deadline = Math.min(endAt, Date.now() + TRY_MS);
    try {
      return await client.withDeadline(deadline, () => retryPrematureQuery(question));
    } catch (error) {
      if (!isTimeout(error, deadline) || Date.now() >= endAt) throw error;
    }
  }
}

/**
 * Whether a try ended at its deadline. The server knows the deadline too, and may end the call a moment before we do; it then
 * says CANCELLED, as for a call that was aborted.
 */
function isTimeout(error: unknown, deadline: number): boolean {
  return isGrpcDeadlineError(error) || (isCancelledCall(error) && Date.now() >= deadline - SERVER_LEAD_MS);
}

/** Retries a query that was rejected because it came before the first workflow task; within the caller's deadline. */
export async function retryPrematureQuery<T>(question: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await question();
    } catch (error) {
      // The SDK's error for any failed query.
      if (!(error instanceof QueryNotRegisteredError) || error.message !== PREMATURE_QUERY) throw error;
      await sleep(AGAIN_AFTER_MS);
    }
  }
}

/** Whether the server itself is silent: it answers this call without a worker. */
async function isServerSilent(client: Client, { taskQueue }: QueryTarget): Promise<boolean> {
  try {
    await client.withDeadline(Date.now() + QUICK_MS, () => findPollers(client, taskQueue, 'workflows'));
    return false;
  } catch (error) {
    return isServerGone(error) || isLate(error);
  }
}

/** Whether no worker polls. Checked only after a short wait for the answer. */
async function isWorkerMissing(client: Client, { taskQueue }: QueryTarget, given: AbortSignal): Promise<boolean> {
  try {
    await sleep(QUICK_MS, undefined, { signal: given });
    const { served } = await client.withAbortSignal(given, () => findPollers(client, taskQueue, 'workflows'));
    return served === 0;
  } catch {
    // The answer arrived, or the server does not report pollers: keep waiting for the query.
    return false;
  }
}
