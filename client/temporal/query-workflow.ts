import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, isGrpcDeadlineError, QueryNotRegisteredError } from '@temporalio/client';
import { PREMATURE_QUERY } from '../../workflows/messages';
import { WorkerMissingError } from '../errors';
import { wasClosed } from './call-aborter';
import { findAddress, isServerGone, isWorkerGone, NoServerError } from './connection';
import { findPollers } from './pollers';

/** Temporal leaves questions to a worker that has died for up to so long, before another one is asked. */
const ANSWER_TIMEOUT_MS = 25_000;
/**
 * After 10 s a question that was left to a dead worker goes to another one, with the messages that came meanwhile. That
 * one acts on them before it was told to, so that the history can never be replayed again. A question that is given up
 * before is asked anew, and then has nothing but the history before it.
 */
const TRY_MS = 4_000;
/** Of a worker that is there, many times what it takes. */
const QUICK_MS = 3_000;
/** By then the workflow has its turn, with which Temporal keeps the question. */
const AGAIN_AFTER_MS = 100;

export interface QueryTarget {
  readonly workflowId: string;
  readonly taskQueue: string;
}

/**
 * Asks a workflow something that a worker has to answer. Where none polls, that is said after some seconds; where one
 * does, it is waited for until it has taken over from one that died.
 *
 * @throws WorkerMissingError if nobody answers
 * @throws NoServerError if the server does not either
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
    try {
      return await client.withDeadline(Math.min(endAt, Date.now() + TRY_MS), () => retryPrematureQuery(question));
    } catch (error) {
      if (!isGrpcDeadlineError(error) || Date.now() >= endAt) throw error;
    }
  }
}

/** Asks again what was refused since it came before the workflow's turn; within the deadline of the caller. */
export async function retryPrematureQuery<T>(question: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await question();
    } catch (error) {
      // As the SDK calls any question that fails.
      if (!(error instanceof QueryNotRegisteredError) || error.message !== PREMATURE_QUERY) throw error;
      await sleep(AGAIN_AFTER_MS);
    }
  }
}

/** An answer that did not come may be the fault of either; the server answers this without a worker. */
async function isServerSilent(client: Client, { taskQueue }: QueryTarget): Promise<boolean> {
  try {
    await client.withDeadline(Date.now() + QUICK_MS, () => findPollers(client, taskQueue, 'workflows'));
    return false;
  } catch (error) {
    return isServerGone(error) || isGrpcDeadlineError(error);
  }
}

/** Looked at only when no answer has come soon. */
async function isWorkerMissing(client: Client, { taskQueue }: QueryTarget, given: AbortSignal): Promise<boolean> {
  try {
    await sleep(QUICK_MS, undefined, { signal: given });
    const { served } = await client.withAbortSignal(given, () => findPollers(client, taskQueue, 'workflows'));
    return served === 0;
  } catch {
    // The answer has come, or the server does not tell: then the question is waited for.
    return false;
  }
}
