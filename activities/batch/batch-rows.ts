/** Rows that a workflow has passed on go into the store, as a client writes those of a file. */
import { createHash } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import type { StoredRows, StoreRowsInput } from '../../workflows/domain/batch/activity-contract';
import { newInputFailure } from '../../workflows/domain/item/application-failure';
import { canonicalRow } from '../../workflows/domain/item/canonical-row';
import type { ActivityDependencies } from '../dependencies';
import { type BatchStore, getPlannedRun, type Manifest } from '../store/batch-store';
import { BatchDeletedError } from '../store/store-unavailable';

/** Enough that no two batches of rows meet by chance. */
const ROWS_HASH_DIGITS = 24;

/** @throws ApplicationFailure `INPUT_INVALID` if the id was used for other rows, or its batch was deleted; nothing was written */
export async function storeRows({ store }: ActivityDependencies, input: StoreRowsInput): Promise<StoredRows> {
  const { batches } = store;
  const sha256 = hashRows(input.rows);
  const manifest = await findOrCreate(batches, input, sha256);
  if (manifest.sha256 !== sha256) {
    throw newInputFailure(`the id "${input.batchId}" was used for other rows; nothing was started; use another id`);
  }
  if (manifest.sampled !== undefined)
    throw newInputFailure(
      `the batch "${input.batchId}" was started with a sample; nothing was started; use another id`,
    );
  const { parts, rowsHash } = getPlannedRun(manifest);
  return { parts, rowsHash, store: { identity: await store.identity(), address: store.address } };
}

/** @throws ApplicationFailure `INPUT_INVALID` if the batch was deleted */
async function findOrCreate(batches: BatchStore, input: StoreRowsInput, sha256: string): Promise<Manifest> {
  try {
    return (await batches.readManifest(input.batchId)) ?? (await createManifest(batches, input, sha256));
  } catch (error) {
    throw error instanceof BatchDeletedError ? newInputFailure(error.message) : error;
  }
}

/** Gives the manifest of the first of several that create it at the same time. */
async function createManifest(
  batches: BatchStore,
  { batchId, rows, settings }: StoreRowsInput,
  sha256: string,
): Promise<Manifest> {
  const rowsHash = sha256.slice(0, ROWS_HASH_DIGITS);
  await batches.writePart({ batchId, part: 0, rowsHash }, rows);
  return batches.createManifest({
    batchId,
    parts: [rows.length],
    rowsHash,
    sha256,
    settings,
    server: { namespace: activityInfo().namespace, clusterId: null },
    createdAt: new Date().toISOString(),
  });
}

/** The same hash as a client computes: the same rows are the same batch, however it is started. */
function hashRows(rows: StoreRowsInput['rows']): string {
  const hash = createHash('sha256');
  for (const row of rows) hash.update(`${canonicalRow(row)}\n`);
  return hash.digest('hex');
}
