/** Asks the workers what they are: a short workflow, of which one of them runs an activity. */
import { randomUUID } from 'node:crypto';
import { type Client, isGrpcServiceError, WorkflowFailedError } from '@temporalio/client';
import type { imagePipelineWorker } from '../../workflows/batch/describe-worker';
import type { WorkerDescription } from '../../workflows/domain/batch/activity-contract';
import { BEFORE_ITEMS } from '../../workflows/domain/leases/governor-protocol';
import { isWorkerGone } from './connection';
import { findPollers } from './pollers';

/** A worker that is there answers within milliseconds. */
const ANSWER_TIMEOUT_MS = 3_000;
/** Nobody waits for the answer any more, so the server ends the question. */
const LIFETIME_MS = 10_000;

/** `null`: none has answered within 3 s. */
export async function askWorker(client: Client, taskQueue: string): Promise<WorkerDescription | null> {
  if (await isWorkerMissing(client, taskQueue)) return null;
  const question = await client.workflow.start<typeof imagePipelineWorker>('imagePipelineWorker', {
    workflowId: `~worker/${randomUUID()}`,
    taskQueue,
    workflowExecutionTimeout: LIFETIME_MS,
    staticSummary: 'which store the workers have',
    priority: BEFORE_ITEMS,
  });
  try {
    return await client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, () => question.result());
  } catch (error) {
    if (isWorkerGone(error) || error instanceof WorkflowFailedError) return null;
    throw error;
  }
}

async function isWorkerMissing(client: Client, taskQueue: string): Promise<boolean> {
  try {
    return (await findPollers(client, taskQueue, 'activities')).served === 0;
  } catch (error) {
    // A server that does not tell who polls may give them work all the same.
    if (isGrpcServiceError(error)) return false;
    throw error;
  }
}
