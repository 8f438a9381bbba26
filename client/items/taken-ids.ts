/** Checks that ids of single items are not in use for something else, before anything is started and paid. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { IdTakenError, InvalidRequestError } from '../../connection/errors';
import { isOtherRequest } from '../../connection/request-memo';
import { describeKind, ITEM_TYPE, OTHER_REQUEST } from '../../connection/workflow-kinds';
import { hashItem } from '../../input/requests/hash-request';
import type { ItemOptions } from '../../input/requests/item-options';
import type { OpenStore } from '../open-store';
import { findEarlierRun } from './earlier-run';

/**
 * Compares each id with Temporal if it exists there, else with the store. If the store cannot be read, no id counts as
 * taken: the worker checks again before anything is paid.
 *
 * @param onUnreadable called once if the store cannot be read; it is then not read again
 * @throws IdTakenError if one id is used for something else; nothing was started
 * @throws InvalidRequestError with every such id, if there are several
 * @throws NoServerError
 */
export async function refuseTakenIds(
  client: Client,
  store: Pick<OpenStore, 'findOtherUse'>,
  items: readonly ItemOptions[],
  onUnreadable: (error: unknown) => void,
): Promise<void> {
  const taken: IdTakenError[] = [];
  let isReadable = true;
  const findUse = async (id: string, hash: string): Promise<string | null> => {
    if (!isReadable) return null;
    try {
      return await store.findOtherUse(id, hash);
    } catch (error) {
      isReadable = false;
      onUnreadable(error);
      return null;
    }
  };
  for (const options of items) {
    const error = await findTaken(client, options, findUse);
    if (error !== null) taken.push(error);
  }
  refuseTaken(taken);
}

/** @throws the error of one taken id, or one error with all of them */
export function refuseTaken(taken: readonly IdTakenError[]): void {
  const [first, ...others] = taken;
  if (first === undefined) return;
  throw others.length === 0 ? first : new InvalidRequestError(taken.flatMap(({ problems }) => problems));
}

async function findTaken(
  client: Client,
  options: ItemOptions,
  findUse: (id: string, hash: string) => Promise<string | null>,
): Promise<IdTakenError | null> {
  const { id } = options;
  // Default ids are hashes of their requests.
  if (id === undefined) return null;
  const hash = hashItem(options);
  const earlier = await findEarlierRun(client, id);
  if (earlier !== null) return isTaken(earlier, hash, options) ? toTakenError(earlier, id) : null;
  const use = await findUse(id, hash);
  return use === null ? null : new IdTakenError(id, use);
}

/** Whether the id is taken. With `again`, an item that did not succeed can be replaced by another request. */
function isTaken(
  { type, status, memo }: WorkflowExecutionDescription,
  hash: string,
  { again = false }: ItemOptions,
): boolean {
  if (type !== ITEM_TYPE) return true;
  const isKept = status.name === 'RUNNING' || status.name === 'COMPLETED';
  return (!again || isKept) && isOtherRequest(memo, hash);
}

/** The error of an id that the given run has. */
export function toTakenError({ type }: WorkflowExecutionDescription, id: string): IdTakenError {
  if (type === ITEM_TYPE) return new IdTakenError(id, OTHER_REQUEST);
  return new IdTakenError(id, describeKind(type), 'is the id of');
}
