/** Finds single items of a batch in the store, without reading the whole batch each time. */
import { type ItemResult, joinRuns, type Runs, readRuns } from './batch-items';
import type { BatchStore, Manifest } from './batch-store';
import { KeyIndex, type StartPlace } from './key-index';

/** Maximum keys that are remembered, over all batches: about 50 MB. */
const MAX_KEYS = 500_000;
/** Maximum parts whose outcomes are remembered: about 1 MB each. Readers of a gallery ask for the items of one part together. */
const MAX_PARTS = 16;

interface KnownBatch {
  readonly index: Promise<KeyIndex>;
  readonly keys: number;
}

/** An item in one run of its batch. */
export interface ItemRun {
  /** The part of the run that has it. */
  readonly part: number;
  readonly runs: Runs;
}

/** Remembers the batches and the parts that were used last. */
export class ItemFinder {
  private readonly known = new Map<string, KnownBatch>();
  private readonly recent = new Map<string, Promise<readonly Runs[]>>();

  constructor(private readonly batches: BatchStore) {}

  /**
   * Finds an item. An outcome may be remembered: while the manifest is the same, it is final. What is not ended is read again.
   *
   * @returns `null` if the batch has no such item
   * @throws StoreUnavailable
   */
  async find(manifest: Manifest, key: string): Promise<ItemResult | null> {
    const parts = (await this.index(manifest)).getParts(key);
    if (parts === undefined) return null;
    const isKnown = parts.some((part) => this.recent.has(toPartName(manifest, part)));
    const found = await this.join(manifest, key, parts, (part) => this.readRecent(manifest, part));
    if (!isKnown || (found !== null && found.line !== null && !found.awaitsRun)) return found;
    return this.join(manifest, key, parts, (part) => this.readNow(manifest, part));
  }

  /** Reads an item in each of its runs, oldest first; empty if the batch has no such item. @throws StoreUnavailable */
  async readRuns(manifest: Manifest, key: string): Promise<readonly ItemRun[]> {
    const found: ItemRun[] = [];
    for (const part of (await this.index(manifest)).getParts(key) ?? []) {
      const all = await this.readNow(manifest, part);
      found.push(...all.filter(({ row }) => row.key === key).map((runs) => ({ part, runs })));
    }
    return found;
  }

  /**
   * Finds the place behind an item.
   *
   * @returns `null` if the batch has no such item
   * @throws StoreUnavailable
   */
  async findAfter(manifest: Manifest, key: string): Promise<StartPlace | null> {
    return (await this.index(manifest)).findAfter(key);
  }

  private async join(
    manifest: Manifest,
    key: string,
    parts: readonly number[],
    read: (part: number) => Promise<readonly Runs[]>,
  ): Promise<ItemResult | null> {
    const runs: Runs[] = [];
    for (const part of parts) runs.push(...(await read(part)).filter(({ row }) => row.key === key));
    return joinRuns(manifest, parts, runs);
  }

  private readRecent(manifest: Manifest, part: number): Promise<readonly Runs[]> {
    return this.recent.get(toPartName(manifest, part)) ?? this.readNow(manifest, part);
  }

  private readNow(manifest: Manifest, part: number): Promise<readonly Runs[]> {
    const name = toPartName(manifest, part);
    const runs = this.batches
      .openOutcomes(manifest.batchId, part)
      .then((outcomes) => readRuns(this.batches, manifest, { part, outcomes, isOver: true }));
    this.recent.delete(name);
    this.recent.set(name, runs);
    runs.catch(() => this.recent.delete(name));
    for (const oldest of [...this.recent.keys()].slice(0, -MAX_PARTS)) this.recent.delete(oldest);
    return runs;
  }

  private index(manifest: Manifest): Promise<KeyIndex> {
    const name = toName(manifest);
    const keys = manifest.parts.reduce((sum, rows) => sum + rows, 0);
    const index = this.known.get(name)?.index ?? KeyIndex.read(this.batches, manifest);
    this.known.delete(name);
    this.known.set(name, { index, keys });
    index.catch(() => this.known.delete(name));
    this.forgetOldest(name);
    return index;
  }

  private forgetOldest(newest: string): void {
    let all = [...this.known.values()].reduce((sum, { keys }) => sum + keys, 0);
    for (const [name, { keys }] of [...this.known]) {
      if (all <= MAX_KEYS || name === newest) return;
      all -= keys;
      this.known.delete(name);
    }
  }
}

function toName({ batchId, rowsHashes, createdAt }: Manifest): string {
  return [batchId, createdAt, ...rowsHashes].join('/');
}

function toPartName(manifest: Manifest, part: number): string {
  return `${toName(manifest)} ${part}`;
}
