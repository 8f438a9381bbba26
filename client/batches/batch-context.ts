import type { Client } from '@temporalio/client';
import type { WorkerDescription } from '../../workflows/domain/batch/activity-contract';
import type { BatchInput } from '../../workflows/messages';
import type { OpenStore } from '../open-store';

/** A batch that was started now, or before with the same rows. */
export interface StartedBatch {
  readonly id: string;
  /** It had been started before; nothing was started now. */
  readonly alreadyStarted: boolean;
}

export interface StartTerms {
  /** Start it once more after it has ended, as a redrive does. Default false. */
  readonly again?: boolean;
  /** Shown beside the id in Temporal UI. Default the number of items. */
  readonly summary?: string;
}

/** What the use cases of batches need of a client. */
export interface BatchContext {
  readonly temporal: Client;
  /**
   * Opens the store with the first call; the client closes it.
   *
   * @throws SettingsError with every problem of its settings
   */
  openStore(): OpenStore;
  /** `null`: no worker has answered within 3 s. */
  describeWorker(): Promise<WorkerDescription | null>;
  /**
   * Starts the workflow of a batch whose manifest is in the store, or finds the one that was started with the same id.
   *
   * @param manifestHash the same for the same rows
   */
  startPlanned(id: string, input: BatchInput, manifestHash: string, terms?: StartTerms): Promise<StartedBatch>;
}
