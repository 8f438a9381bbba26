import { NativeConnection, type NativeConnectionOptions, Worker } from '@temporalio/worker';
import type { ActivityOptions } from '../activities';
import { dataConverterFor } from '../payloads';
import { workflowCode } from './bundle';
import { hostActivities } from './host-activities';
import type { WorkerSettings } from './settings';

export interface WorkerOptions {
  readonly settings: WorkerSettings;
  readonly connection: NativeConnectionOptions;
  readonly namespace: string;
  readonly taskQueue: string;
  /** How many activities run at once; one in flight is one image submitted or awaited. Default 500. */
  readonly maxActivities?: number;
  /** Overrides for tests and benchmarks, as given to `createActivities`. */
  readonly activities?: Partial<ActivityOptions>;
}

export interface RunningWorker {
  /** Ends when the worker has stopped; rejects if it failed. */
  readonly stopped: Promise<void>;
  /** Lets a POST under way finish and hands polled jobs over to the next worker. */
  stop(): Promise<void>;
}

/** About one heartbeat, so that the last one gets through. */
const SHUTDOWN_GRACE_MS = 3_000;
/** Longer than the longest POST: to be cut off there would leave its outcome unknown. */
const SHUTDOWN_FORCE_MS = 90_000;

/** Connects, creates a worker that hosts the workflows and the activities, and starts it. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { settings, namespace, taskQueue } = options;
  const hosted = hostActivities(settings, options.activities);
  const dataConverter = dataConverterFor(settings.encryption ?? null);
  const connection = await NativeConnection.connect(options.connection);
  const close = async () => {
    await connection.close();
    await hosted.close();
  };
  const worker = await createOrClose(close, {
    ...workflowCode(dataConverter),
    // Also of the client that activities have.
    dataConverter,
    connection,
    namespace,
    taskQueue,
    activities: hosted.activities,
    maxConcurrentActivityTaskExecutions: options.maxActivities ?? 500,
    shutdownGraceTime: SHUTDOWN_GRACE_MS,
    shutdownForceTime: SHUTDOWN_FORCE_MS,
  });
  const stopped = worker.run().finally(close);
  return { stopped, stop: () => stopOnce(worker, stopped) };
}

/** A worker that cannot be created must not leave a connection open, which would keep the process alive. */
async function createOrClose(
  close: () => Promise<void>,
  options: Parameters<typeof Worker.create>[0],
): Promise<Worker> {
  try {
    return await Worker.create(options);
  } catch (error) {
    await close();
    throw error;
  }
}

function stopOnce(worker: Worker, stopped: Promise<void>): Promise<void> {
  if (worker.getState() === 'RUNNING') worker.shutdown();
  return stopped;
}
