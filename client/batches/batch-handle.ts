import { WorkflowFailedError, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { BEGINNING, type Manifest } from '../../activities/store';
import { toConnectionError } from '../../connection/connection';
import { BatchNotFoundError, BatchRefusedError, InvalidRequestError } from '../../connection/errors';
import { updateWorkflow } from '../../connection/update-workflow';
import { BATCH_TYPE } from '../../connection/workflow-kinds';
import { type BatchChanges, findBatchChangeProblems, toBatchChange } from '../../input/requests/batch-settings';
import type { imagePipelineBatch } from '../../workflows/batch/batch-workflow';
import type { BatchState } from '../../workflows/domain/batch/batch-state';
import type { ResultLine } from '../../workflows/domain/item/result-row';
import type { Sidecar } from '../../workflows/domain/item/sidecar';
import { cancelUpdate, pauseUpdate, resumeUpdate, setBatchUpdate } from '../../workflows/messages';
import type { DownloadOptions, ResultFile } from '../result-file';
import { type AddOptions, addProgramRows } from './add-rows';
import type { BatchContext } from './batch-context';
import { describeRowFile, type FilesOptions, findRowAfter, findRowFile, listRowFiles } from './batch-files';
import { type BatchStatus, readBatchStatus, toBatchStatus } from './batch-status';
import { findBatch } from './find-manifest';
import { type ResultsOptions, readBatchResults } from './follow-results';
import { findFailingTask } from './pending-trouble';
import { type Redrive, type RedriveOptions, redriveWithRows } from './redrive-batch';
import { type BatchActivity, readBatchActivity } from './settled-results';

/**
 * A handle of a batch, started by any process. Each control returns the resulting state. If no server answers, each method fails
 * with a `NoServerError` after 15 s; if no worker answers, with a `WorkerMissingError` after some seconds,
 * and the change may still take effect when a worker starts.
 */
export class BatchHandle {
  constructor(
    private readonly context: BatchContext,
    /** The batch's id, which is also its workflow's id. */
    readonly id: string,
    /** Whether it had been started before the call that returned this handle. */
    readonly alreadyStarted: boolean = true,
  ) {}

  /**
   * @throws BatchNotFoundError
   * @throws WorkerMissingError
   * @throws NoServerError
   */
  status(): Promise<BatchStatus> {
    return this.ask(() => readBatchStatus(this.context, this.id));
  }

  /**
   * Waits until every item has ended and returns the last status. Failed items do not throw.
   *
   * @throws BatchNotFoundError
   * @throws NoServerError if the server is unreachable for more than 15 s; the batch continues once it is back
   * @throws ClientClosedError
   */
  result(): Promise<BatchStatus> {
    return this.ask(async () => {
      try {
        return toBatchStatus(this.id, await this.workflow.result(), null);
      } catch (error) {
        if (error instanceof WorkflowFailedError) return this.status();
        throw error;
      }
    });
  }

  /** Pauses the batch: nothing new is submitted; jobs in flight are collected. */
  pause(reason = ''): Promise<BatchStatus> {
    return this.control(() => this.workflow.executeUpdate(pauseUpdate, { args: [reason] }));
  }

  /** Continues a paused batch. Earlier failures no longer count towards `maxFailures`. */
  resume(): Promise<BatchStatus> {
    return this.control(() => this.workflow.executeUpdate(resumeUpdate));
  }

  /** Cancels the batch: nothing new is submitted; jobs in flight are collected, since they are charged. */
  cancel(): Promise<BatchStatus> {
    return this.control(() => this.workflow.executeUpdate(cancelUpdate));
  }

  /**
   * Changes limits while the batch runs. Absent limits do not change. A batch that its budget paused resumes if the new one suffices.
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
   * Yields the result of each item once, from the store. Asks the server only while an item has no outcome: results
   * stay readable after Temporal has deleted the batch's history. The first call with `after` reads the keys of all rows.
   *
   * @throws InvalidRequestError if the batch has no item with the key `after`
   * @throws ManifestNotFoundError if the store has no such batch
   * @throws NoServerError if the server must be asked and does not answer
   * @throws StoreUnavailable
   */
  async *results({ after, ...options }: ResultsOptions = {}): AsyncGenerator<ResultLine, void, undefined> {
    const { batches } = this.context.openStore();
    const manifest = await findBatch(this.context, this.id);
    const start = after === undefined ? BEGINNING : await findRowAfter(this.context, manifest, after);
    yield* readBatchResults(batches, manifest, () => this.readActivity(manifest), options, start);
  }

  /**
   * Finds a file of an item that has ended, to read its bytes from the store. Does not wait. The first call for a batch reads the
   * keys of all rows; for many items, use `files`.
   *
   * @throws FileMissingError if the item has no such file, or not yet
   * @throws InvalidRequestError if the batch has no item with this key
   * @throws ManifestNotFoundError if the store has no such batch
   * @throws NoServerError if the server must be asked and does not answer
   * @throws StoreUnavailable
   */
  async download(key: string, options: DownloadOptions = {}): Promise<ResultFile> {
    const manifest = await findBatch(this.context, this.id);
    return findRowFile(this.context, manifest, { key, ...options }, () => this.readActivity(manifest));
  }

  /**
   * Describes a file of an item that has ended, as `--sidecar` writes it: request, values, submissions, job ids, charge, SHA-256.
   *
   * @throws FileMissingError, InvalidRequestError, ManifestNotFoundError, NoServerError, StoreUnavailable as `download`
   */
  async sidecar(key: string, options: DownloadOptions = {}): Promise<Sidecar> {
    const manifest = await findBatch(this.context, this.id);
    return describeRowFile(this.context, manifest, { key, ...options }, () => this.readActivity(manifest));
  }

  /**
   * Yields the files of the items that `results` yields with the same options, to read their bytes from the store. Items without a
   * file are left out.
   *
   * @throws ManifestNotFoundError, NoServerError, StoreUnavailable as `results`
   */
  async *files({ role, ...options }: FilesOptions = {}): AsyncGenerator<ResultFile, void, undefined> {
    for await (const row of this.results(options)) yield* listRowFiles(this.context, this.id, row, role);
  }

  /**
   * Reruns the items that did not succeed, once the batch has ended; results merge into the same batch. If nothing is selected,
   * nothing is started.
   *
   * @throws InvalidRequestError with every problem of the options, or with keys that are not in the batch
   * @throws InvalidRowsError if a row is not valid
   * @throws ManifestNotFoundError if the store has no such batch
   * @throws BatchRefusedError if it runs, or belongs to another Temporal server
   * @throws OtherStoreError if the workers use another store
   * @throws NoServerError
   * @returns `null` if the signal was aborted during the wait for pages of a terminated run; nothing was started
   */
  redrive(options: RedriveOptions = {}): Promise<Redrive | null> {
    return redriveWithRows(this.context, this, options);
  }

  /**
   * Adds the rows that the batch does not have yet, as further items of it, once the batch has ended.
   *
   * @throws InvalidRequestError with every problem of the options
   * @throws InvalidRowsError if a row is not valid
   * @throws ManifestNotFoundError if the store has no such batch
   * @throws BatchRefusedError as `redrive`, or if a row differs from that of its key
   * @throws NoServerError
   * @returns the number of new items; `null` if the signal was aborted
   */
  add(options: AddOptions): Promise<number | null> {
    return addProgramRows(this.context, this, options);
  }

  private readActivity(manifest: Manifest): Promise<BatchActivity> {
    return this.ask(() => readBatchActivity(this.client, this.context.openStore().batches, manifest));
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
        // Other workflow types have updates with the same names.
        if (described.type !== BATCH_TYPE) throw new BatchNotFoundError(this.id, described.type);
        const failing = findFailingTask(described);
        if (failing !== null) throw new BatchRefusedError(this.id, `${failing}. ${TERMINATE}`);
        const { taskQueue } = described;
        await updateWorkflow(this.client, { workflowId: this.id, taskQueue }, update);
        return await readBatchStatus(this.context, this.id);
      } catch (error) {
        if (error instanceof WorkflowUpdateFailedError) throw new BatchRefusedError(this.id, findCause(error));
        if (error instanceof WorkflowNotFoundError) throw await this.endedOrUnknown(error);
        throw error;
      }
    });
  }

  /** Replaces the error of an update if the batch has ended: Temporal reports that as "not found", too. */
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
  'If no version of the worker can continue it, terminate this workflow: its pages collect the jobs in flight and end';

function findCause({ cause, message }: WorkflowUpdateFailedError): string {
  return cause?.message ?? message;
}
