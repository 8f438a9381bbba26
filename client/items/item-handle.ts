import { type WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { toConnectionError } from '../../connection/connection';
import { ImagePipelineError, ItemDeletedError, ItemNotFoundError } from '../../connection/errors';
import { readItemEnd } from '../../connection/read-item-end';
import { updateWorkflow } from '../../connection/update-workflow';
import { ITEM_TYPE } from '../../connection/workflow-kinds';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { SINGLE_ITEMS_FOLDER, type StoredResult } from '../../workflows/domain/item/item';
import { listFiles } from '../../workflows/domain/item/made-files';
import { toWholeReport, type WholeReport, withoutFiles } from '../../workflows/domain/item/result-row';
import { cancelNowUpdate } from '../../workflows/messages';
import type { BatchContext } from '../batches/batch-context';
import { type DownloadOptions, pickFile, type ResultFile, toResultFile } from '../result-file';
import { findDeletion, findItemFiles } from './find-item-files';
import { type ItemStatus, readItemStatus } from './item-status';

/** The report of an item whose result is stored. */
export type CompletedItem = EndedItem & { readonly outcome: 'succeeded'; readonly result: StoredResult };

/** The report of an item, with all of its files. */
export type EndedItem = WholeReport;

function isMade(report: EndedItem): report is CompletedItem {
  return report.outcome === 'succeeded' && report.result !== null;
}

function isSettled({ state }: ItemStatus): boolean {
  return state === 'succeeded' || state === 'cancelled';
}

/** The parts of a client that an item needs. */
export type ItemContext = Pick<BatchContext, 'temporal' | 'openStore'>;

/** A handle of an item that was started at any time, by this or another process. */
export class ItemHandle {
  constructor(
    private readonly context: ItemContext,
    /** The item's id, which is also the workflow's id. */
    readonly id: string,
    /** Whether it had been started before the call that returned this handle. */
    readonly alreadyStarted: boolean = true,
  ) {}

  /**
   * Waits until the result is stored. After a restart of this process, call it again with the same id.
   *
   * @throws ImagePipelineError with the code of the failure table if it failed, was cancelled or ended unknown
   * @throws ItemDeletedError if its files were deleted from the store
   * @throws ItemNotFoundError
   * @throws NoServerError if the server is unreachable for more than 15 s; the item continues once it is back
   * @throws ClientClosedError
   */
  async result(): Promise<CompletedItem> {
    const { report, failure } = await this.end();
    if (isMade(report)) return report;
    if (report.deletedAt !== undefined) throw new ItemDeletedError(this.id, report.deletedAt);
    throw new ImagePipelineError(this.id, report, { cause: failure });
  }

  /**
   * Like `result`, but also returns the report of an item that did not succeed.
   *
   * @throws ItemNotFoundError
   * @throws NoServerError
   * @throws ClientClosedError
   */
  async report(): Promise<EndedItem> {
    return (await this.end()).report;
  }

  /**
   * Reads its current status.
   *
   * @throws ItemNotFoundError
   * @throws NoServerError
   */
  async status(): Promise<ItemStatus> {
    const status = await this.ask(() => readItemStatus(this.client, this.id));
    // Temporal has one status for all items that did not succeed.
    if (status.state === 'succeeded' && status.steps === undefined) {
      const deletedAt = (await findDeletion(this.context, this.id)) ?? undefined;
      return { ...status, ...withoutMissing({ deletedAt }) };
    }
    if (status.state !== 'failed' && !(isSettled(status) && status.steps !== undefined)) return status;
    const { outcome, code, jobId, submissions, steps, deletedAt } = await this.report();
    return { ...status, state: outcome, lastCode: code, jobId, submissions, ...withoutMissing({ steps, deletedAt }) };
  }

  /**
   * Finds a file of the item, to read its bytes from the store. Does not wait: while the item runs, only the files of its finished
   * steps are there. Works without Temporal, and after Temporal has deleted the history.
   *
   * @throws FileMissingError if the item has no such file, or not yet
   * @throws ItemNotFoundError if neither Temporal nor the store knows it
   * @throws ItemDeletedError, StoreUnavailable
   */
  async download(options: DownloadOptions = {}): Promise<ResultFile> {
    const found = await this.ask(() => findItemFiles(this.context, this.id));
    const file = pickFile({ ...found, name: `item ${JSON.stringify(this.id)}` }, options);
    return toResultFile(this.context.openStore(), SINGLE_ITEMS_FOLDER, this.id, file);
  }

  /**
   * Requests cancellation: nothing more is submitted. The provider cannot cancel an accepted job, which
   * is charged, so it is collected: the item ends as the job does, and as cancelled only if no job was accepted. Returns
   * as soon as the request is recorded. An item that has ended does not change.
   *
   * @param options `now`: do not wait for the job; the item ends unknown, with the job's id in its report; requires a worker
   * @throws ItemNotFoundError also if the id belongs to another kind of workflow, which is not cancelled
   * @throws NoServerError
   * @throws WorkerMissingError with `now`, after some seconds without a worker
   */
  async cancel({ now = false }: { readonly now?: boolean } = {}): Promise<void> {
    const workflow = this.client.workflow.getHandle(this.id);
    await this.ask<unknown>(async () => {
      const { type, status, taskQueue } = await workflow.describe();
      if (type !== ITEM_TYPE) throw new ItemNotFoundError(this.id, type);
      if (status.name !== 'RUNNING') return undefined;
      if (!now) return workflow.cancel();
      const update = () => workflow.executeUpdate(cancelNowUpdate);
      return updateWorkflow(this.client, { workflowId: this.id, taskQueue }, update);
    });
  }

  private async end(): Promise<{ readonly report: EndedItem; readonly failure: WorkflowFailedError | null }> {
    const { report, failure } = await this.ask(() => readItemEnd(this.client, this.id));
    const whole = toWholeReport(report);
    const deletedAt = listFiles(whole).length === 0 ? null : await findDeletion(this.context, this.id);
    return { report: deletedAt === null ? whole : withoutFiles(whole, deletedAt), failure };
  }

  private get client() {
    return this.context.temporal;
  }

  private async ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.translateError(error);
    }
  }

  private translateError(error: unknown): unknown {
    if (error instanceof WorkflowNotFoundError) return new ItemNotFoundError(this.id);
    return toConnectionError(this.client, error);
  }
}
