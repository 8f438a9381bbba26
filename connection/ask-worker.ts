/** Asks a worker for its settings, through a short workflow with one activity. */
import { randomUUID } from 'node:crypto';
import { type Client, isGrpcServiceError, WorkflowFailedError } from '@temporalio/client';
import type { imagePipelineWorker } from '../workflows/batch/describe-worker';
import type { WorkerDescription } from '../workflows/domain/batch/activity-contract';
import { BEFORE_ITEMS } from '../workflows/domain/leases/governor-protocol';
import { isWorkerGone } from './connection';
import { findPollers } from './pollers';

/** Timeout of the answer in ms. A live worker answers within milliseconds. */
const ANSWER_TIMEOUT_MS = 3_000;
/** Execution timeout of the workflow in ms: by then the caller has stopped waiting. */
const LIFETIME_MS = 10_000;

/** Returns the worker's description; `null` if none answers within 3 s. */
export async function askWorker(client: Client, taskQueue: string): Promise<WorkerDescription | null> {
  if (await isWorkerMissing(client, taskQueue)) return null;
  const question = await client.workflow.start<typeof imagePipelineWorker>('imagePipelineWorker', {
    workflowId: `~worker/${randomUUID()}`,
    taskQueue,
    workflowExecutionTimeout: LIFETIME_MS,
    staticSummary: 'ask a worker for its settings',
    priority: BEFORE_ITEMS,
  });
  try {
    return await client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, () => question.result());
  } catch (error) {
    if (isWorkerGone(error) || error instanceof WorkflowFailedError) return null;
    throw error;
  }
}

/** Whether the server knows that no worker polls. */
export async function isWorkerMissing(client: Client, taskQueue: string): Promise<boolean> {
  try {
    return (await findPollers(client, taskQueue, 'activities')).served === 0;
  } catch (error) {
    // The server may not report pollers and still dispatch work to them.
    if (isGrpcServiceError(error)) return false;
    throw error;
  }
}
