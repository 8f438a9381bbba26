/** Finds the request that an activity was given, or was pointed to. */
import { activityInfo } from '@temporalio/activity';
import type { CodeCounts } from '../../workflows/domain/failures/failures';
import type { FaultOrigin, JudgedFault } from '../../workflows/domain/failures/fault';
import type { RequestFields, RequestSource, RowReference } from '../../workflows/domain/item/item';
import type { ActivityDependencies } from '../dependencies';
import { DeadlinePassedError, withDeadline } from '../running/with-deadline';
import type { ManifestRow } from '../store/batch-store';
import { type ResultStore, StoreUnavailable } from '../store/result-store';
import { judgeFault, throwFault } from './throw-fault';

/** An attempt has more to do than to read, in ms. */
const READ_TIMEOUT_MS = 30_000;

/** What a fault of the store has to know of the item that met it. */
interface StoreUser {
  readonly met: CodeCounts;
  readonly deadlineAt: number;
  readonly job?: { readonly jobId: string };
}

/** What an activity is given of an item. */
type KeyedSource = RequestSource & { readonly key: string };

/** @throws StoreUnavailable if the row cannot be read, or is that of another item */
export async function readRequest(
  { store }: Pick<ActivityDependencies, 'store'>,
  { key, request, row }: KeyedSource,
): Promise<RequestFields> {
  if (request !== undefined) return request;
  if (row === undefined) throw new StoreUnavailable('the item has neither a request nor a row');
  const rows = await readRows(store, row);
  const found = rows[row.index];
  // What is sent for a key must be what was asked for under it, whatever has happened to the file.
  if (found?.key !== key)
    throw new StoreUnavailable(`part ${row.part} of "${row.batchId}" has not "${key}" as row ${row.index}`);
  return found.request;
}

async function readRows({ batches }: ResultStore, row: RowReference): Promise<readonly ManifestRow[]> {
  try {
    return await withDeadline('reading the row', READ_TIMEOUT_MS, batches.readPart(row));
  } catch (error) {
    if (error instanceof DeadlinePassedError) throw new StoreUnavailable(error.message);
    throw error;
  }
}

/** As `readRequest`; a store that cannot be read is a fault that a later attempt may not meet. */
export async function requestOrThrow(
  dependencies: ActivityDependencies,
  input: KeyedSource & StoreUser,
  origin: FaultOrigin,
): Promise<RequestFields> {
  return throwIfStoreIsAway(dependencies, input, origin, () => readRequest(dependencies, input));
}

export async function throwIfStoreIsAway<T>(
  dependencies: ActivityDependencies,
  user: StoreUser,
  origin: FaultOrigin,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    throwFault(toStoreFault(dependencies, error, origin, user));
  }
}

/** The store's own attempts count, so that its delays grow. */
export function toStoreFault(
  dependencies: ActivityDependencies,
  { message }: StoreUnavailable,
  origin: FaultOrigin,
  { met, deadlineAt, job }: StoreUser,
): JudgedFault {
  const named = job === undefined ? {} : { jobId: job.jobId };
  const counted = { ...met, STORE_UNAVAILABLE: activityInfo().attempt - 1 };
  return judgeFault(
    dependencies,
    { code: 'STORE_UNAVAILABLE', origin, message, ...named },
    { met: counted, deadlineAt },
  );
}
