/** Starts an item. */

import { InvalidRequestError } from '../../connection/errors';
import { ITEM_TYPE } from '../../connection/workflow-kinds';
import type { WorkflowStarter } from '../../connection/workflow-starter';
import { storeFiles, type WantedItem } from '../../input/pictures/resolve-options';
import { hashItem } from '../../input/requests/hash-request';
import { type ItemOptions, startProblems } from '../../input/requests/item-options';
import { toItemId } from '../../input/requests/item-series';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { listSteps } from '../../workflows/domain/item/row-steps';
import { listStoredInputs } from '../../workflows/domain/operations/stored-input';
import type { imagePipelineItem } from '../../workflows/item/item-workflow';
import { type ItemInput, toItemMemo } from '../../workflows/messages';
import type { BatchContext } from '../batches/batch-context';
import { refuseOtherStoreOfWorkers } from '../batches/check-store';
import { findSupersededRun } from './earlier-run';
import { ItemHandle } from './item-handle';

type Context = Pick<BatchContext, 'newInputs' | 'openStore' | 'describeWorker'>;

/** Starts an item, or finds the one with the same id. */
export async function startItem(starter: WorkflowStarter, context: Context, given: WantedItem): Promise<ItemHandle> {
  return startResolved(starter, context, await keepFiles(context, given));
}

/** Puts the files of an item into the store, and returns the item with their contents. */
export async function storeInputs(context: Context, given: WantedItem): Promise<ItemOptions> {
  const options = await keepFiles(context, given);
  await checkStore(context, options);
  return options;
}

async function checkStore(context: Context, options: ItemOptions): Promise<void> {
  const files = listSteps(options).flatMap(({ operation, request }) => listStoredInputs(operation, request));
  if (files.length > 0) await refuseOtherStoreOfWorkers(context);
}

async function keepFiles(context: Context, given: WantedItem): Promise<ItemOptions> {
  const { options, problems } = await storeFiles(context.newInputs(), () => context.openStore().inputs, given);
  if (options === null) throw new InvalidRequestError(problems);
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
  const { operation, steps, again = false, allowUnknown = false } = options;
  const input = { ...toInput(options), account, ...(again ? await findSupersededRun(temporal, id, allowUnknown) : {}) };
  const alreadyStarted = await starter.startOrFind<typeof imagePipelineItem>(ITEM_TYPE, id, input, {
    hash: hashItem(options),
    summary: toSummary(options),
    memo: toItemMemo(operation, steps),
    reuse: again ? 'ALLOW_DUPLICATE_FAILED_ONLY' : 'REJECT_DUPLICATE',
  });
  return new ItemHandle({ temporal, openStore: () => context.openStore() }, id, alreadyStarted);
}

function toInput({ operation, request, steps, keep, ...terms }: ItemOptions): ItemInput {
  const { values, deadlineMs, jobTimeBudgetMs, waitWhileHeld, notify } = terms;
  const work = steps === undefined ? { operation, request } : { steps, keep };
  return withoutMissing({ ...work, values, deadlineMs, jobTimeBudgetMs, waitWhileHeld, notify });
}

/** The summary that Temporal UI shows beside the id. Never contains a prompt. */
function toSummary({ operation, request, steps }: ItemOptions): string {
  if (steps !== undefined) return steps.map(({ id }) => id).join(' → ');
  const size = request['width'] && request['height'] ? ` ${request['width']}×${request['height']}` : '';
  return `${operation}${size}`;
}
