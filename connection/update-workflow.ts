import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { WorkerMissingError } from './errors';
import { findPollers } from './pollers';
import type { QueryTarget } from './query-workflow';

/** Interval between checks for workers, in ms. A live worker accepts an update within milliseconds. */
const POLL_INTERVAL_MS = 3_000;
/** Longest wait in ms. The server lists a killed worker for another minute; a busy worker needs less. */
const MAX_WAIT_MS = 60_000;

/**
 * Sends an update, which a worker must accept, and waits for its result. The SDK alone would wait
 * forever for a missing worker.
 *
 * @throws WorkerMissingError after some seconds if no worker polls, after a minute if none accepts the update; the
 *   server may still hand the update to a worker that starts later
 */
export async function updateWorkflow<T>(client: Client, target: QueryTarget, update: () => Promise<T>): Promise<T> {
  const [answered, hopeless] = [new AbortController(), new AbortController()];
  const watch = waitUntilHopeless(client, target, answered.signal).then((isHopeless) => {
    if (isHopeless) hopeless.abort();
  });
  try {
    return await client.withAbortSignal(hopeless.signal, update);
  } catch (error) {
    if (!hopeless.signal.aborted) throw error;
    throw new WorkerMissingError(target.workflowId, { change: 'unconfirmed', cause: error });
  } finally {
    answered.abort();
    await watch;
  }
}

/** Resolves with `true` once no worker is expected to answer, and with `false` once the answer has arrived. */
async function waitUntilHopeless(client: Client, { taskQueue }: QueryTarget, answered: AbortSignal): Promise<boolean> {
  const endAt = Date.now() + MAX_WAIT_MS;
  while (Date.now() < endAt) {
    await sleep(POLL_INTERVAL_MS, undefined, { signal: answered }).catch(() => undefined);
    if (answered.aborted) return false;
    if ((await countWorkers(client, taskQueue, answered)) === 0) return !answered.aborted;
  }
  return true;
}

/** Counts the workers that poll; `null` if the server does not report them. */
async function countWorkers(client: Client, taskQueue: string, answered: AbortSignal): Promise<number | null> {
  try {
    const { served } = await client.withAbortSignal(answered, () => findPollers(client, taskQueue, 'workflows'));
    return served;
  } catch {
    return null;
  }
}
