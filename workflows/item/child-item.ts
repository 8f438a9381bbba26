/** An item as a child workflow. It runs on our workers, so the parent's workers need none of our code. */
import {
  type ChildWorkflowHandle,
  type ChildWorkflowOptions,
  executeChild,
  ParentClosePolicy,
  startChild,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { withoutMissing } from '../domain/base/without-missing';
import { readChildReport } from '../domain/item/application-failure';
import type { RequestFields } from '../domain/item/item';
import { checkId } from '../domain/item/item-name';
import { type AgainOptions, type ItemWork, toSuperseded } from '../domain/item/item-options';
import { toWholeReport, type WholeReport } from '../domain/item/result-row';
import { DEFAULT_OPERATION } from '../domain/operations/operations';
import { type ItemInput, TASK_QUEUE, toItemMemo } from '../messages';
import type { imagePipelineItem } from './item-workflow';
import { resolveWork } from './resolve-inputs';

type Passed = 'deadlineMs' | 'jobTimeBudgetMs' | 'account' | 'waitWhileHeld' | 'values' | 'notify';

interface ChildTerms extends Pick<ItemInput, Passed>, AgainOptions {
  /**
   * Name of the item, its file and the child workflow: at most 128 letters, digits, `.`, `_`, `-`. An id that was used
   * before is refused, so a repetition never pays twice.
   */
  readonly id: string;
  /** Task queue of workers with our workflows. Default `imagepipeline`. */
  readonly taskQueue?: string;
}

/** Options of an item as a child workflow: of one operation, or of several steps. */
export type ItemChildOptions = ChildTerms & ItemWork;

/** Options of an item of one operation as a child workflow. */
export type ImageChildOptions = Extract<ItemChildOptions, { readonly request: RequestFields }>;

/**
 * Runs an item and returns its report for every outcome: check `outcome` and `code`.
 *
 * @throws ApplicationFailure `INPUT_INVALID` for an id that cannot name a file, and for an input that cannot be used
 * @throws ChildWorkflowFailure if the child was cancelled, alone or with this workflow, or was terminated
 * @throws WorkflowExecutionAlreadyStartedError if the id was used before
 */
export async function executeItem(options: ItemChildOptions): Promise<WholeReport> {
  const resolved = await childOptions(options);
  try {
    return toWholeReport(await executeChild<typeof imagePipelineItem>('imagePipelineItem', resolved));
  } catch (error) {
    const report = readChildReport(error);
    if (report === null) throw error;
    return toWholeReport(report);
  }
}

/** As `executeItem`, for one operation. */
export function executeImage(options: ImageChildOptions): Promise<WholeReport> {
  return executeItem(options);
}

/**
 * Starts an item; its `result()` throws for every outcome but `succeeded`, with the code as the type of the cause.
 *
 * @throws ApplicationFailure, WorkflowExecutionAlreadyStartedError as `executeItem`
 */
export async function startItem(options: ItemChildOptions): Promise<ChildWorkflowHandle<typeof imagePipelineItem>> {
  return startChild<typeof imagePipelineItem>('imagePipelineItem', await childOptions(options));
}

/** As `startItem`, for one operation. */
export function startImage(options: ImageChildOptions): Promise<ChildWorkflowHandle<typeof imagePipelineItem>> {
  return startItem(options);
}

async function childOptions({ id, taskQueue = TASK_QUEUE, again, allowUnknown, ...given }: ItemChildOptions) {
  const workflowId = checkId(id);
  const superseded = toSuperseded(withoutMissing({ again, allowUnknown }));
  const input = await resolveWork<ItemWork>(given, { taskQueue });
  const reuse =
    again === true ? WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY : WorkflowIdReusePolicy.REJECT_DUPLICATE;
  return {
    workflowId,
    taskQueue,
    memo: toItemMemo(findOperationOf(input), Array.isArray(input.steps) ? input.steps : undefined),
    args: [{ ...(withoutMissing(input) as ItemInput), ...superseded }],
    workflowIdReusePolicy: reuse,
    // A terminated workflow leaves no report of its payments.
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
  } satisfies ChildWorkflowOptions & { args: [ItemInput] };
}

/** That of the last step. */
function findOperationOf({ operation = DEFAULT_OPERATION, steps }: ItemWork): string {
  return Array.isArray(steps) ? String(steps.at(-1)?.operation) : operation;
}
