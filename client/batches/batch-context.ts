import type { Client } from '@temporalio/client';
import type { PageTallies } from '../../connection/page-tallies';
import type { PictureInputs } from '../../input/pictures/picture-inputs';
import type { WorkerDescription } from '../../workflows/domain/batch/activity-contract';
import type { BatchInput } from '../../workflows/messages';
import type { OpenStore } from '../open-store';
import type { RowIndex } from './row-index';

/** A batch that was started now, or earlier with the same rows. */
export interface StartedBatch {
  readonly id: string;
  /** `true`: it had been started before, and nothing was started now. */
  readonly alreadyStarted: boolean;
  /** Number of rows of a sampled batch that are not started now. Absent: none. */
  readonly notStarted?: number;
}

export interface StartTerms {
  /** Start it again after it has ended, as a redrive does. Default false. */
  readonly again?: boolean;
  /** Summary in Temporal UI. Default: the number of items. */
  readonly summary?: string;
}

/** The parts of a client that the use cases of batches need. */
export interface BatchContext {
  readonly temporal: Client;
  /**
   * Opens the store with the first call; the client closes it.
   *
   * @throws SettingsError with every problem of its settings
   */
  openStore(): OpenStore;
  /** Finds single rows of batches in the store. */
  openRows(): RowIndex;
  /** The newest counts that pages have answered with. */
  readonly pages: PageTallies;
  /** The working folder; `null`: recipes and their values cannot be files. */
  readonly cwd: string | null;
  /**
   * Resolves the files of new requests.
   *
   * @param folder the folder that relative paths start from. Default: the working folder
   */
  newInputs(folder?: string): PictureInputs;
  /** Returns a worker's settings; `null` if none answers within 3 s. */
  describeWorker(): Promise<WorkerDescription | null>;
  /**
   * Starts the workflow of a batch whose manifest is in the store, or finds the one with the same id.
   *
   * @param manifestHash hash of the rows
   */
  startPlanned(id: string, input: BatchInput, manifestHash: string, terms?: StartTerms): Promise<StartedBatch>;
}
