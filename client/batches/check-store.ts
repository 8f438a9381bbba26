/** Checks that a batch is written to the workers' store. */
import type { StoreReference } from '../../workflows/domain/item/item';
import type { BatchInput } from '../../workflows/messages';
import { BatchRefusedError } from '../errors';
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
 * @throws BatchRefusedError if the workers, or the batch that is found, have another store; nothing was started
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
  refuseOtherStore(batchId, WORKERS, worker?.store, own);
  // It may have been started by hand, with any input.
  const input: Partial<BatchInput> | undefined = isFound ? await readInput(client.temporal, batchId) : undefined;
  refuseOtherStore(batchId, FOUND_BATCH, input?.store, own);
  if (worker === null && input?.store === undefined) onWarning(UNCHECKED);
  return own;
}

interface StoreOwner {
  readonly has: string;
  readonly consequence: string;
}

const WORKERS: StoreOwner = { has: 'the workers have', consequence: 'they would not find the rows' };
const FOUND_BATCH: StoreOwner = { has: 'the batch has', consequence: 'its rows and results are not here' };

/** @throws BatchRefusedError */
function refuseOtherStore(
  batchId: string,
  owner: StoreOwner,
  theirs: StoreReference | undefined,
  own: StoreReference,
): void {
  if (theirs === undefined || theirs.identity === own.identity) return;
  throw new BatchRefusedError(batchId, formatOtherStore(owner, theirs, own));
}

function formatOtherStore({ has, consequence }: StoreOwner, theirs: StoreReference, own: StoreReference): string {
  const isSameAddress = theirs.address === own.address;
  const found = isSameAddress
    ? `${has} another store of the same address, ${own.address}, as on another machine`
    : `${has} the store ${theirs.address}, and here it is ${own.address}`;
  return (
    `${found}: ${consequence}; nothing was started. Set the same IMAGEPIPELINE_STORE for both; ` +
    '--skip-store-check (skipStoreCheck in the HTTP API) starts the batch all the same'
  );
}
