import { NativeConnection, type NativeConnectionOptions, Worker, type WorkerInterceptors } from '@temporalio/worker';
import type { ActivityOptions } from '../activities';
import { createDataConverter } from '../payloads';
import type { PrivateServer } from '../telemetry';
import { type WorkflowCode, workflowCode } from './bundle';
import { type DeploymentVersion, toDeploymentOptions } from './deployment';
import { type HostedActivities, hostActivities } from './host-activities';
import type { PendingPosts } from './pending-posts';
import type { WorkerSettings } from './settings';
import type { StoreHealth, StoreWait } from './store-health';
import { type Watched, type WatchOptions, watchWorker } from './watch';
import { WORKFLOW_TASK_TIMEOUT } from './workflow-task-timeout';

/** What `startWorker` needs to know. */
export interface WorkerOptions {
  readonly settings: WorkerSettings;
  readonly connection: NativeConnectionOptions;
  readonly namespace: string;
  readonly taskQueue: string;
  /** How many activities run at once; one in flight is one image submitted or awaited. Default 500. */
  readonly maxActivities?: number;
  /** The release that this worker is; it gets no work until that is made current. Default `null`: not versioned. */
  readonly deployment?: DeploymentVersion | null;
  /** What is done while the store cannot be used. Default: the start fails with `StoreUnavailable`. */
  readonly storeWait?: StoreWait;
  /** Where health and metrics are served. Default `null`: nowhere. */
  readonly watch?: WatchOptions | null;
  /** Whether activities are traced, by the provider that is installed in this process. Default false. */
  readonly traced?: boolean;
  /** The workflows. Default: the bundle of the build; where there is none, one is made of the sources. */
  readonly code?: WorkflowCode;
  /** Overrides for tests and benchmarks, as given to `createActivities`. */
  readonly activities?: Partial<ActivityOptions>;
}

/** A worker that polls, until it is stopped. */
export interface RunningWorker {
  /** Ends when the worker has stopped; rejects if it failed. */
  readonly stopped: Promise<void>;
  /** Lets a POST under way finish and hands polled jobs over to the next worker. */
  stop(): Promise<void>;
  /** Of health and metrics; `null` if they are not served. */
  readonly watchUrl: string | null;
  /** Paid requests that were sent and are not answered yet. */
  pendingPosts(): PendingPosts;
}

/** The SDK would hold beats back for 12 s of the 15 s after which the server gives a worker up: too little is left to be late. */
const HEARTBEAT_THROTTLE_MS = 5_000;
/** About one heartbeat, so that the last one gets through. */
const SHUTDOWN_GRACE_MS = 3_000;
/** Longer than the longest POST: to be cut off there would leave its outcome unknown. */
const SHUTDOWN_FORCE_MS = 90_000;

/**
 * Connects, creates a worker that hosts the workflows and the activities, and starts it once its store can be used.
 *
 * @throws StoreUnavailable unless the store is waited for
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { settings, namespace, taskQueue, deployment = null, traced = false } = options;
  const hosted = hostActivities(settings, options.activities);
  const dataConverter = createDataConverter(settings.encryption ?? null);
  const { code = workflowCode(dataConverter) } = options;
  const connection = await NativeConnection.connect(options.connection);
  const close = async () => {
    await connection.close();
    await hosted.close();
  };
  const { storeHealth } = hosted;
  let worker: Worker | null = null;
  const isPolling = () => worker?.getState() === 'RUNNING';
  const watched = { isPolling, storeHealth, connection, namespace, dataConverter };
  const served = await orClose(close, () => serve(options, watched));
  const closeAll = async () => {
    await served?.close();
    await close();
  };
  const isWell = await orClose(closeAll, () => untilStoreIsWell(storeHealth, options.storeWait ?? null));
  if (!isWell) return neverStarted(hosted, served, closeAll);
  const created = await orClose(closeAll, async () =>
    Worker.create({
      ...code,
      interceptors: await listInterceptors(code, traced),
      // Also of the client that activities have.
      dataConverter,
      connection,
      namespace,
      taskQueue,
      ...(deployment === null ? {} : { workerDeploymentOptions: toDeploymentOptions(deployment) }),
      activities: hosted.activities,
      maxConcurrentActivityTaskExecutions: options.maxActivities ?? 500,
      maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE_MS,
      shutdownGraceTime: SHUTDOWN_GRACE_MS,
      shutdownForceTime: SHUTDOWN_FORCE_MS,
      ...WORKFLOW_TASK_TIMEOUT,
    }),
  );
  worker = created;
  const stopped = created.run().finally(closeAll);
  return {
    stopped,
    stop: () => stopOnce(created, stopped),
    watchUrl: served?.url ?? null,
    pendingPosts: () => hosted.pendingPosts(),
  };
}

/** What is bundled runs around the workflows in any case; the rest only where it is traced. */
async function listInterceptors(code: WorkflowCode, isTraced: boolean): Promise<WorkerInterceptors> {
  if (!isTraced) return code.interceptors ?? {};
  const { tracingInterceptors } = await import('./tracing');
  return { ...code.interceptors, ...tracingInterceptors() };
}

/** A worker that cannot be started must not leave a connection open, which would keep the process alive. */
async function orClose<T>(close: () => Promise<void>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await close();
    throw error;
  }
}

/** Before the worker is there, so that what waits for its store can be seen to wait. */
async function serve({ watch = null }: WorkerOptions, watched: Watched): Promise<PrivateServer | null> {
  return watch === null ? null : watchWorker(watch, watched);
}

/** `false`: it was ended before. What cannot be kept must not be paid, so nothing is polled before. */
async function untilStoreIsWell(health: StoreHealth, wait: StoreWait | null): Promise<boolean> {
  if (wait !== null) return health.untilWell(wait);
  await health.check();
  return true;
}

/** It was ended while it waited for its store. */
async function neverStarted(
  { pendingPosts }: HostedActivities,
  served: PrivateServer | null,
  close: () => Promise<void>,
): Promise<RunningWorker> {
  await close();
  const stopped = Promise.resolve();
  return { stopped, stop: () => stopped, watchUrl: served?.url ?? null, pendingPosts };
}

function stopOnce(worker: Worker, stopped: Promise<void>): Promise<void> {
  if (worker.getState() === 'RUNNING') worker.shutdown();
  return stopped;
}
