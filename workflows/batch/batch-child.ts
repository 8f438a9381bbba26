/** A batch as a child workflow. It runs on our workers, so the parent's workers need none of our code. */
import {
  type ChildWorkflowOptions,
  executeChild,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { formatCount } from '../domain/base/format-count';
import { withoutMissing } from '../domain/base/without-missing';
import { type BatchOptions, type GivenRow, toStartSettings } from '../domain/batch/batch-options';
import { type BatchStatus, toBatchStatus } from '../domain/batch/batch-status';
import { BATCH_ROWS_INPUT_CHECKS, findInputProblems } from '../domain/batch/input-checks';
import { refuseProblems } from '../domain/item/application-failure';
import { checkId } from '../domain/item/item-name';
import { resolveInputs } from '../item/resolve-inputs';
import { type BatchInput, type BatchRowsInput, TASK_QUEUE } from '../messages';
import type { imagePipelineBatch } from './batch-workflow';

/** A batch whose rows are in the store, as returned by `client.storeBatch`; it may be an argument of a workflow. */
export interface StoredBatch {
  readonly id: string;
  readonly input: BatchInput;
  /** Hash of the rows. */
  readonly manifestHash: string;
}

/** Options of a batch with few rows, which become part of the histories of parent and child. */
export interface BatchChildOptions extends BatchOptions {
  /** Name of the batch and the child workflow. An id that was used before is refused. */
  readonly id: string;
  /** At most 250 rows. Store more with `client.storeBatch` first. */
  readonly rows: readonly GivenRow[];
  /** Account whose permits it uses. Default `default`. */
  readonly account?: string;
  /** Task queue of workers with our workflows. Default `imagepipeline`. */
  readonly taskQueue?: string;
}

/** Options of a batch whose rows are in the store. */
export interface StoredBatchChildOptions {
  readonly stored: StoredBatch;
  /** Task queue of workers with our workflows. Default `imagepipeline`. */
  readonly taskQueue?: string;
}

/** Memo with the hash of a workflow's request. */
const REQUEST_MEMO = 'requestHash';

/**
 * Runs a batch to its end and returns its last status, also if items failed: check `counts`. Cancelling the parent
 * cancels the batch, which then submits nothing more and ends when its jobs in flight have been collected.
 *
 * @throws ApplicationFailure `INPUT_INVALID` with every problem of the options
 * @throws ChildWorkflowFailure if the id was used for other rows, or if the child was terminated
 * @throws WorkflowExecutionAlreadyStartedError if a workflow of this id runs, or has run
 */
export async function executeBatch(options: BatchChildOptions | StoredBatchChildOptions): Promise<BatchStatus> {
  const { id, input, manifestHash } = 'stored' in options ? options.stored : await toPassedBatch(options);
  const state = await executeChild<typeof imagePipelineBatch>('imagePipelineBatch', {
    workflowId: checkId(id),
    taskQueue: options.taskQueue ?? TASK_QUEUE,
    args: [input],
    staticSummary: formatCount('rows' in input ? input.rows.length : sum(input.parts), 'item'),
    ...(manifestHash === '' ? {} : { memo: { [REQUEST_MEMO]: manifestHash } }),
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    // A terminated workflow leaves no report of its payments.
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
  } satisfies ChildWorkflowOptions & { args: [BatchInput | BatchRowsInput] });
  return toBatchStatus(id, state, null);
}

/** The child writes the rows to the store. Their inputs are resolved before it starts, while the id is still free. */
async function toPassedBatch({ id, rows, account, taskQueue = TASK_QUEUE, ...options }: BatchChildOptions) {
  const input: BatchRowsInput = { ...toStartSettings(options), ...withoutMissing({ account }), rows };
  refuseProblems(findInputProblems(BATCH_ROWS_INPUT_CHECKS, input));
  const resolved = await resolveInputs(rows, { taskQueue, nameRequest: (index) => `rows[${index}].request` });
  return { id, input: { ...input, rows: resolved }, manifestHash: '' };
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}
