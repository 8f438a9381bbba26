/** Loads the request of an activity: passed inline, or stored as a row of a part. */
import { activityInfo } from '@temporalio/activity';
import type { CodeCounts } from '../../workflows/domain/failures/failures';
import type { FaultOrigin, JudgedFault } from '../../workflows/domain/failures/fault';
import type { RequestFields, RequestSource, RowReference } from '../../workflows/domain/item/item';
import { withFormat, withStepFormats } from '../../workflows/domain/item/step-format';
import type { ActivityDependencies } from '../dependencies';
import type { ManifestRow } from '../store/batch-store';
import { type ResultStore, StoreUnavailable } from '../store/result-store';
import { withStoreDeadline } from '../store/store-deadline';
import { UnusableStepFile } from './step-files';
import { judgeFault, throwFault } from './throw-fault';

/** Timeout for reading the row, in ms. The attempt needs the rest of its time for the request. */
const READ_TIMEOUT_MS = 30_000;

/** What a store fault needs to know about the item. */
interface StoreUser {
  readonly met: CodeCounts;
  readonly deadlineAt: number;
  readonly job?: { readonly jobId: string };
}

/** A request source with the key of its item. */
type KeyedSource = RequestSource & { readonly key: string };

/** @throws StoreUnavailable if the row cannot be read or belongs to another item */
export async function readRequest(
  { store }: Pick<ActivityDependencies, 'store'>,
  { key, request, row, step }: KeyedSource,
): Promise<RequestFields> {
  if (request !== undefined) return step?.format === undefined ? request : withFormat(request, step.format);
  if (row === undefined) throw new StoreUnavailable('the item has neither a request nor a row');
  const rows = await readRows(store, row);
  const found = rows[row.index];
  // The stored request must be the one planned for this key, even if the file was changed.
  if (found?.key !== key)
    throw new StoreUnavailable(`row ${row.index} of part ${row.part} of "${row.batchId}" is not "${key}"`);
  const planned = findStep(found, step?.id);
  if (planned !== undefined) return planned.request;
  throw new StoreUnavailable(`row ${row.index} of part ${row.part} of "${row.batchId}" has no step "${step?.id}"`);
}

/** @param id absent for the only step of a row */
function findStep(row: ManifestRow, id: string | undefined): Pick<ManifestRow, 'request'> | undefined {
  if (id !== undefined) return withStepFormats(row.steps ?? []).find((step) => step.id === id);
  return row.steps === undefined ? row : undefined;
}

function readRows({ batches }: ResultStore, row: RowReference): Promise<readonly ManifestRow[]> {
  return withStoreDeadline('reading the row', READ_TIMEOUT_MS, batches.readPart(row));
}

/** Like `readRequest`, but throws a retryable fault if the store cannot be read. */
export async function requestOrThrow(
  dependencies: ActivityDependencies,
  input: KeyedSource & StoreUser,
  origin: FaultOrigin,
): Promise<RequestFields> {
  return throwIfStoreIsAway(dependencies, input, origin, () => readRequest(dependencies, input));
}

/** Throws what the store lacks as a fault of the item: it is away, or has no usable file of an earlier step. */
export async function throwIfStoreIsAway<T>(
  dependencies: ActivityDependencies,
  user: StoreUser,
  origin: FaultOrigin,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreUnavailable) throwFault(toStoreFault(dependencies, error, origin, user));
    if (!(error instanceof UnusableStepFile)) throw error;
    const { message } = error;
    throwFault(judgeFault(dependencies, { code: 'STEP_FILE_UNUSABLE', origin, message }, user));
  }
}

/** Counts the store's own attempts, so that its backoff grows. */
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
