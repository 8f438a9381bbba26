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
import { resolveInput } from './resolve-inputs';

type Passed = 'operation' | 'deadlineMs' | 'jobTimeBudgetMs' | 'account' | 'waitWhileHeld';

/** Options of an item as a child workflow. */
export interface ImageChildOptions extends Pick<ItemInput, Passed> {
  /**
   * Name of the item, its file and the child workflow: at most 128 letters, digits, `.`, `_`, `-`. An id that was used
   * before is refused, so a repetition never pays twice.
   */
  readonly id: string;
  /**
   * The provider's fields, for instance `{ prompt, width, height }`. A picture may also be the result of an earlier item,
   * `item:ID` or `batch:ID/KEY`; for a file, see `client.storeInputs`.
   */
  readonly request: RequestFields;
  /** Task queue of workers with our workflows. Default `imagepipeline`. */
  readonly taskQueue?: string;
  /** Reruns an id that failed, was cancelled or ended unknown; this may be a second payment. Default false. */
  readonly again?: boolean;
}

/**
 * Runs an item and returns its report for every outcome: check `outcome` and `code`.
 *
 * @throws ApplicationFailure `INPUT_INVALID` for an id that cannot name a file, and for an input that cannot be used
 * @throws ChildWorkflowFailure if the child was cancelled, alone or with this workflow, or was terminated
 * @throws WorkflowExecutionAlreadyStartedError if the id was used before
 */
export async function executeImage(options: ImageChildOptions): Promise<ItemReport & AllFiles> {
  const resolved = await childOptions(options);
  try {
    return withAllFiles(await executeChild<typeof imagePipelineItem>('imagePipelineItem', resolved));
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
  return startChild<typeof imagePipelineItem>('imagePipelineItem', await childOptions(options));
}

async function childOptions({ id, taskQueue = TASK_QUEUE, again = false, ...given }: ImageChildOptions) {
  const workflowId = checkId(id);
  const input = await resolveInput(given, { taskQueue });
  const reuse = again ? WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY : WorkflowIdReusePolicy.REJECT_DUPLICATE;
  return {
    workflowId,
    taskQueue,
    memo: { [OPERATION_MEMO]: input.operation ?? DEFAULT_OPERATION },
    args: [again ? { ...input, supersedes: ANY_RUN } : input],
    workflowIdReusePolicy: reuse,
    // A terminated workflow leaves no report of its payments.
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
  } satisfies ChildWorkflowOptions & { args: [ItemInput] };
}
