import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { WorkerMissingError } from '../errors';
import { findPollers } from './pollers';
import type { QueryTarget } from './query-workflow';

/** A worker that is there accepts an update within milliseconds. */
const POLL_INTERVAL_MS = 3_000;
/** The server lists a worker that was killed for another minute; a busy one needs less than this. */
const MAX_WAIT_MS = 60_000;

/**
 * Sends an update, which a worker has to accept, and waits for its result. Without this a missing worker would mean a wait
 * without end and without a word.
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

/** Whether no worker will answer; `false` once the answer has come. */
async function waitUntilHopeless(client: Client, { taskQueue }: QueryTarget, answered: AbortSignal): Promise<boolean> {
  const endAt = Date.now() + MAX_WAIT_MS;
  while (Date.now() < endAt) {
    await sleep(POLL_INTERVAL_MS, undefined, { signal: answered }).catch(() => undefined);
    if (answered.aborted) return false;
    if ((await countWorkers(client, taskQueue, answered)) === 0) return !answered.aborted;
  }
  return true;
}

/** `null` where the server does not tell. */
async function countWorkers(client: Client, taskQueue: string, answered: AbortSignal): Promise<number | null> {
  try {
    const { served } = await client.withAbortSignal(answered, () => findPollers(client, taskQueue, 'workflows'));
    return served;
  } catch {
    return null;
  }
}
