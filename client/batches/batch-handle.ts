import { WorkflowFailedError, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { imagePipelineBatch } from '../../workflows/batch/batch-workflow';
import type { BatchState } from '../../workflows/domain/batch/batch-state';
import { cancelUpdate, pauseUpdate, resumeUpdate, setBatchUpdate } from '../../workflows/messages';
import { BatchNotFoundError, BatchRefusedError, InvalidRequestError } from '../errors';
import { toConnectionError } from '../temporal/connection';
import { updateWorkflow } from '../temporal/update-workflow';
import { BATCH_TYPE } from '../temporal/workflow-kinds';
import type { BatchContext } from './batch-context';
import type { ResultLine } from './batch-results';
import { type BatchChanges, findBatchChangeProblems, toBatchChange } from './batch-settings';
import { type BatchStatus, readBatchStatus, statusOf } from './batch-status';
import { findManifest } from './find-manifest';
import { type ResultsOptions, readBatchResults } from './follow-results';
import { findFailingTask } from './pending-trouble';
import { type Redrive, type RedriveOptions, redriveWithRows } from './redrive-batch';
import { readBatchActivity } from './settled-results';

/**
 * One batch, whoever started it. Each control answers with the state that it led to. Where no server answers, each fails
 * with a `NoServerError` after a quarter of a minute; where no worker does, with a `WorkerMissingError` after some seconds,
 * and the change may still be made when a worker starts.
 */
export class BatchHandle {
  constructor(
    private readonly context: BatchContext,
    /** The batch's id, which is its workflow's id too. */
    readonly id: string,
    /** Whether it had been started before the call that gave this handle. */
    readonly alreadyStarted: boolean = true,
  ) {}

  /**
   * @throws BatchNotFoundError
   * @throws WorkerMissingError
   * @throws NoServerError
   */
  status(): Promise<BatchStatus> {
    return this.ask(() => readBatchStatus(this.client, this.id));
  }

  /**
   * Waits until every item has ended, and gives the last status; failed items are no error.
   *
   * @throws BatchNotFoundError
   * @throws NoServerError if the server is gone for longer than a quarter of a minute; the batch goes on when it is back
   * @throws ClientClosedError
   */
  result(): Promise<BatchStatus> {
    return this.ask(async () => {
      try {
        return statusOf(this.id, await this.workflow.result(), null);
      } catch (error) {
        if (error instanceof WorkflowFailedError) return this.status();
        throw error;
      }
    });
  }

  /** Nothing new is submitted; jobs in flight are collected. */
  pause(reason = ''): Promise<BatchStatus> {
    return this.control(() => this.workflow.executeUpdate(pauseUpdate, { args: [reason] }));
  }

  /** Goes on; failures until now are forgiven. */
  resume(): Promise<BatchStatus> {
    return this.control(() => this.workflow.executeUpdate(resumeUpdate));
  }

  /** Nothing new is submitted; jobs in flight are collected, for they are paid. */
  cancel(): Promise<BatchStatus> {
    return this.control(() => this.workflow.executeUpdate(cancelUpdate));
  }

  /**
   * Changes limits while it runs; what is absent stays as it is. A batch that its budget paused resumes if it is enough.
   *
   * @throws InvalidRequestError with every problem; nothing was changed
   */
  async set(changes: BatchChanges): Promise<BatchStatus> {
    const problems = findBatchChangeProblems(changes);
    if (problems.length > 0) throw new InvalidRequestError(problems);
    const change = toBatchChange(changes);
    return this.control(() => this.workflow.executeUpdate(setBatchUpdate, { args: [change] }));
  }

  /**
   * How the items ended, each once, from the store. The server is asked only while an item has no outcome, so that results
   * stay readable when Temporal has forgotten the batch.
   *
   * @throws ManifestNotFoundError if the store has no such batch
   * @throws NoServerError if the server has to be asked and does not answer
   * @throws StoreUnavailable
   */
  async *results(options: ResultsOptions = {}): AsyncGenerator<ResultLine, void, undefined> {
    const store = this.context.openStore();
    const manifest = await findManifest(store, this.id);
    const ask = () => this.ask(() => readBatchActivity(this.client, store.batches, manifest));
    yield* readBatchResults(store.batches, manifest, ask, options);
  }

  /**
   * Runs again what did not succeed, when the batch has ended; results merge into the same batch. With nothing selected
   * nothing is started.
   *
   * @throws InvalidRequestError with every problem of the options, or with keys that are not in the batch
   * @throws InvalidRowsError if a row is not valid
   * @throws ManifestNotFoundError if the store has no such batch
   * @throws BatchRefusedError if it runs, belongs to another Temporal server, or the workers have another store
   * @throws NoServerError
   * @returns `null`: the signal was aborted while pages of a terminated run were waited for; nothing was started
   */
  redrive(options: RedriveOptions = {}): Promise<Redrive | null> {
    return redriveWithRows(this.context, this, options);
  }

  private get client() {
    return this.context.temporal;
  }

  private get workflow() {
    return this.client.workflow.getHandle<typeof imagePipelineBatch>(this.id);
  }

  private control(update: () => Promise<BatchState>): Promise<BatchStatus> {
    return this.ask(async () => {
      try {
        const described = await this.workflow.describe();
        // Other kinds of workflows have updates of the same names.
        if (described.type !== BATCH_TYPE) throw new BatchNotFoundError(this.id, described.type);
        const failing = findFailingTask(described);
        if (failing !== null) throw new BatchRefusedError(this.id, `${failing}. ${TERMINATE}`);
        const { taskQueue } = described;
        await updateWorkflow(this.client, { workflowId: this.id, taskQueue }, update);
        return await readBatchStatus(this.client, this.id);
      } catch (error) {
        if (error instanceof WorkflowUpdateFailedError) throw new BatchRefusedError(this.id, findCause(error));
        if (error instanceof WorkflowNotFoundError) throw await this.endedOrUnknown(error);
        throw error;
      }
    });
  }

  /** An update finds no workflow also where the batch has ended. */
  private async endedOrUnknown(error: Error): Promise<Error> {
    const { status } = await this.workflow.describe();
    return status.name === 'RUNNING' ? error : new BatchRefusedError(this.id, 'the batch has ended');
  }

  private async ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw new BatchNotFoundError(this.id);
      throw toConnectionError(this.client, error);
    }
  }
}

const TERMINATE =
  'If no release of the worker can go on with it, terminate this workflow: its pages collect what is in flight and end';

function findCause({ cause, message }: WorkflowUpdateFailedError): string {
  return cause?.message ?? message;
}
