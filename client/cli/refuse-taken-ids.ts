/** Looks at every id of a series before the first image is started: what is begun is paid for. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { DEFAULT_OPERATION } from '../../workflows/domain/operations';
import { IdTakenError, InvalidRequestError } from '../errors';
import { isOtherRequest } from '../find-ended-request';
import { requestHashOf } from '../image-id';
import type { StartImageOptions } from '../image-pipeline-client';
import type { OpenStore } from '../store';
import { findEarlierRun } from '../superseded-run';
import type { CliContext } from './context';
import { idOf } from './image-series';

type AskedStore = Pick<OpenStore, 'findOtherUse'>;

/**
 * An id that Temporal knows is compared there. Nothing is refused where the store cannot be read: the worker looks again
 * before anything is paid.
 *
 * @throws InvalidRequestError with every id that was used for something else; nothing was started
 * @throws NoServerError
 */
export async function refuseTakenIds(
  client: Client,
  store: AskedStore,
  series: readonly StartImageOptions[],
  context: CliContext,
): Promise<void> {
  const taken: IdTakenError[] = [];
  let asked: AskedStore | null = store;
  for (const options of series) {
    const id = idOf(options);
    const hash = requestHashOf(options.operation ?? DEFAULT_OPERATION, options.request);
    const earlier = await findEarlierRun(client, id);
    if (earlier !== null) {
      if (isTaken(earlier, hash, options)) taken.push(new IdTakenError(id, 'another request'));
      continue;
    }
    const use: string | null | undefined = await findUse(asked, id, hash, context);
    if (use === undefined) asked = null;
    else if (use !== null) taken.push(new IdTakenError(id, use));
  }
  if (taken.length > 0) throw new InvalidRequestError(taken.flatMap(({ problems }) => problems));
}

/** With `again` an image that did not succeed makes room for another request, as when it is started. */
function isTaken(
  { type, status, memo }: WorkflowExecutionDescription,
  hash: string,
  { again = false }: StartImageOptions,
): boolean {
  const isKept = status.name === 'RUNNING' || status.name === 'COMPLETED';
  if (again && type === 'generateImage' && !isKept) return false;
  return isOtherRequest(memo, hash);
}

/** `undefined`: the store cannot be read, and is not asked for the other ids. */
async function findUse(
  store: AskedStore | null,
  id: string,
  hash: string,
  { stderr }: CliContext,
): Promise<string | null | undefined> {
  try {
    return store === null ? null : await store.findOtherUse(id, hash);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    stderr.write(`the store could not be asked for ids, and the worker asks it before anything is paid: ${reason}\n`);
    return undefined;
  }
}
