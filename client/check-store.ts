/** A batch is started where the workers find its rows: in their store. */
import type { StoreReference } from '../workflows/domain/item';
import { BatchRefusedError } from './errors';
import type { ImagePipelineClient } from './image-pipeline-client';
import { type OpenStore, referTo } from './store';

export interface StoreCheck {
  /** Starts without asking the workers which store they have. Default false. */
  readonly skipStoreCheck?: boolean;
  /** Told, in a sentence, what could not be checked. */
  readonly onWarning?: (warning: string) => void;
}

const UNCHECKED =
  'no worker has said which store it has, so the first page of the batch finds out whether it is the same as here';

/**
 * Gives the store, for the batch to name it.
 *
 * @throws BatchRefusedError if the workers have another store; nothing was started
 * @throws StoreUnavailable
 */
export async function referToStoreOfWorkers(
  client: Pick<ImagePipelineClient, 'describeWorker'>,
  batchId: string,
  opened: Pick<OpenStore, 'address' | 'identity'>,
  { skipStoreCheck = false, onWarning = () => undefined }: StoreCheck,
): Promise<StoreReference> {
  const own = await referTo(opened);
  if (skipStoreCheck) return own;
  const worker = await client.describeWorker();
  if (worker === null) onWarning(UNCHECKED);
  else if (worker.store.identity !== own.identity)
    throw new BatchRefusedError(batchId, otherStoreText(worker.store, own));
  return own;
}

function otherStoreText(theirs: StoreReference, own: StoreReference): string {
  const isSameAddress = theirs.address === own.address;
  const found = isSameAddress
    ? `the workers have another store of the same address, ${own.address}, as on another machine`
    : `the workers have the store ${theirs.address}, and here it is ${own.address}`;
  return (
    `${found}: they would not find the rows; nothing was started. Set the same IMAGEPIPELINE_STORE for both; ` +
    '--skip-store-check (skipStoreCheck in the HTTP API) starts the batch all the same'
  );
}
