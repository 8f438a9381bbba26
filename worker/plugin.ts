/** Adds everything of this package to an existing worker in one line. */
import { SimplePlugin } from '@temporalio/plugin';
import type { Worker, WorkerOptions } from '@temporalio/worker';
import { createNexusService } from '../nexus';
import { createDataConverter } from '../payloads';
import { type WorkflowCode, workflowCode } from './bundle';
import { type HostedActivities, hostActivities } from './host-activities';
import { skipReported } from './reported-results';
import type { WorkerSettings } from './settings';
import { WORKFLOW_TASK_TIMEOUT } from './workflow-task-timeout';

/** The worker already has activities with our names; one would silently replace the other. */
export class ActivityNameError extends Error {
  override readonly name = 'ActivityNameError';

  constructor(readonly activities: readonly string[]) {
    super(
      `the worker already has activities named ${activities.join(', ')}; rename them, because these names are ours`,
    );
  }
}

/** Options of `ImagePipelinePlugin`. */
export interface PluginOptions {
  /** Whether the worker serves the Nexus service `imagepipeline` on its task queue. Default false. */
  readonly nexus?: boolean;
}

/**
 * Registers the activities, the data converter and the workflows. A worker with its own `workflowsPath` or
 * `workflowBundle` must export ours there, from `imagepipeline-temporal/workflows`. On a client, it sets the data
 * converter.
 */
export class ImagePipelinePlugin extends SimplePlugin {
  readonly #settings: WorkerSettings;
  #hosted: HostedActivities | null = null;
  #running = 0;

  /** @param settings as returned by `parseWorkerSettings` */
  constructor(settings: WorkerSettings, { nexus = false }: PluginOptions = {}) {
    super({
      name: 'imagepipeline',
      dataConverter: createDataConverter(settings.encryption ?? null),
      nexusServices: nexus ? [createNexusService()] : [],
    });
    this.#settings = settings;
  }

  /** @throws ActivityNameError */
  override configureWorker(given: WorkerOptions): WorkerOptions {
    const options = super.configureWorker(given);
    this.#hosted ??= hostActivities(this.#settings);
    const { activities } = this.#hosted;
    const taken = Object.keys(options.activities ?? {}).filter((name) => Object.hasOwn(activities, name));
    if (taken.length > 0) throw new ActivityNameError(taken);
    const hasWorkflows = options.workflowsPath !== undefined || options.workflowBundle !== undefined;
    const code: WorkflowCode = hasWorkflows ? {} : workflowCode(createDataConverter(this.#settings.encryption ?? null));
    const turns = hasWorkflows ? {} : WORKFLOW_TASK_TIMEOUT;
    const activity = [skipReported, ...(options.interceptors?.activity ?? [])];
    const interceptors = { ...options.interceptors, ...code.interceptors, activity };
    return { ...turns, ...options, ...code, interceptors, activities: { ...options.activities, ...activities } };
  }

  /**
   * Connections to the provider and the store close with the last worker that uses them.
   *
   * @throws StoreUnavailable before the worker takes work
   */
  override async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    this.#running += 1;
    try {
      // Results that cannot be kept must not be paid.
      await this.#hosted?.storeHealth.check();
      await super.runWorker(worker, next);
    } finally {
      this.#running -= 1;
      if (this.#running === 0) await this.#close();
    }
  }

  async #close(): Promise<void> {
    const hosted = this.#hosted;
    this.#hosted = null;
    await hosted?.close();
  }
}
