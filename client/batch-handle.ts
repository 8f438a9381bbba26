import { type Client, WorkflowFailedError, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { BatchState } from '../workflows/domain/batch-state';
import type { Allowance } from '../workflows/domain/budget';
import type { imageBatch } from '../workflows/image-batch';
import {
  budgetUpdate,
  cancelUpdate,
  concurrencyUpdate,
  maxFailuresUpdate,
  pauseUpdate,
  resumeUpdate,
} from '../workflows/messages';
import { type BatchStatus, readBatchStatus, statusOf } from './batch-status';
import { connectionError } from './connection';
import { BatchNotFoundError, BatchRefusedError } from './errors';
import { findFailingTask } from './pending-trouble';
import { updateWorkflow } from './update-workflow';

/**
 * One batch, whoever started it. Each control answers with the state that it led to. Where no server answers, each fails
 * with a `NoServerError` after a quarter of a minute; where no worker does, with a `WorkerMissingError` after some seconds,
 * and the change may still be made when a worker starts.
 */
export class BatchHandle {
  constructor(
    private readonly client: Client,
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

  /** @param jobs in flight at the most, from 1 to 10000 */
  setConcurrency(jobs: number): Promise<BatchStatus> {
    return this.control(() => this.workflow.executeUpdate(concurrencyUpdate, { args: [jobs] }));
  }

  /** @param limit failed or unknown items that are tolerated, for instance `12` or `5%` */
  setMaxFailures(limit: string): Promise<BatchStatus> {
    return this.control(() => this.workflow.executeUpdate(maxFailuresUpdate, { args: [limit] }));
  }

  /** What this run of the batch may spend in all; one that its budget has paused goes on if it is enough. */
  setBudget(budget: Partial<Allowance>): Promise<BatchStatus> {
    return this.control(() => this.workflow.executeUpdate(budgetUpdate, { args: [budget] }));
  }

  private get workflow() {
    return this.client.workflow.getHandle<typeof imageBatch>(this.id);
  }

  private control(update: () => Promise<BatchState>): Promise<BatchStatus> {
    return this.ask(async () => {
      try {
        const described = await this.workflow.describe();
        const failing = findFailingTask(described);
        if (failing !== null) throw new BatchRefusedError(this.id, `${failing}. ${TERMINATE}`);
        const { taskQueue } = described;
        await updateWorkflow(this.client, { workflowId: this.id, taskQueue }, update);
        return await readBatchStatus(this.client, this.id);
      } catch (error) {
        if (error instanceof WorkflowUpdateFailedError) throw new BatchRefusedError(this.id, causeOf(error));
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
      throw connectionError(this.client, error);
    }
  }
}

const TERMINATE =
  'If no release of the worker can go on with it, terminate this workflow: its pages collect what is in flight and end';

function causeOf({ cause, message }: WorkflowUpdateFailedError): string {
  return cause?.message ?? message;
}
