/** Asks a worker for its description. Temporal cannot query a worker; it can only send it work. */
import { proxyActivities } from '@temporalio/workflow';
import type { WorkerActivities, WorkerDescription } from '../domain/batch/activity-contract';

const activities = proxyActivities<WorkerActivities>({
  startToCloseTimeout: 10_000,
  // The client does not wait for a second answer.
  retry: { maximumAttempts: 1 },
  summary: 'description of the worker',
});

/** Started and awaited by the client to learn a worker's store and provider. */
export function imagePipelineWorker(): Promise<WorkerDescription> {
  return activities.describeWorker();
}
