/** An item as a child workflow. It runs on our workers, so the parent's workers need none of our code. */
import {
  type ChildWorkflowHandle,
  type ChildWorkflowOptions,
  executeChild,
  ParentClosePolicy,
  startChild,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { readChildReport } from '../domain/item/application-failure';
import type { AllFiles, ItemReport, RequestFields } from '../domain/item/item';
import { checkId } from '../domain/item/item-name';
import { ANY_RUN } from '../domain/item/journal-entry';
import { withAllFiles } from '../domain/item/result-row';
import { DEFAULT_OPERATION } from '../domain/operations/operations';
import { type ItemInput, OPERATION_MEMO, TASK_QUEUE } from '../messages';
import type { imagePipelineItem } from './item-workflow';

type Passed = 'operation' | 'deadlineMs' | 'jobTimeBudgetMs' | 'account' | 'waitWhileHeld';

/** Options of an item as a child workflow. */
export interface ImageChildOptions extends Pick<ItemInput, Passed> {
  /**
   * Name of the item, its file and the child workflow: at most 128 letters, digits, `.`, `_`, `-`. An id that was used
   * before is refused, so a repetition never pays twice.
   */
  readonly id: string;
  /** The provider's fields, for instance `{ prompt, width, height }`. */
  readonly request: RequestFields;
  /** Task queue of workers with our workflows. Default `imagepipeline`. */
  readonly taskQueue?: string;
  /** Reruns an id that failed, was cancelled or ended unknown; this may be a second payment. Default false. */
  readonly again?: boolean;
}

/**
 * Runs an item and returns its report for every outcome: check `outcome` and `code`.
 *
 * @throws ApplicationFailure `INPUT_INVALID` for an id that cannot name a file
 * @throws ChildWorkflowFailure if the child was cancelled, alone or with this workflow, or was terminated
 * @throws WorkflowExecutionAlreadyStartedError if the id was used before
 */
export async function executeImage(options: ImageChildOptions): Promise<ItemReport & AllFiles> {
  try {
    return withAllFiles(await executeChild<typeof imagePipelineItem>('imagePipelineItem', childOptions(options)));
  } catch (error) {
    const report = readChildReport(error);
    if (report === null) throw error;
    return withAllFiles(report);
  }
}

/**
 * Starts an item; its `result()` throws for every outcome but `succeeded`, with the code as the type of the cause.
 *
 * @throws ApplicationFailure, WorkflowExecutionAlreadyStartedError as `executeImage`
 */
export async function startImage(options: ImageChildOptions): Promise<ChildWorkflowHandle<typeof imagePipelineItem>> {
  return startChild<typeof imagePipelineItem>('imagePipelineItem', childOptions(options));
}

function childOptions({ id, taskQueue = TASK_QUEUE, again = false, ...input }: ImageChildOptions) {
  const reuse = again ? WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY : WorkflowIdReusePolicy.REJECT_DUPLICATE;
  return {
    workflowId: checkId(id),
    taskQueue,
    memo: { [OPERATION_MEMO]: input.operation ?? DEFAULT_OPERATION },
    args: [again ? { ...input, supersedes: ANY_RUN } : input],
    workflowIdReusePolicy: reuse,
    // A terminated workflow leaves no report of its payments.
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
  } satisfies ChildWorkflowOptions & { args: [ItemInput] };
}
