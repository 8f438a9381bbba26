/** Work on a batch that has ended, with a spool for what is run of it once more. */
import type { Manifest } from '../../activities/store';
import type { OpenStore } from '../open-store';
import type { BatchContext } from './batch-context';
import { RowSpool } from './batch-manifest';
import type { StoreCheck } from './check-store';
import { findManifest } from './find-manifest';
import { type EndingBatch, ensureEnded, type RunAgainTerms } from './refuse-if-running';
import { type RunAgain, runAgain } from './run-again';

/** How the end of a batch is waited for, and what is checked before more of it is run. */
export interface EndedTerms extends RunAgainTerms, StoreCheck {
  /** Wraps what is asked of Temporal before anything is read, for instance to give it a deadline. */
  readonly within?: <T>(work: () => Promise<T>) => Promise<T>;
}

export interface EndedBatch {
  readonly store: OpenStore;
  readonly manifest: Manifest;
  /** Takes the rows that are run. */
  readonly spool: RowSpool;
  /** Runs what is in the spool. */
  run(what: Pick<RunAgain, 'base' | 'summary' | 'bounds'>): Promise<void>;
}

/**
 * @param check throws what is wrong with the terms, before anything is waited for; `null`: nothing can be
 * @throws ManifestNotFoundError if the store has no such batch
 * @throws BatchRefusedError if the batch runs, belongs elsewhere, or is run again by another process at the same time
 * @returns `null`: the signal was aborted, and nothing was done
 */
export async function whenEnded<T>(
  client: BatchContext,
  batch: EndingBatch,
  terms: EndedTerms,
  check: ((manifest: Manifest) => void) | null,
  work: (ended: EndedBatch) => Promise<T>,
): Promise<T | null> {
  const store = client.openStore();
  const manifest = await findManifest(store, batch.id);
  check?.(manifest);
  const { within = (ask) => ask() } = terms;
  await within(() => ensureEnded(client.temporal, batch, manifest, waitOf(terms)));
  if (terms.signal?.aborted === true) return null;
  const spool = await RowSpool.open();
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

function waitOf({ movedServer, maxWaitMs, onWait, signal }: EndedTerms): RunAgainTerms {
  return {
    ...(movedServer === undefined ? {} : { movedServer }),
    ...(maxWaitMs === undefined ? {} : { maxWaitMs }),
    ...(onWait === undefined ? {} : { onWait }),
    ...(signal === undefined ? {} : { signal }),
  };
}
