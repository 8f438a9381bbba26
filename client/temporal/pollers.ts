/** Who polls a task queue, by what the server has seen. */
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

/** `TaskQueueType`: those that our workers poll. */
const QUEUES = { workflows: 1, activities: 2 } as const;
const { WORKER_VERSIONING_MODE_VERSIONED: VERSIONED } = temporal.api.enums.v1.WorkerVersioningMode;

/** What a worker polls for. */
export type Work = keyof typeof QUEUES;
export const KINDS_OF_WORK = Object.keys(QUEUES) as readonly Work[];

/** A worker that is there asks again after a minute at the latest; the server remembers for some minutes. */
const SEEN_WITHIN_MS = 75_000;

const NO_VERSION = 'no version';

/** Processes that have polled a moment ago. */
export interface Pollers {
  /** Those that the server gives work to. */
  readonly served: number;
  /** Releases of the others, each once, as `deployment:build` or `no version`. */
  readonly idle: readonly string[];
  /** The release that gets work, alike. */
  readonly current: string;
}

export async function findPollers(client: Client, taskQueue: string, work: Work): Promise<Pollers> {
  const { namespace } = client.options;
  const request = { namespace, taskQueue: { name: taskQueue }, taskQueueType: QUEUES[work] };
  const { pollers, versioningInfo } = await client.workflowService.describeTaskQueue(request);
  const since = Date.now() - SEEN_WITHIN_MS;
  const seen = (pollers ?? []).filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000 > since);
  const current = named(versioningInfo?.currentDeploymentVersion);
  const ramping = versioningInfo?.rampingVersionPercentage ? named(versioningInfo.rampingDeploymentVersion) : current;
  const versions = seen.map(({ deploymentOptions }) =>
    named(deploymentOptions?.workerVersioningMode === VERSIONED ? deploymentOptions : null),
  );
  const idle = versions.filter((version) => version !== current && version !== ramping);
  return { served: versions.length - idle.length, idle: [...new Set(idle)], current };
}

interface Version {
  readonly deploymentName?: string | null;
  readonly buildId?: string | null;
}

/** As the server's own lists name a release of a worker deployment. */
function named(version: Version | null | undefined): string {
  return version?.deploymentName ? `${version.deploymentName}:${version.buildId ?? ''}` : NO_VERSION;
}
