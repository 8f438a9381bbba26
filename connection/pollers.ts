/** Finds the workers that poll a task queue, as the server has seen them. */
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

/** Values of `TaskQueueType` for the queues that our workers poll. */
const QUEUES = { workflows: 1, activities: 2 } as const;
const { WORKER_VERSIONING_MODE_VERSIONED: VERSIONED } = temporal.api.enums.v1.WorkerVersioningMode;

/** The kind of tasks that a worker polls. */
type Work = keyof typeof QUEUES;
export const KINDS_OF_WORK = Object.keys(QUEUES) as readonly Work[];

/** How recent a poll must be, in ms. A live worker polls at least once a minute; the server remembers polls for minutes. */
const SEEN_WITHIN_MS = 75_000;

const NO_VERSION = 'no version';

/** Processes that polled recently. */
export interface Pollers {
  /** Number of processes that receive work. */
  readonly served: number;
  /** Versions of the other processes, each once, as `deployment:build` or `no version`. */
  readonly idle: readonly string[];
  /** The version that receives work, in the same format. */
  readonly current: string;
}

export async function findPollers(client: Client, taskQueue: string, work: Work): Promise<Pollers> {
  const { namespace } = client.options;
  const request = { namespace, taskQueue: { name: taskQueue }, taskQueueType: QUEUES[work] };
  const { pollers, versioningInfo } = await client.workflowService.describeTaskQueue(request);
  const since = Date.now() - SEEN_WITHIN_MS;
  const seen = (pollers ?? []).filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000 > since);
  const current = formatVersion(versioningInfo?.currentDeploymentVersion);
  const ramping = versioningInfo?.rampingVersionPercentage
    ? formatVersion(versioningInfo.rampingDeploymentVersion)
    : current;
  const versions = seen.map(({ deploymentOptions }) =>
    formatVersion(deploymentOptions?.workerVersioningMode === VERSIONED ? deploymentOptions : null),
  );
  const idle = versions.filter((version) => version !== current && version !== ramping);
  return { served: versions.length - idle.length, idle: [...new Set(idle)], current };
}

interface Version {
  readonly deploymentName?: string | null;
  readonly buildId?: string | null;
}

/** Formats a worker deployment version as the server's lists do. */
function formatVersion(version: Version | null | undefined): string {
  return version?.deploymentName ? `${version.deploymentName}:${version.buildId ?? ''}` : NO_VERSION;
}
