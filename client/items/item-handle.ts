import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { readWorkflowEnd, type WorkflowEnd } from '../../workflows/domain/item/application-failure';
import type { ItemReport, StoredResult } from '../../workflows/domain/item/item';
import type { imagePipelineItem } from '../../workflows/item/item-workflow';
import { cancelNowUpdate, REPORT_MEMO } from '../../workflows/messages';
import { ImagePipelineError, ItemNotFoundError } from '../errors';
import { toConnectionError } from '../temporal/connection';
import { updateWorkflow } from '../temporal/update-workflow';
import { ITEM_TYPE } from '../temporal/workflow-kinds';
import { type ItemStatus, readItemStatus } from './item-status';

const NO_REPORT = { result: null, jobId: null, submissions: [] } as const;

/** What is told of an image that was made and stored. */
export type CompletedItem = ItemReport & { readonly outcome: 'succeeded'; readonly result: StoredResult };

function isMade(report: ItemReport): report is CompletedItem {
  return report.outcome === 'succeeded' && report.result !== null;
}

/** One image that was started, here or elsewhere, now or a week ago. */
export class ItemHandle {
  constructor(
    private readonly client: Client,
    /** The caller's id, which is the workflow's id too. */
    readonly id: string,
    /** Whether it had been started before the call that gave this handle. */
    readonly alreadyStarted: boolean = true,
  ) {}

  /**
   * Waits until the image is stored, however long that takes and however often this process restarts.
   *
   * @throws ImagePipelineError with the code of the failure table if it failed, was cancelled or ended unknown
   * @throws ItemNotFoundError
   * @throws NoServerError if the server is gone for longer than a quarter of a minute; the image goes on when it is back
   * @throws ClientClosedError
   */
  async result(): Promise<CompletedItem> {
    const { report, failure } = await this.end();
    if (isMade(report)) return report;
    throw new ImagePipelineError(this.id, report, { cause: failure });
  }

  /**
   * As `result`, but tells an image that was not made as any other.
   *
   * @throws ItemNotFoundError
   * @throws NoServerError
   * @throws ClientClosedError
   */
  async report(): Promise<ItemReport> {
    return (await this.end()).report;
  }

  /**
   * What it is doing now.
   *
   * @throws ItemNotFoundError
   * @throws NoServerError
   */
  async status(): Promise<ItemStatus> {
    const status = await this.ask(() => readItemStatus(this.client, this.id));
    // Temporal has one word for all that were not made.
    if (status.state !== 'failed') return status;
    const { outcome, code, jobId, submissions } = await this.report();
    return { ...status, state: outcome, lastCode: code, jobId, submissions };
  }

  /**
   * Asks it to stop: nothing further is submitted. A job that was already accepted cannot be called back at the provider and
   * is paid, so it is collected: the image then ends as the job does, and as cancelled only if nothing was accepted. Returns
   * as soon as the request is recorded. An image that has ended stays as it is.
   *
   * @param options `now`: the job is left alone, and the image ends unknown, with the job's id in its report; needs a worker
   * @throws ItemNotFoundError also where the id is that of another kind of workflow, which is not cancelled
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

  private async end(): Promise<{ readonly report: ItemReport; readonly failure: WorkflowFailedError | null }> {
    try {
      const report = await this.client.workflow.getHandle<typeof imagePipelineItem>(this.id).result();
      return { report, failure: null };
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw this.translateError(error);
      return { report: await this.reportAt(readWorkflowEnd(error.cause)), failure: error };
    }
  }

  /** A cancelled workflow leaves its report in the memo, since no failure carries it. */
  private async reportAt(end: WorkflowEnd): Promise<ItemReport> {
    if (end.kind !== 'cancelled' || end.report !== null) return toReport(end);
    const { memo } = await this.client.workflow.getHandle(this.id).describe();
    return toReport({ ...end, report: (memo?.[REPORT_MEMO] as ItemReport | undefined) ?? null });
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

/** The report that travelled in the failure, or what can be said where an operator ended the workflow from outside. */
function toReport(end: WorkflowEnd): ItemReport {
  switch (end.kind) {
    case 'failed':
      return end.report ?? { ...NO_REPORT, outcome: 'failed', code: end.code, message: end.message };
    case 'cancelled':
      return end.report ?? { ...NO_REPORT, outcome: 'cancelled', code: 'CANCELLED', message: 'Cancelled by request.' };
    case 'terminated':
      return unknownEnd(`An operator terminated the workflow (${end.message}).`);
    case 'timed-out':
      return unknownEnd('Temporal ended the workflow at its time limit.');
  }
}

/** Ended from outside in the middle of things: a submission may have been accepted. */
function unknownEnd(message: string): ItemReport {
  return { ...NO_REPORT, outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN', message };
}
