/** Runs more parts of a batch that has ended. */
import type { Manifest } from '../../activities/store';
import { BatchRefusedError } from '../../connection/errors';
import { readServer } from '../../connection/temporal-server';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import type { Tally } from '../../workflows/domain/batch/tally';
import type { BatchInput } from '../../workflows/messages';
import type { OpenStore } from '../open-store';
import type { BatchContext, StartedBatch } from './batch-context';
import type { RowSpool } from './batch-manifest';
import { referToStoreOfWorkers, type StoreCheck } from './check-store';

interface RunSettings extends Omit<BatchInput, 'parts' | 'rowsHash' | 'store'> {}

export interface RunAgain extends StoreCheck {
  /** The rows that are run. */
  readonly spool: RowSpool;
  readonly store: Pick<OpenStore, 'address' | 'batches' | 'identity'>;
  readonly manifest: Manifest;
  /** Outcomes of the items that are not run. */
  readonly base: Tally;
  /** Number of rows of a sampled batch that no run has started. Default: none. */
  readonly notStarted?: number;
  /** Whether the rows are new items. Default false. */
  readonly adds?: true;
  /** Description of the selection for Temporal UI. */
  readonly summary: string;
  /** Settings that replace those of the batch. Default: none. */
  readonly bounds?: Partial<RunSettings>;
}

const TOO_LATE = 'another process has just rerun it, or begun to delete it; nothing was started';

/**
 * Runs the rows in the spool, as additional parts. If two processes rerun a batch at the same time, exactly one
 * succeeds, and nothing is overwritten.
 *
 * @throws BatchRefusedError if another process was faster; OtherStoreError if the workers use another store
 */
export async function runAgain(
  client: BatchContext,
  { spool, store, manifest, base, notStarted, adds, summary, bounds = {}, ...check }: RunAgain,
): Promise<StartedBatch> {
  const { batches } = store;
  const { batchId, parts, redrives, sha256 } = manifest;
  const reference = await referToStoreOfWorkers(client, batchId, store, check);
  // Selecting from many items takes a while, and another process may have been faster.
  const now = await batches.readManifest(batchId);
  if (now?.redrives.length !== redrives.length) throw new BatchRefusedError(batchId, TOO_LATE);
  const run = await spool.writeTo(batches, batchId, parts.length);
  const server = await readServer(client.temporal);
  if (!(await batches.addRun(manifest, { ...run, server, summary, ...withoutMissing({ adds }) })))
    throw new BatchRefusedError(batchId, TOO_LATE);
  // The rows are in the store now, and the caller may follow the batch for days.
  await spool.close();
  const input = {
    ...run,
    store: reference,
    firstPart: parts.length,
    base,
    ...withoutMissing({ notStarted }),
    ...manifest.settings,
    ...bounds,
  };
  const batch = await client.startPlanned(batchId, input, sha256, { again: true, summary });
  if (batch.alreadyStarted) throw new BatchRefusedError(batch.id, TOO_LATE);
  return batch;
}
