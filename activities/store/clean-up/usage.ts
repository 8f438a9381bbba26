/** What the store holds, with the state of each batch. */
import { isSafeKey } from '../../../workflows/domain/base/safe-key';
import { type Area, addExtents, type Extent, NO_FILES, type StoredBatch } from '../store-contents';
import type { CleanedStore, KnownBatchState } from './known-work';

/** Files, and the time of their newest change; `null` if there are none. */
export interface UsedSpace {
  readonly files: number;
  readonly bytes: number;
  /** By the clock of the store, ISO 8601. */
  readonly changedAt: string | null;
}

/** `incomplete`: it was never completely planned. `not-known`: Temporal does not know it, or no longer. */
export type StoredBatchState = KnownBatchState | 'deleted' | 'incomplete' | 'not-known';

/** The files of a batch, and its state. */
export interface BatchUsage extends UsedSpace {
  readonly id: string;
  readonly state: StoredBatchState;
}

/** What a store holds, in total and by kind. */
export interface StoreUsage {
  /** Address of the store. */
  readonly store: string;
  /** In the order of their ids. */
  readonly batches: readonly BatchUsage[];
  /** Results of single items. */
  readonly items: UsedSpace;
  /** Records of the submissions of single items. */
  readonly submissions: UsedSpace;
  /** Rows of schedules. */
  readonly schedules: UsedSpace;
  /** Files that requests name as inputs. */
  readonly inputs: UsedSpace;
  /** Records of uploaded inputs. */
  readonly uploads: UsedSpace;
  /** Previews of segments. */
  readonly segments: UsedSpace;
  /** Small pictures for the dashboard. */
  readonly thumbnails: UsedSpace;
  /** Files that are being written, or that a killed worker left. Those of an S3 store are on each worker's disk. */
  readonly staged: UsedSpace;
  readonly other: UsedSpace;
  readonly total: UsedSpace;
}

/** Number of batches that are asked for their state concurrently. */
const MAX_LOOKS = 20;

/**
 * Counts the files of the store. Reads their names and sizes only; memory grows with the number of batches, not of files.
 *
 * @throws StoreUnavailable, and errors of `work`
 */
export async function readUsage(store: CleanedStore): Promise<StoreUsage> {
  const { address, contents } = store;
  const batches = await readBatches(store, '');
  const areas = await contents.measureAreas();
  const total = [...Object.values(areas), ...batches.map(({ found }) => found)].reduce(addExtents, NO_FILES);
  const named = Object.fromEntries(Object.entries(areas).map(([name, extent]) => [name, toUsedSpace(extent)]));
  return {
    store: address,
    batches: batches.map(({ usage }) => usage),
    ...(named as Record<Area, UsedSpace>),
    total: toUsedSpace(total),
  };
}

/** What belongs to ids that begin like this. */
export interface OwnUsage extends Pick<StoreUsage, 'batches' | 'items' | 'total'> {}

/** Like `readUsage`, of ids that begin like this. Records and inputs do not name their owner. */
export async function readOwnUsage(store: CleanedStore, prefix: string): Promise<OwnUsage> {
  const { contents } = store;
  const batches = await readBatches(store, prefix);
  let items = NO_FILES;
  for await (const item of contents.listItems(prefix)) items = addExtents(items, item);
  const total = batches.reduce((sum, { found }) => addExtents(sum, found), items);
  return { batches: batches.map(({ usage }) => usage), items: toUsedSpace(items), total: toUsedSpace(total) };
}

interface FoundBatch {
  readonly found: Extent;
  readonly usage: BatchUsage;
}

async function readBatches(store: CleanedStore, prefix: string): Promise<readonly FoundBatch[]> {
  const all: FoundBatch[] = [];
  let some: StoredBatch[] = [];
  const flush = async () => {
    const looks = some.map(async (found): Promise<FoundBatch> => {
      const state = await readState(store, found);
      return { found, usage: { id: found.id, state, ...toUsedSpace(found) } };
    });
    some = [];
    all.push(...(await Promise.all(looks)));
  };
  for await (const batch of store.contents.listBatches(prefix)) if (some.push(batch) === MAX_LOOKS) await flush();
  await flush();
  return all;
}

async function readState(
  { work }: CleanedStore,
  { id, isDeleted, hasManifest }: StoredBatch,
): Promise<StoredBatchState> {
  if (isDeleted) return 'deleted';
  if (!hasManifest) return 'incomplete';
  if (!isSafeKey(id)) return 'not-known';
  return (await work.readState(id)) ?? 'not-known';
}

function toUsedSpace({ files, bytes, changedAt }: Extent): UsedSpace {
  return { files, bytes, changedAt: files === 0 ? null : new Date(changedAt).toISOString() };
}
