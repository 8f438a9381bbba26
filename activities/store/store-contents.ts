/** What a store holds: files and bytes of batches, items and everything else; and their removal. */
import { SINGLE_ITEMS_FOLDER } from '../../workflows/domain/item/item';
import { batchPrefix, isDeletedMark, isManifest, isRecordOfBatch } from './batch-layout';
import type { CleanableFiles, FoundFile } from './store-files';

/** Number and size of files. */
export interface Extent {
  readonly files: number;
  readonly bytes: number;
  /** Time of the newest change by the clock of the store, in ms since the epoch; 0 if there is no file. */
  readonly changedAt: number;
}

export const NO_FILES: Extent = { files: 0, bytes: 0, changedAt: 0 };

/** The files of a batch. */
export interface StoredBatch extends Extent {
  readonly id: string;
  /** `false`: it was never completely planned. */
  readonly hasManifest: boolean;
  /** Whether it is marked as deleted. */
  readonly isDeleted: boolean;
  /** The files that a deletion removes: all but the record that keeps the id from being used again. */
  readonly removable: Extent;
}

/** The files of a single item. */
export interface StoredItem extends Extent {
  readonly id: string;
  readonly names: readonly string[];
}

/** What is not of a batch, by its place. */
export const AREAS = [
  'items',
  'submissions',
  'schedules',
  'inputs',
  'uploads',
  'segments',
  'thumbnails',
  'staged',
  'other',
] as const;
export type Area = (typeof AREAS)[number];

const AREA_BY_FOLDER: ReadonlyMap<string, Area> = new Map<string, Area>([
  [SINGLE_ITEMS_FOLDER, 'items'],
  ['submissions', 'submissions'],
  ['schedules', 'schedules'],
  ['inputs', 'inputs'],
  ['uploads', 'uploads'],
  ['segments', 'segments'],
  ['thumbnails', 'thumbnails'],
  ['.incoming', 'staged'],
]);

const BATCHES = 'batches/';
const ITEMS = `${SINGLE_ITEMS_FOLDER}/`;
/** Number of files that are removed together. */
const REMOVED_TOGETHER = 1_000;

/** All methods throw `StoreUnavailable`. Memory does not grow with the number of files. */
export class StoreContents {
  constructor(private readonly files: CleanableFiles) {}

  /** Throws if there is no store at its address. */
  refuseMissing(): Promise<void> {
    return this.files.refuseMissing();
  }

  /** Yields the batches that begin like this, each once. */
  async *listBatches(prefix = ''): AsyncGenerator<StoredBatch> {
    await this.refuseMissing();
    let batch: StoredBatch | null = null;
    for await (const file of this.files.walk(`${BATCHES}${prefix}`)) {
      const [, id = '', ...names] = file.name.split('/');
      if (names.length === 0) continue;
      if (batch !== null && batch.id !== id) yield batch;
      batch = addToBatch(batch?.id === id ? batch : newBatch(id), names.join('/'), file);
    }
    if (batch !== null) yield batch;
  }

  async measureBatch(id: string): Promise<StoredBatch> {
    await this.refuseMissing();
    let batch = newBatch(id);
    const prefix = batchPrefix(id);
    for await (const file of this.files.walk(prefix)) batch = addToBatch(batch, file.name.slice(prefix.length), file);
    return batch;
  }

  /** Sums up what is not of a batch. */
  async measureAreas(): Promise<Readonly<Record<Area, Extent>>> {
    const sums: Record<Area, Extent> = {
      ...{ items: NO_FILES, submissions: NO_FILES, schedules: NO_FILES, inputs: NO_FILES },
      ...{ uploads: NO_FILES, segments: NO_FILES, thumbnails: NO_FILES, staged: NO_FILES, other: NO_FILES },
    };
    for await (const file of this.files.walk('')) {
      if (file.name.startsWith(BATCHES)) continue;
      const area = AREA_BY_FOLDER.get(file.name.slice(0, file.name.indexOf('/'))) ?? 'other';
      sums[area] = addFile(sums[area], file);
    }
    return sums;
  }

  /**
   * Yields the single items that begin like this, each once, also one that has only files of its earlier steps. The names of
   * other items may be between the names of one, but then its id is a prefix of theirs.
   */
  async *listItems(prefix = ''): AsyncGenerator<StoredItem> {
    await this.refuseMissing();
    const open: StoredItem[] = [];
    for await (const file of this.files.walk(`${ITEMS}${prefix}`)) {
      const name = file.name.slice(ITEMS.length);
      const id = toItemId(name);
      while (open.length > 0 && !name.startsWith(open.at(-1)?.id ?? '')) {
        const ended = open.pop();
        if (ended !== undefined) yield ended;
      }
      const at = open.findIndex((item) => item.id === id);
      const item = open[at] ?? { id, names: [], ...NO_FILES };
      open.splice(at < 0 ? open.length : at, 1, { ...item, ...addFile(item, file), names: [...item.names, file.name] });
    }
    yield* open;
  }

  /** Returns the files of one item; `null` if it has none. */
  async findItem(id: string): Promise<StoredItem | null> {
    await this.refuseMissing();
    let item: StoredItem = { id, names: [], ...NO_FILES };
    for (const separator of ['.', '~']) {
      for await (const file of this.files.walk(`${ITEMS}${id}${separator}`)) {
        if (toItemId(file.name.slice(ITEMS.length)) === id)
          item = { ...item, ...addFile(item, file), names: [...item.names, file.name] };
      }
    }
    return item.files === 0 ? null : item;
  }

  /**
   * Removes the files of a batch, which is marked as deleted, or has no manifest. Safe to repeat.
   *
   * @param onRemoved receives the number of files that are removed so far
   */
  async removeBatch(id: string, onRemoved: (files: number) => void = () => undefined): Promise<Extent> {
    const prefix = batchPrefix(id);
    let removed = NO_FILES;
    let names: string[] = [];
    const flush = async () => {
      await this.files.remove(names);
      names = [];
      onRemoved(removed.files);
    };
    for await (const file of this.files.walk(prefix)) {
      if (isRecordOfBatch(file.name.slice(prefix.length))) continue;
      removed = addFile(removed, file);
      if (names.push(file.name) === REMOVED_TOGETHER) await flush();
    }
    await flush();
    return removed;
  }

  async removeItem({ names }: StoredItem): Promise<void> {
    await this.files.remove(names);
  }
}

function newBatch(id: string): StoredBatch {
  return { id, ...NO_FILES, hasManifest: false, isDeleted: false, removable: NO_FILES };
}

/** @param name within the batch */
function addToBatch(batch: StoredBatch, name: string, file: FoundFile): StoredBatch {
  return {
    ...batch,
    ...addFile(batch, file),
    hasManifest: batch.hasManifest || isManifest(name),
    isDeleted: batch.isDeleted || isDeletedMark(name),
    removable: isRecordOfBatch(name) ? batch.removable : addFile(batch.removable, file),
  };
}

export function addExtents(left: Extent, right: Extent): Extent {
  const { files, bytes, changedAt } = right;
  return {
    files: left.files + files,
    bytes: left.bytes + bytes,
    changedAt: Math.max(left.changedAt, changedAt),
  };
}

function addFile(sum: Extent, { bytes, changedAt }: FoundFile): Extent {
  return addExtents(sum, { files: 1, bytes, changedAt });
}

/** Ids have no `~`, and extensions no dot. */
function toItemId(name: string): string {
  const [beginning = ''] = name.split('~');
  return beginning === name ? name.replace(/\.[^.]*$/, '') : beginning;
}
