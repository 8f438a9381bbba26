import {
  type CleanedStore,
  type Deleted,
  type DeleteOptions,
  deleteBatch,
  deleteItem,
  type Pruned,
  type PruneOptions,
  prune,
  readUsage,
  type StoreUsage,
} from '../../activities/store';
import { InvalidRequestError } from '../../connection/errors';
import type { BatchContext } from '../batches/batch-context';
import { toCleanedStore } from './known-work';

/**
 * The store of this client: what it holds, and the deletion of what is no longer needed. Temporal's histories are not deleted:
 * the retention of the namespace ends them. Each method also throws a `NoServerError` or a `StoreUnavailable`.
 */
export class StoreHandle {
  constructor(private readonly context: Pick<BatchContext, 'temporal' | 'openStore'>) {}

  /** Counts the files of the store by names and sizes. */
  usage(): Promise<StoreUsage> {
    return readUsage(this.opened);
  }

  /**
   * Deletes the rows, outcomes and results of an ended batch. Its id cannot be used again. A deletion that was interrupted is
   * continued.
   *
   * @throws ManifestNotFoundError if the store has no such batch
   * @throws BatchRefusedError if it runs, belongs to another Temporal server, or is rerun at the same time; nothing was deleted
   */
  deleteBatch(id: string, options: DeleteOptions = {}): Promise<Deleted> {
    return deleteBatch(this.opened, id, options);
  }

  /**
   * Deletes the files of an ended single item. Its id cannot be used again for a submission.
   *
   * @throws ItemNotFoundError if the store has nothing of it
   * @throws ItemRefusedError if it runs, or if a job of it may not have been collected; nothing was deleted
   */
  deleteItem(id: string, options: Omit<DeleteOptions, 'movedServer'> = {}): Promise<Deleted> {
    return deleteItem(this.opened, id, options);
  }

  /**
   * Deletes the batches and single items that ended before.
   *
   * @throws InvalidRequestError if `olderThanMs` is not valid
   */
  async prune(options: PruneOptions): Promise<Pruned> {
    const { olderThanMs } = options;
    if (!Number.isFinite(olderThanMs) || olderThanMs < 1)
      throw new InvalidRequestError([{ field: 'olderThanMs', problem: `is ${olderThanMs}; must be at least 1` }]);
    return prune(this.opened, options);
  }

  private get opened(): CleanedStore {
    return toCleanedStore(this.context);
  }
}
