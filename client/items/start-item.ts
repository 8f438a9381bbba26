/** Starts an item. */
import { storeFiles } from '../../input/pictures/resolve-options';
import { hashRequest } from '../../input/requests/hash-request';
import { type ItemOptions, startProblems } from '../../input/requests/item-options';
import { toItemId } from '../../input/requests/item-series';
import type { RequestFields } from '../../workflows/domain/item/item';
import { listStoredInputs } from '../../workflows/domain/operations/stored-input';
import type { imagePipelineItem } from '../../workflows/item/item-workflow';
import { type ItemInput, OPERATION_MEMO } from '../../workflows/messages';
import type { BatchContext } from '../batches/batch-context';
import { refuseOtherStoreOfWorkers } from '../batches/check-store';
import { InvalidRequestError } from '../errors';
import { ITEM_TYPE } from '../temporal/workflow-kinds';
import type { WorkflowStarter } from '../temporal/workflow-starter';
import { findSupersededRun } from './earlier-run';
import { ItemHandle } from './item-handle';

type Context = Pick<BatchContext, 'newInputs' | 'openStore' | 'describeWorker'>;

/** Starts an item, or finds the one with the same id. */
export async function startItem(starter: WorkflowStarter, context: Context, given: ItemOptions): Promise<ItemHandle> {
  return startResolved(starter, context, await keepFiles(context, given));
}

/** Puts the files of a request into the store, and returns the request with their contents. */
export async function storeInputs(context: Context, given: ItemOptions): Promise<RequestFields> {
  const options = await keepFiles(context, given);
  await checkStore(context, options);
  return options.request;
}

async function checkStore(context: Context, { operation, request }: ItemOptions): Promise<void> {
  if (listStoredInputs(operation, request).length > 0) await refuseOtherStoreOfWorkers(context);
}

async function keepFiles(context: Context, given: ItemOptions): Promise<ItemOptions> {
  const { options, problems } = await storeFiles(context.newInputs(), () => context.openStore().inputs, given);
  if (problems.length > 0) throw new InvalidRequestError(problems);
  return options;
}

/** Starts an item whose files are in the store, or finds the one with the same id. */
export async function startResolved(
  starter: WorkflowStarter,
  context: Context,
  options: ItemOptions,
): Promise<ItemHandle> {
  const problems = startProblems(options);
  if (problems.length > 0) throw new InvalidRequestError(problems);
  await checkStore(context, options);
  const { temporal, account } = starter;
  const id = toItemId(options);
  const { operation, request, again = false, allowUnknown = false } = options;
  const input = { ...toInput(options), account, ...(again ? await findSupersededRun(temporal, id, allowUnknown) : {}) };
  const alreadyStarted = await starter.startOrFind<typeof imagePipelineItem>(ITEM_TYPE, id, input, {
    hash: hashRequest(operation, request),
    summary: toSummary(input),
    memo: { [OPERATION_MEMO]: operation },
    reuse: again ? 'ALLOW_DUPLICATE_FAILED_ONLY' : 'REJECT_DUPLICATE',
  });
  return new ItemHandle(temporal, id, alreadyStarted);
}

function toInput({ operation, request, deadlineMs, jobTimeBudgetMs, waitWhileHeld }: ItemOptions): ItemInput {
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
