import { getHeapStatistics } from 'node:v8';
import { NativeConnection, type NativeConnectionOptions, Worker, type WorkerInterceptors } from '@temporalio/worker';
import type { ActivityOptions } from '../activities';
import { createNexusService } from '../nexus';
import { createDataConverter } from '../payloads';
import type { PrivateServer } from '../telemetry';
import { type WorkflowCode, workflowCode } from './bundle';
import { type DeploymentVersion, toDeploymentOptions } from './deployment';
import { withoutCostlyCompression } from './grpc-compression';
import { type HostedActivities, hostActivities } from './host-activities';
import type { PendingPosts } from './pending-posts';
import { skipReported } from './reported-results';
import type { WorkerSettings } from './settings';
import type { StoreHealth, StoreWait } from './store-health';
import { type Watched, type WatchOptions, watchWorker } from './watch';
import { WORKFLOW_TASK_TIMEOUT } from './workflow-task-timeout';

/** Options of `startWorker`. */
export interface WorkerOptions {
  readonly settings: WorkerSettings;
  readonly connection: NativeConnectionOptions;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Maximum concurrent activities; each submits or follows one job. Default 500. */
  readonly maxActivities?: number;
  /**
   * The worker's deployment version; it receives no work until that version is current. Default `null`: not versioned.
   */
  readonly deployment?: DeploymentVersion | null;
  /** What to do while the store is unavailable. Default: the start fails with `StoreUnavailable`. */
  readonly storeWait?: StoreWait;
  /** Whether to serve the Nexus service `imagepipeline` on the task queue. Default false. */
  readonly nexus?: boolean;
  /** Where to serve health and metrics. Default `null`: not served. */
  readonly watch?: WatchOptions | null;
  /** Whether to trace activities, with the provider installed in this process. Default false. */
  readonly traced?: boolean;
  /** The workflow code. Default: the bundle of the build, or a bundle made from the sources if there is none. */
  readonly code?: WorkflowCode;
  /** Overrides for tests and benchmarks, passed to `createActivities`. */
  readonly activities?: Partial<ActivityOptions>;
}

/** A worker that polls until it is stopped. */
export interface RunningWorker {
  /** Resolves when the worker has stopped; rejects if it failed. */
  readonly stopped: Promise<void>;
  /** Waits for POSTs in flight and hands polled jobs to another worker. */
  stop(): Promise<void>;
  /** URL of health and metrics; `null` if they are not served. */
  readonly watchUrl: string | null;
  /** Paid requests that were sent and not answered yet. */
  pendingPosts(): PendingPosts;
}

/** The SDK's default throttles heartbeats to every 12 s of the 15 s timeout, which leaves too little margin. */
const HEARTBEAT_THROTTLE_MS = 5_000;
/** About one heartbeat interval, which lets the last heartbeat through. */
const SHUTDOWN_GRACE_MS = 3_000;
/**
 * More than are active at once: a batch has a few pages, and single items are active while they have a permit. A workflow
 * that is not cached is replayed.
 */
const MAX_CACHED_WORKFLOWS = 1_000;
/** Longer than any POST: interrupting one would leave its outcome unknown. */
const SHUTDOWN_FORCE_MS = 90_000;

/**
 * Connects, creates a worker with the workflows and activities, and starts it once its store is available.
 *
 * @throws StoreUnavailable unless `storeWait` is set
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { settings, namespace, taskQueue, deployment = null, nexus = false, traced = false } = options;
  const hosted = hostActivities(settings, options.activities);
  const dataConverter = createDataConverter(settings.encryption ?? null);
  const { code = workflowCode(dataConverter) } = options;
  const connection = await NativeConnection.connect(withoutCostlyCompression(options.connection));
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
      // Also applies to the client that activities use.
      dataConverter,
      connection,
      namespace,
      taskQueue,
      ...(deployment === null ? {} : { workerDeploymentOptions: toDeploymentOptions(deployment) }),
      activities: hosted.activities,
      ...(nexus ? { nexusServices: [createNexusService()] } : {}),
      maxConcurrentActivityTaskExecutions: options.maxActivities ?? 500,
      maxCachedWorkflows: countCachedWorkflows(),
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

/**
 * The SDK's own limit for this heap, at most `MAX_CACHED_WORKFLOWS`. On a machine of 24 GiB the SDK would cache 2,300, and a
 * worker with as many waiting items would use 2 GiB.
 */
function countCachedWorkflows(): number {
  const heapMiB = getHeapStatistics().heap_size_limit / 2 ** 20;
  const byHeap = Math.floor((Math.max(0, heapMiB - 200) * 600) / 1_024);
  return Math.max(10, Math.min(MAX_CACHED_WORKFLOWS, byHeap));
}

/** Bundled interceptors apply to workflows; those of traces only if the worker is traced. */
async function listInterceptors(code: WorkflowCode, isTraced: boolean): Promise<WorkerInterceptors> {
  if (!isTraced) return { ...code.interceptors, activity: [skipReported] };
  const { tracingInterceptors } = await import('./tracing');
  const { client, activity } = tracingInterceptors();
  return { ...code.interceptors, client, activity: [skipReported, ...activity] };
}

/** Closes the connection if the worker cannot start; an open connection would keep the process alive. */
async function orClose<T>(close: () => Promise<void>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await close();
    throw error;
  }
}

/** Served before the worker exists, which shows operators a worker that waits for its store. */
async function serve({ watch = null }: WorkerOptions, watched: Watched): Promise<PrivateServer | null> {
  return watch === null ? null : watchWorker(watch, watched);
}

/**
 * Waits for the store before polling: results that cannot be kept must not be paid. Returns `false` if the wait was
 * aborted.
 */
async function untilStoreIsWell(health: StoreHealth, wait: StoreWait | null): Promise<boolean> {
  if (wait !== null) return health.untilWell(wait);
  await health.check();
  return true;
}

/** The worker was stopped while it waited for its store. */
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
