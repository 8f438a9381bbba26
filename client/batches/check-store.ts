/** Checks that a batch, or the files of an item, are written to the workers' store. */

import { OtherStoreError } from '../../connection/errors';
import type { StoreReference } from '../../workflows/domain/item/item';
import type { BatchInput } from '../../workflows/messages';
import { type OpenStore, referTo } from '../open-store';
import type { BatchContext } from './batch-context';
import { readInput } from './lost-state';

export interface StoreCheck {
  /** Start without asking the workers which store they use. Default false. */
  readonly skipStoreCheck?: boolean;
  /** Receives a sentence about a check that could not be made. */
  readonly onWarning?: (warning: string) => void;
}

const UNCHECKED =
  'no worker has said which store it has, so the first page of the batch finds out whether it is the same as here';

/**
 * Returns a reference to the store, which the batch keeps.
 *
 * @param check `isFound`: Temporal knows the batch, which names a store itself; default false
 * @throws OtherStoreError if the workers, or the batch that is found, have another store; nothing was started
 * @throws StoreUnavailable
 */
export async function referToStoreOfWorkers(
  client: Pick<BatchContext, 'describeWorker' | 'temporal'>,
  batchId: string,
  opened: Pick<OpenStore, 'address' | 'identity'>,
  { skipStoreCheck = false, onWarning = () => undefined, isFound = false }: StoreCheck & { readonly isFound?: boolean },
): Promise<StoreReference> {
  const own = await referTo(opened);
  if (skipStoreCheck) return own;
  const worker = await client.describeWorker();
  refuseOtherStore(WORKERS, worker?.store, own);
  // It may have been started by hand, with any input.
  const input: Partial<BatchInput> | undefined = isFound ? await readInput(client.temporal, batchId) : undefined;
  refuseOtherStore(FOUND_BATCH, input?.store, own);
  if (worker === null && input?.store === undefined) onWarning(UNCHECKED);
  return own;
}

/**
 * Checks that the workers, if one answers, have the store that a single item's files are in.
 *
 * @throws OtherStoreError if they have another one; nothing was started
 * @throws StoreUnavailable
 */
export async function refuseOtherStoreOfWorkers(
  client: Pick<BatchContext, 'describeWorker' | 'openStore'>,
): Promise<void> {
  const worker = await client.describeWorker();
  refuseOtherStore(WORKERS_OF_ITEM, worker?.store, await referTo(client.openStore()));
}

interface StoreOwner {
  readonly has: string;
  readonly consequence: string;
  /** What else to do. Default: nothing. */
  readonly orElse?: string;
}

const SKIP = '; --skip-store-check (skipStoreCheck in the HTTP API) starts the batch all the same';
const WORKERS: StoreOwner = { has: 'the workers have', consequence: 'they would not find the rows', orElse: SKIP };
const WORKERS_OF_ITEM: StoreOwner = { has: WORKERS.has, consequence: 'they would not find its files' };
const FOUND_BATCH: StoreOwner = {
  has: 'the batch has',
  consequence: 'its rows and results are not here',
  orElse: SKIP,
};

/** @throws OtherStoreError */
function refuseOtherStore(owner: StoreOwner, theirs: StoreReference | undefined, own: StoreReference): void {
  if (theirs !== undefined && theirs.identity !== own.identity)
    throw new OtherStoreError(formatOtherStore(owner, theirs, own));
}

function formatOtherStore(
  { has, consequence, orElse = '' }: StoreOwner,
  theirs: StoreReference,
  own: StoreReference,
): string {
  const found =
    theirs.address === own.address
      ? `${has} another store of the same address, ${own.address}, as on another machine`
      : `${has} the store ${theirs.address}, and here it is ${own.address}`;
  return `${found}: ${consequence}; nothing was started. Set the same IMAGEPIPELINE_STORE for both${orElse}`;
}
