import type { BatchContext } from '../batches/batch-context';
import { type Deleted, type DeleteOptions, deleteBatch } from './delete-batch';
import { deleteItem } from './delete-item';
import { type Pruned, type PruneOptions, prune } from './prune';
import { readUsage, type StoreUsage } from './usage';

/**
 * The store of this client: what it holds, and the deletion of what is no longer needed. Temporal's histories are not deleted:
 * the retention of the namespace ends them. Each method also throws a `NoServerError` or a `StoreUnavailable`.
 */
export class StoreHandle {
  constructor(private readonly context: Pick<BatchContext, 'temporal' | 'openStore'>) {}

  /** Counts the files of the store by names and sizes. */
  usage(): Promise<StoreUsage> {
    return readUsage(this.context);
  }

  /**
   * Deletes the rows, outcomes and results of an ended batch. Its id cannot be used again. A deletion that was interrupted is
   * continued.
   *
   * @throws ManifestNotFoundError if the store has no such batch
   * @throws BatchRefusedError if it runs, belongs to another Temporal server, or is rerun at the same time; nothing was deleted
   */
  deleteBatch(id: string, options: DeleteOptions = {}): Promise<Deleted> {
    return deleteBatch(this.context, id, options);
  }

  /**
   * Deletes the files of an ended single item. Its id cannot be used again for a submission.
   *
   * @throws ItemNotFoundError if the store has nothing of it
   * @throws ItemRefusedError if it runs, or if a job of it may not have been collected; nothing was deleted
   */
  deleteItem(id: string, options: Omit<DeleteOptions, 'movedServer'> = {}): Promise<Deleted> {
    return deleteItem(this.context, id, options);
  }

  /**
   * Deletes the batches and single items that ended before.
   *
   * @throws InvalidRequestError if `olderThanMs` is not valid
   */
  prune(options: PruneOptions): Promise<Pruned> {
    return prune(this.context, options);
  }
}
