/** Runs each submission of a page's items as its own workflow, for users who want each item as a row in Temporal UI. */
import {
  type ChildWorkflowHandle,
  ParentClosePolicy,
  startChild,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { itemWorkflowId } from '../domain/batch/batch-ids';
import type { AwaitJobInput, Queued, SubmitJobInput } from '../domain/item/activity-contract';
import { classifyActivityError } from '../domain/item/application-failure';
import type { JobCallback } from '../domain/item/callback';
import type { AcceptedJob, CompletedJob } from '../domain/item/item';
import type { PermitPolicy, SubmitTerms } from '../domain/item/permits';
import type { imagePipelineBatchItem } from '../item/batch-item-workflow';
import { ITEM_ACTIVITIES, type ItemCalls } from '../item/item-activities';
import { type AcceptedItem, jobCallbackSignal } from '../messages';

export class ItemWorkflows implements ItemCalls {
  /** By key of an item whose submission has no answer yet. */
  private readonly accept = new Map<string, (job: AcceptedJob) => void>();
  /** By key of an item whose job is accepted. */
  private readonly children = new Map<string, ChildWorkflowHandle<typeof imagePipelineBatchItem>>();

  constructor(private readonly batchId: string) {}

  /** A submission's workflow reports its job. */
  onAccepted({ key, job }: AcceptedItem): void {
    this.accept.get(key)?.(job);
  }

  /** The page gets all callbacks, because it decides what follows from a lost answer. */
  onCallback(callback: JobCallback): void {
    const child = this.children.get(callback.key);
    // A workflow that has ended has read the job.
    child?.signal(jobCallbackSignal, callback).catch(() => undefined);
  }

  async submitJob(
    input: SubmitJobInput,
    terms: SubmitTerms,
    _retriedBy: PermitPolicy['retriedBy'],
    read: Omit<AwaitJobInput, 'job'>,
  ): Promise<AcceptedJob | Queued> {
    const { key } = input;
    const submit = { ...input, callbackTo: workflowInfo().workflowId };
    // The job may be reported together with the start of the workflow.
    const accepted = new Promise<AcceptedJob>((resolve) => this.accept.set(key, resolve));
    try {
      const child = await this.start(submit, terms, read);
      // A callback may come before the acceptance.
      this.children.set(key, child);
      const first = await Promise.race([accepted, child.result()]);
      if ('queued' in first) {
        this.children.delete(key);
        return first;
      }
      // The child waits for the callback.
      const { expectsCallback: _expectsCallback, ...job } = await accepted;
      return job;
    } catch (error) {
      this.children.delete(key);
      throw error;
    } finally {
      this.accept.delete(key);
    }
  }

  /** A job whose workflow is gone is paid, so the page reads it itself. */
  async awaitJob(input: AwaitJobInput): Promise<CompletedJob> {
    const child = this.children.get(input.key);
    if (child === undefined) return ITEM_ACTIVITIES.awaitJob(input);
    try {
      const result = await child.result();
      return 'queued' in result ? await ITEM_ACTIVITIES.awaitJob(input) : result;
    } catch (error) {
      if (classifyActivityError(error).kind !== 'terminated') throw error;
      return ITEM_ACTIVITIES.awaitJob(input);
    } finally {
      this.children.delete(input.key);
    }
  }

  private start(
    submit: SubmitJobInput,
    terms: SubmitTerms,
    read: Omit<AwaitJobInput, 'job'>,
  ): Promise<ChildWorkflowHandle<typeof imagePipelineBatchItem>> {
    const { key, operation, submission } = submit;
    return startChild<typeof imagePipelineBatchItem>('imagePipelineBatchItem', {
      workflowId: itemWorkflowId(this.batchId, key),
      // The next submission of an item, and a redrive, run under the same id.
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `${operation} · submission ${submission}`,
      args: [{ submit, terms, read }],
    });
  }
}
