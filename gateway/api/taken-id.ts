import type { StartImageOptions } from '../../client/client';
import { TakenIds } from '../../client/items/taken-ids';
import type { ApiTools } from './tools';

/** @throws IdTakenError if the id of a single image stands for something else; nothing was started */
export async function refuseTakenId({ client, store, log }: ApiTools, options: StartImageOptions): Promise<void> {
  // The other ids are hashes of their requests.
  if (options.id === undefined) return;
  const ids = new TakenIds(client.temporal, store, (error) =>
    log(`the store could not be asked for an id: ${error instanceof Error ? error.name : 'unknown fault'}`),
  );
  const taken = await ids.find(options);
  if (taken !== null) throw taken;
}
