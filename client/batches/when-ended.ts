/** Work on an ended batch, with a spool for the rows that are rerun. */
import type { Manifest } from '../../activities/store';
import type { OpenStore } from '../open-store';
import type { BatchContext } from './batch-context';
import { RowSpool } from './batch-manifest';
import type { StoreCheck } from './check-store';
import { findBatch } from './find-manifest';
import { type EndingBatch, ensureEnded, type RunAgainTerms } from './refuse-if-running';
import { type RunAgain, runAgain } from './run-again';

/** Options of waiting for the end of a batch, and of the checks before it is rerun. */
export interface EndedTerms extends RunAgainTerms, StoreCheck {
  /** Receives the number of items to submit before any is started. An error starts nothing. */
  readonly confirm?: (items: number) => Promise<void>;
  /** Wraps the first calls to Temporal, for instance to set a deadline. */
  readonly within?: <T>(work: () => Promise<T>) => Promise<T>;
}

interface EndedBatch {
  readonly store: OpenStore;
  readonly manifest: Manifest;
  /** Receives the rows to run. */
  readonly spool: RowSpool;
  /** Runs the rows in the spool. */
  run(what: Pick<RunAgain, 'base' | 'notStarted' | 'adds' | 'summary' | 'bounds'>): Promise<void>;
}

/**
 * @param check throws for invalid terms, before any wait; `null` if none can be invalid
 * @throws ManifestNotFoundError if the store has no such batch
 * @throws BatchRefusedError if the batch runs, belongs to another server, or another process reruns it at the same time
 * @returns `null` if the signal was aborted; nothing was done
 */
export async function whenEnded<T>(
  client: BatchContext,
  batch: EndingBatch,
  terms: EndedTerms,
  check: ((manifest: Manifest) => void) | null,
  work: (ended: EndedBatch) => Promise<T>,
): Promise<T | null> {
  const store = client.openStore();
  const manifest = await findBatch(client, batch.id);
  check?.(manifest);
  const { within = (ask) => ask() } = terms;
  await within(() => ensureEnded(client.temporal, batch, manifest, pickWaitTerms(terms)));
  if (terms.signal?.aborted === true) return null;
  const spool = new RowSpool();
  const { skipStoreCheck = false, onWarning } = terms;
  const storeCheck = { skipStoreCheck, ...(onWarning === undefined ? {} : { onWarning }) };
  const run: EndedBatch['run'] = async (what) => {
    await runAgain(client, { ...what, spool, store, manifest, ...storeCheck });
  };
  try {
    return await work({ store, manifest, spool, run });
  } finally {
    await spool.close();
  }
}

function pickWaitTerms({ movedServer, maxWaitMs, onWait, signal }: EndedTerms): RunAgainTerms {
  return {
    ...(movedServer === undefined ? {} : { movedServer }),
    ...(maxWaitMs === undefined ? {} : { maxWaitMs }),
    ...(onWait === undefined ? {} : { onWait }),
    ...(signal === undefined ? {} : { signal }),
  };
}
