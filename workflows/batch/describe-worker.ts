/** Asks one of the workers what it is. Temporal has no question to a worker, only work for one. */
import { proxyActivities } from '@temporalio/workflow';
import type { WorkerActivities, WorkerDescription } from '../domain/batch/activity-contract';

const activities = proxyActivities<WorkerActivities>({
  startToCloseTimeout: 10_000,
  // The client that asks waits for no second answer.
  retry: { maximumAttempts: 1 },
  summary: 'which store and provider the worker has',
});

/** The workflow by which a client asks a worker which store and provider it has; started and read by the client alone. */
export function imagePipelineWorker(): Promise<WorkerDescription> {
  return activities.describeWorker();
}
