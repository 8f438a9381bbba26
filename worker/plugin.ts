/** Everything of ours in one line of somebody else's worker. */
import { SimplePlugin } from '@temporalio/plugin';
import type { Worker, WorkerOptions } from '@temporalio/worker';
import { createDataConverter } from '../payloads';
import { type WorkflowCode, workflowCode } from './bundle';
import { type HostedActivities, hostActivities } from './host-activities';
import type { WorkerSettings } from './settings';
import { WORKFLOW_TASK_TIMEOUT } from './workflow-task-timeout';

/** Activities of the same name: one would silently take the place of the other. */
export class ActivityNameError extends Error {
  override readonly name = 'ActivityNameError';

  constructor(readonly activities: readonly string[]) {
    super(`the worker has activities of its own named ${activities.join(', ')}; rename them, for these are ours`);
  }
}

/**
 * Registers the activities, the data converter, and the workflows unless the worker has a `workflowsPath` or a
 * `workflowBundle` of its own, which then exports ours from `imagepipeline-temporal/workflows`. Given to a client, it
 * brings the data converter.
 */
export class ImagePipelinePlugin extends SimplePlugin {
  readonly #settings: WorkerSettings;
  #hosted: HostedActivities | null = null;
  #running = 0;

  /** @param settings as `parseWorkerSettings` reads them from the environment */
  constructor(settings: WorkerSettings) {
    super({ name: 'imagepipeline', dataConverter: createDataConverter(settings.encryption ?? null) });
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
    const interceptors = { ...options.interceptors, ...code.interceptors };
    return { ...turns, ...options, ...code, interceptors, activities: { ...options.activities, ...activities } };
  }

  /**
   * Connections to the provider and to the store end with the last worker that uses them.
   *
   * @throws StoreUnavailable before the worker takes work
   */
  override async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    this.#running += 1;
    try {
      // What cannot be kept must not be paid.
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
