import type { StartImageOptions } from '../../client/items/item-options';
import { TakenIds } from '../../client/items/taken-ids';
import type { ApiTools } from './tools';

/** @throws IdTakenError if the id of a single image is used for something else; nothing was started */
export async function refuseTakenId({ client, store, log }: ApiTools, options: StartImageOptions): Promise<void> {
  // Default ids are hashes of their requests.
  if (options.id === undefined) return;
  const ids = new TakenIds(client.temporal, store, (error) =>
    log(`could not check an id in the store: ${error instanceof Error ? error.name : 'unknown fault'}`),
  );
  const taken = await ids.find(options);
  if (taken !== null) throw taken;
}
