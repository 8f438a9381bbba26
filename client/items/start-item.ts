/** Starts an image. */
import { hashRequest } from '../../input/requests/hash-request';
import { type StartImageOptions, startProblems } from '../../input/requests/item-options';
import { toItemId } from '../../input/requests/item-series';
import { DEFAULT_OPERATION, type OperationName } from '../../workflows/domain/operations/operations';
import type { imagePipelineItem } from '../../workflows/item/item-workflow';
import type { ItemInput } from '../../workflows/messages';
import { InvalidRequestError } from '../errors';
import { ITEM_TYPE } from '../temporal/workflow-kinds';
import type { WorkflowStarter } from '../temporal/workflow-starter';
import { findSupersededRun } from './earlier-run';
import { ItemHandle } from './item-handle';

/** Starts an image, or finds the one with the same id. */
export async function startItem(starter: WorkflowStarter, options: StartImageOptions): Promise<ItemHandle> {
  const operation = options.operation ?? DEFAULT_OPERATION;
  const problems = startProblems(options);
  if (problems.length > 0) throw new InvalidRequestError(problems);
  const { temporal, account } = starter;
  const id = toItemId(options);
  const { again = false, allowUnknown = false } = options;
  const supersedes = again ? await findSupersededRun(temporal, id, allowUnknown) : null;
  const input = { ...toInput(operation, options), account, ...(supersedes === null ? {} : { supersedes }) };
  const alreadyStarted = await starter.startOrFind<typeof imagePipelineItem>(ITEM_TYPE, id, input, {
    hash: hashRequest(operation, options.request),
    summary: toSummary(input),
    reuse: again ? 'ALLOW_DUPLICATE_FAILED_ONLY' : 'REJECT_DUPLICATE',
  });
  return new ItemHandle(temporal, id, alreadyStarted);
}

function toInput(operation: OperationName, options: StartImageOptions): ItemInput {
  const { request, deadlineMs, jobTimeBudgetMs, waitWhileHeld } = options;
  return {
    operation,
    request,
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(jobTimeBudgetMs === undefined ? {} : { jobTimeBudgetMs }),
    ...(waitWhileHeld === undefined ? {} : { waitWhileHeld }),
  };
}

/** The summary that Temporal UI shows beside the id. Never contains a prompt. */
function toSummary({ operation, request = {} }: ItemInput): string {
  const size = request['width'] && request['height'] ? ` ${request['width']}×${request['height']}` : '';
  return `${operation}${size}`;
}
