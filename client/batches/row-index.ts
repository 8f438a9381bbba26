/** Finds single items of a batch in the store, and whether they can still end. */
import {
  type BatchStore,
  ItemFinder,
  type ItemRun,
  type Manifest,
  type StartPlace,
  settleItem,
} from '../../activities/store';
import type { PlainRow } from '../../workflows/domain/item/item';
import type { ResultLine } from '../../workflows/domain/item/result-row';
import type { BatchActivity } from './settled-results';

/** An item of a batch. */
export interface FoundRow {
  readonly row: PlainRow;
  /** `null`: it has not ended. */
  readonly line: ResultLine | null;
}

export class RowIndex {
  private readonly items: ItemFinder;

  constructor(batches: BatchStore) {
    this.items = new ItemFinder(batches);
  }

  /**
   * @param ask called if the item has no outcome
   * @returns `null` if the batch has no such item
   * @throws StoreUnavailable
   */
  async find(manifest: Manifest, key: string, ask: () => Promise<BatchActivity>): Promise<FoundRow | null> {
    const item = await this.items.find(manifest, key);
    if (item === null || item.line !== null || !item.isStarted) return item && { row: item.row, line: item.line };
    if ((await ask()) !== 'ended') return { row: item.row, line: null };
    // Its outcome may have been written meanwhile.
    const last = await this.items.find(manifest, key);
    return last && { row: last.row, line: settleItem(last).line };
  }

  /** Reads an item in each of its runs, oldest first; empty if the batch has no such item. @throws StoreUnavailable */
  readRuns(manifest: Manifest, key: string): Promise<readonly ItemRun[]> {
    return this.items.readRuns(manifest, key);
  }

  /** Finds the place behind an item; `null` if the batch has no such item. @throws StoreUnavailable */
  findAfter(manifest: Manifest, key: string): Promise<StartPlace | null> {
    return this.items.findAfter(manifest, key);
  }
}
