/** Starts the rescue of jobs: items that submit nothing and fetch the results of existing jobs. */
import { hashRequest } from '../../input/requests/hash-request';
import {
  findRescueProblems,
  type RescueItemsOptions,
  type RescueOptions,
  toRescueId,
} from '../../input/requests/rescue-options';
import { DEFAULT_OPERATION, type OperationName } from '../../workflows/domain/operations/operations';
import type { imagePipelineItem } from '../../workflows/item/item-workflow';
import type { ItemInput } from '../../workflows/messages';
import { IdTakenError, InvalidRequestError } from '../errors';
import type { WorkflowStarter } from '../temporal/workflow-starter';
import { findEndedRequest } from './earlier-run';
import { ItemHandle } from './item-handle';
import { refuseTaken } from './taken-ids';

/** Starts the rescue of one job. */
export async function startRescue(starter: WorkflowStarter, { jobId, ...terms }: RescueOptions): Promise<ItemHandle> {
  const options = { jobIds: [jobId], ...terms };
  refuseProblems(options);
  return startChecked(starter, await checkId(starter, toRescue(jobId, options)));
}

/** Starts the rescue of each job, in their order. No job is fetched if the id of one cannot be used. */
export async function startRescues(
  starter: WorkflowStarter,
  options: RescueItemsOptions,
): Promise<readonly ItemHandle[]> {
  refuseProblems(options);
  const taken: IdTakenError[] = [];
  const checks = options.jobIds.map(async (jobId) => {
    try {
      return [await checkId(starter, toRescue(jobId, options))];
    } catch (error) {
      if (!(error instanceof IdTakenError)) throw error;
      taken.push(error);
      return [];
    }
  });
  const checked = (await Promise.all(checks)).flat();
  refuseTaken(taken);
  return Promise.all(checked.map((rescue) => startChecked(starter, rescue)));
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

/** @throws IdTakenError if the id belongs to another kind of workflow */
async function checkId({ temporal }: WorkflowStarter, rescue: Rescue): Promise<CheckedRescue> {
  const { id, jobId, operation } = rescue;
  return { ...rescue, hash: (await findEndedRequest(temporal, id)) ?? hashRequest(operation, { jobId }) };
}

async function startChecked(
  starter: WorkflowStarter,
  { id, jobId, operation, hash }: CheckedRescue,
): Promise<ItemHandle> {
  const { temporal, account } = starter;
  const input: ItemInput = { operation, jobId, account };
  const alreadyStarted = await starter.startOrFind<typeof imagePipelineItem>('imagePipelineItem', id, input, {
    hash,
    summary: `result of ${jobId}`,
    reuse: 'ALLOW_DUPLICATE',
  });
  return new ItemHandle(temporal, id, alreadyStarted);
}
