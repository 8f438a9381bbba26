/** A batch as a child workflow. It runs on our workers, so the parent's workers need none of our code. */
import {
  type ChildWorkflowOptions,
  executeChild,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { type BatchOptions, toStartSettings } from '../domain/batch/batch-options';
import { type BatchStatus, toBatchStatus } from '../domain/batch/batch-status';
import { BATCH_INPUT_CHECKS, findInputProblems } from '../domain/batch/input-checks';
import { refuseProblems } from '../domain/item/application-failure';
import type { PlainRow } from '../domain/item/item';
import { checkId } from '../domain/item/item-name';
import { DEFAULT_OPERATION, type OperationName } from '../domain/operations/operations';
import { resolveInputs } from '../item/resolve-inputs';
import { type BatchInput, TASK_QUEUE } from '../messages';
import type { imagePipelineBatch } from './batch-workflow';

/** A batch whose rows are in the store, as returned by `client.storeBatch`; it may be an argument of a workflow. */
export interface StoredBatch {
  readonly id: string;
  readonly input: BatchInput;
  /** Hash of the rows. */
  readonly manifestHash: string;
}

/** A row that is passed to a batch at its start. */
export interface BatchChildRow {
  /** Unique in the batch; letters, digits, `.`, `_`, `-`. */
  readonly key: string;
  /** As those of `executeImage`. Only the provider checks them. */
  readonly request: PlainRow['request'];
  /** Default `generate/image`. */
  readonly operation?: OperationName;
}

/** Options of a batch with few rows, which become part of the histories of parent and child. */
export interface BatchChildOptions extends BatchOptions {
  /** Name of the batch and the child workflow. An id that was used before is refused. */
  readonly id: string;
  /** At most 250 rows. Store more with `client.storeBatch` first. */
  readonly rows: readonly BatchChildRow[];
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
  const { id, input, manifestHash } = 'stored' in options ? options.stored : await toStoredBatch(options);
  const state = await executeChild<typeof imagePipelineBatch>('imagePipelineBatch', {
    workflowId: checkId(id),
    taskQueue: options.taskQueue ?? TASK_QUEUE,
    args: [input],
    staticSummary: `${input.parts.reduce((sum, size) => sum + size, 0)} items`,
    ...(manifestHash === '' ? {} : { memo: { [REQUEST_MEMO]: manifestHash } }),
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    // A terminated workflow leaves no report of its payments.
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
  } satisfies ChildWorkflowOptions & { args: [BatchInput] });
  return toBatchStatus(id, state, null);
}

/** The child writes the rows to the store. */
async function toStoredBatch({
  id,
  rows,
  account,
  taskQueue = TASK_QUEUE,
  ...settings
}: BatchChildOptions): Promise<StoredBatch> {
  const plain = rows.map(({ key, request, operation = DEFAULT_OPERATION }) => ({ key, request, operation }));
  const held = account === undefined ? {} : { account };
  const input = { ...toStartSettings(settings), ...held, rows: plain, parts: [rows.length], rowsHash: '0' };
  refuseProblems(findInputProblems(BATCH_INPUT_CHECKS, input));
  const resolved = await resolveInputs(plain, { taskQueue, nameRequest: (index) => `rows[${index}].request` });
  return { id, input: { ...input, rows: resolved }, manifestHash: '' };
}
