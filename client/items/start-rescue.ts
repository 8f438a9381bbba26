/** Starts the rescue of jobs: items that submit nothing and fetch the results of existing jobs. */

import { IdTakenError, InvalidRequestError, ItemDeletedError } from '../../connection/errors';
import { isOtherRequest, REQUEST_MEMO } from '../../connection/request-memo';
import { ITEM_TYPE } from '../../connection/workflow-kinds';
import type { WorkflowStarter } from '../../connection/workflow-starter';
import { hashRequest } from '../../input/requests/hash-request';
import {
  findRescueProblems,
  type RescueItemsOptions,
  type RescueOptions,
  toRescueId,
} from '../../input/requests/rescue-options';
import { DEFAULT_OPERATION, type OperationName } from '../../workflows/domain/operations/operations';
import type { imagePipelineItem } from '../../workflows/item/item-workflow';
import { type ItemInput, STEPS_MEMO, toItemMemo } from '../../workflows/messages';
import { findEarlierRun } from './earlier-run';
import { findDeletion } from './find-item-files';
import { type ItemContext, ItemHandle } from './item-handle';
import { refuseTaken, toTakenError } from './taken-ids';

/** Starts the rescue of one job. */
export async function startRescue(
  starter: WorkflowStarter,
  context: ItemContext,
  { jobId, ...terms }: RescueOptions,
): Promise<ItemHandle> {
  const options = { jobIds: [jobId], ...terms };
  refuseProblems(options);
  return startChecked(starter, context, await checkId(starter, context, toRescue(jobId, options)));
}

/**
 * Starts the rescues of all jobs concurrently, and returns them in the order of the jobs. No job is fetched if the id of
 * one cannot be used.
 */
export async function startRescues(
  starter: WorkflowStarter,
  context: ItemContext,
  options: RescueItemsOptions,
): Promise<readonly ItemHandle[]> {
  refuseProblems(options);
  const checks = options.jobIds.map((jobId) => checkId(starter, context, toRescue(jobId, options)).catch(returnTaken));
  const found = await Promise.all(checks);
  refuseTaken(found.filter((one) => one instanceof IdTakenError));
  return Promise.all(
    found.flatMap((one) => (one instanceof IdTakenError ? [] : [startChecked(starter, context, one)])),
  );
}

/** @throws any other error */
function returnTaken(error: unknown): IdTakenError {
  if (error instanceof IdTakenError) return error;
  throw error;
}

function refuseProblems(options: RescueItemsOptions): void {
  const problems = findRescueProblems(options);
  if (problems.length > 0) throw new InvalidRequestError(problems);
}

interface Rescue {
  readonly id: string;
  readonly jobId: string;
  readonly operation: OperationName;
}

interface CheckedRescue extends Rescue {
  /** Hash of the request that its id stands for. */
  readonly hash: string;
}

function toRescue(jobId: string, { operation = DEFAULT_OPERATION, id }: RescueItemsOptions): Rescue {
  return { id: id ?? toRescueId(jobId), jobId, operation };
}

/**
 * @throws IdTakenError if the id belongs to another kind of workflow, or to a running item of another request
 * @throws ItemDeletedError
 */
async function checkId({ temporal }: WorkflowStarter, context: ItemContext, rescue: Rescue): Promise<CheckedRescue> {
  const { id, jobId, operation } = rescue;
  const deletedAt = await findDeletion(context, id);
  if (deletedAt !== null) throw new ItemDeletedError(id, deletedAt);
  const hash = hashRequest(operation, { jobId });
  const run = await findEarlierRun(temporal, id);
  if (run === null) return { ...rescue, hash };
  if (run.memo?.[STEPS_MEMO] !== undefined)
    throw new InvalidRequestError([{ field: 'id', problem: toStepsProblem(id) }]);
  const isRunning = run.status.name === 'RUNNING';
  if (run.type !== ITEM_TYPE || (isRunning && isOtherRequest(run.memo, hash))) throw toTakenError(run, id);
  const kept = isRunning ? undefined : run.memo?.[REQUEST_MEMO];
  return { ...rescue, hash: typeof kept === 'string' ? kept : hash };
}

/** A job id does not name its step. */
function toStepsProblem(id: string): string {
  const command = `imagepipeline run --recipe FILE --id ${id} --again`;
  return `is that of an item of several steps; to fetch its jobs, run its recipe again: "${command}"`;
}

async function startChecked(
  starter: WorkflowStarter,
  context: ItemContext,
  { id, jobId, operation, hash }: CheckedRescue,
): Promise<ItemHandle> {
  const { account } = starter;
  const input: ItemInput = { operation, jobId, account };
  const alreadyStarted = await starter.startOrFind<typeof imagePipelineItem>(ITEM_TYPE, id, input, {
    hash,
    summary: `result of ${jobId}`,
    memo: toItemMemo(operation),
    reuse: 'ALLOW_DUPLICATE',
  });
  return new ItemHandle(context, id, alreadyStarted);
}
