/** Finds single items of a batch in the store, without reading the whole batch each time. */
import { type BatchStore, type Manifest, readItem, settleItem, toPart } from '../../activities/store';
import type { PlainRow } from '../../workflows/domain/item/item';
import type { ResultLine } from '../../workflows/domain/item/result-row';
import type { BatchActivity } from './settled-results';

/** Maximum keys that are remembered, over all batches: about 50 MB. */
const MAX_KEYS = 500_000;
const MAX_CONCURRENT_READS = 16;

/** The parts with the rows of each key. */
type PartsByKey = ReadonlyMap<string, readonly number[]>;

/** An item of a batch. */
export interface FoundRow {
  readonly row: PlainRow;
  /** `null`: it has not ended. */
  readonly line: ResultLine | null;
}

/** Parts never change, so what was read of a manifest stays true. The batches that were used last are remembered. */
export class RowIndex {
  private readonly known = new Map<string, Promise<PartsByKey>>();
  private readonly sizes = new Map<string, number>();

  constructor(private readonly batches: BatchStore) {}

  /**
   * @param ask called if the item has no outcome
   * @returns `null` if the batch has no such item
   * @throws StoreUnavailable
   */
  async find(manifest: Manifest, key: string, ask: () => Promise<BatchActivity>): Promise<FoundRow | null> {
    const parts = (await this.index(manifest)).get(key);
    if (parts === undefined) return null;
    const item = await readItem(this.batches, manifest, key, parts);
    if (item === null || item.line !== null || !item.isStarted) return item && { row: item.row, line: item.line };
    if ((await ask()) !== 'ended') return { row: item.row, line: null };
    // Its outcome may have been written meanwhile.
    const last = await readItem(this.batches, manifest, key, parts);
    return last && { row: last.row, line: settleItem(last).line };
  }

  /** @throws StoreUnavailable */
  async has(manifest: Manifest, key: string): Promise<boolean> {
    return (await this.index(manifest)).has(key);
  }

  private index(manifest: Manifest): Promise<PartsByKey> {
    const name = [manifest.batchId, ...manifest.rowsHashes].join('/');
    const index = this.known.get(name) ?? readIndex(this.batches, manifest);
    this.known.delete(name);
    this.known.set(name, index);
    this.sizes.set(
      name,
      manifest.parts.reduce((sum, rows) => sum + rows, 0),
    );
    index.catch(() => this.forget(name));
    this.forgetOldest(name);
    return index;
  }

  private forgetOldest(newest: string): void {
    let keys = [...this.sizes.values()].reduce((sum, size) => sum + size, 0);
    for (const name of [...this.known.keys()]) {
      if (keys <= MAX_KEYS || name === newest) return;
      keys -= this.sizes.get(name) ?? 0;
      this.forget(name);
    }
  }

  private forget(name: string): void {
    this.known.delete(name);
    this.sizes.delete(name);
  }
}

async function readIndex(batches: BatchStore, manifest: Manifest): Promise<PartsByKey> {
  const found = new Map<string, readonly number[]>();
  const all = [...manifest.parts.keys()];
  for (let first = 0; first < all.length; first += MAX_CONCURRENT_READS) {
    const some = all.slice(first, first + MAX_CONCURRENT_READS);
    const read = await Promise.all(some.map((part) => batches.readPart(toPart(manifest, part))));
    read.forEach((rows, index) => {
      for (const { key } of rows) found.set(key, [...(found.get(key) ?? []), first + index]);
    });
  }
  return found;
}
