import type { Client } from '@temporalio/client';
import { type IdTakenError, InvalidRequestError } from '../../client/errors';
import type { StartImageOptions } from '../../client/items/item-options';
import { TakenIds } from '../../client/items/taken-ids';
import type { OpenStore } from '../../client/open-store';
import type { CliContext } from '../context';

/**
 * Checks every id of a series before the first image is started.
 *
 * @throws InvalidRequestError with every id that is used for another request; nothing was started
 * @throws NoServerError
 */
export async function refuseTakenIds(
  client: Client,
  store: Pick<OpenStore, 'findOtherUse'>,
  series: readonly StartImageOptions[],
  { stderr }: CliContext,
): Promise<void> {
  const taken: IdTakenError[] = [];
  const ids = new TakenIds(client, store, (error) => {
    const reason = error instanceof Error ? error.message : String(error);
    stderr.write(`could not check the ids in the store; the worker checks them before anything is paid: ${reason}\n`);
  });
  for (const options of series) {
    const error = await ids.find(options);
    if (error !== null) taken.push(error);
  }
  if (taken.length > 0) throw new InvalidRequestError(taken.flatMap(({ problems }) => problems));
}
