/** Deletes the files of batches and single items that ended long ago. */
import { isSafeKey } from '../../../workflows/domain/base/safe-key';
import type { StoredBatch, StoredItem } from '../store-contents';
import { type DeleteOptions, deleteBatch } from './delete-batch';
import { deleteItem } from './delete-item';
import type { CleanedStore } from './known-work';

/** Which batches and items to delete. */
export interface PruneOptions extends Pick<DeleteOptions, 'movedServer'> {
  /** Age since the end of what is deleted, in ms; at least 1. */
  readonly olderThanMs: number;
  /** Only select, and delete nothing. Default false. */
  readonly dryRun?: boolean;
  /** Receives each entry of the selection, then its sum by `confirm`. */
  readonly onSelected?: (entry: PruneEntry) => void;
  /** Receives what will be removed. An error deletes nothing. Not called if nothing is selected. */
  readonly confirm?: (sum: PruneSum) => Promise<void>;
  /** Receives each entry once it is deleted. */
  readonly onDeleted?: (entry: PruneEntry) => void;
  /** Receives what is old enough and stays, with the reason. */
  readonly onSkipped?: (skipped: PruneSkipped) => void;
  /** Aborted: nothing more is deleted after the current one. */
  readonly signal?: AbortSignal;
}

interface PrunedId {
  readonly kind: 'batch' | 'item';
  readonly id: string;
}

/** A batch or an item that is old enough. */
export interface PruneEntry extends PrunedId {
  readonly files: number;
  readonly bytes: number;
  /** The later of the newest change in the store, and of the end of its workflow if Temporal knows it. ISO 8601. */
  readonly endedAt: string;
}

/** A batch or an item that is old enough and stays. */
export interface PruneSkipped extends PrunedId {
  readonly reason: string;
}

/** Numbers of batches and single items, with the sum of their files. */
export interface PruneSum {
  readonly batches: number;
  readonly items: number;
  readonly files: number;
  readonly bytes: number;
}

/** What was deleted; with `dryRun`, what would be. */
export interface Pruned extends PruneSum {
  /** Number of batches and items that are old enough and stay. */
  readonly skipped: number;
}

const NO_ID = 'its name is not an id, so this program has not made it; remove it by hand';
const NOTHING: PruneSum = { batches: 0, items: 0, files: 0, bytes: 0 };

/**
 * Selects what ended before, asks, and deletes each as `deleteBatch` and `deleteItem` do. What cannot be deleted is skipped.
 * After an interruption, call it again: what is deleted is not selected again, and what is half deleted is completed.
 *
 * @throws StoreUnavailable, and errors of `work`
 */
export async function prune(
  store: CleanedStore,
  { olderThanMs, dryRun = false, movedServer = false, onSelected, confirm, onDeleted, onSkipped, signal }: PruneOptions,
): Promise<Pruned> {
  const before = Date.now() - olderThanMs;
  const selected: PruneEntry[] = [];
  let [sum, skipped] = [NOTHING, 0];
  const skip = (entry: PrunedId, reason: string) => {
    skipped += 1;
    onSkipped?.({ kind: entry.kind, id: entry.id, reason });
  };
  for await (const found of select(store, before, movedServer)) {
    if ('reason' in found) {
      skip(found, found.reason);
      continue;
    }
    selected.push(found);
    sum = addEntry(sum, found);
    onSelected?.(found);
  }
  if (dryRun || selected.length === 0) return { ...sum, skipped };
  await confirm?.(sum);
  let done = NOTHING;
  for (const entry of selected) {
    if (signal?.aborted === true) break;
    const reason = await remove(store, entry, movedServer);
    if (reason !== null) skip(entry, reason);
    else {
      done = addEntry(done, entry);
      onDeleted?.(entry);
    }
  }
  return { ...done, skipped };
}

/** Deletes an entry, or returns why it stays. */
async function remove(store: CleanedStore, { kind, id }: PrunedId, movedServer: boolean): Promise<string | null> {
  return findReason(store, () => (kind === 'batch' ? deleteBatch(store, id, { movedServer }) : deleteItem(store, id)));
}

async function findReason({ work }: CleanedStore, attempt: () => Promise<unknown>): Promise<string | null> {
  try {
    await attempt();
    return null;
  } catch (error) {
    const reason = work.findReason(error);
    if (reason === null) throw error;
    return reason;
  }
}

async function* select(
  store: CleanedStore,
  before: number,
  movedServer: boolean,
): AsyncGenerator<PruneEntry | PruneSkipped> {
  const { contents } = store;
  for await (const batch of contents.listBatches()) {
    const { files, changedAt } = batch.removable;
    // The rest of a deletion that was interrupted, at any age.
    if (files === 0 || (changedAt >= before && !batch.isDeleted)) continue;
    if (isSafeKey(batch.id)) yield* selectBatch(store, batch, before, movedServer);
    else yield { kind: 'batch', id: batch.id, reason: NO_ID };
  }
  for await (const item of contents.listItems()) {
    if (item.changedAt >= before) continue;
    if (isSafeKey(item.id)) yield* selectItem(store, item, before);
    else yield { kind: 'item', id: item.id, reason: NO_ID };
  }
}

async function* selectBatch(
  store: CleanedStore,
  { id, removable: { files, bytes, changedAt }, isDeleted }: StoredBatch,
  before: number,
  movedServer: boolean,
): AsyncGenerator<PruneEntry | PruneSkipped> {
  const endedAt = isDeleted ? changedAt : await findEnd(store, id, changedAt);
  if (endedAt >= before && !isDeleted) return;
  const manifest = isDeleted ? null : await store.batches.readAnyManifest(id);
  const reason =
    manifest === null ? null : await findReason(store, () => store.work.refuseRunningBatch(manifest, movedServer));
  if (reason !== null) yield { kind: 'batch', id, reason };
  else yield { kind: 'batch', id, files, bytes, endedAt: new Date(endedAt).toISOString() };
}

async function* selectItem(
  store: CleanedStore,
  { id, files, bytes, changedAt }: StoredItem,
  before: number,
): AsyncGenerator<PruneEntry | PruneSkipped> {
  const endedAt = await findEnd(store, id, changedAt);
  if (endedAt >= before) return;
  const entry = await store.submissions.read(id);
  const reason = await findReason(store, () => store.work.refuseRunningItem(id, entry));
  if (reason !== null) yield { kind: 'item', id, reason };
  else yield { kind: 'item', id, files, bytes, endedAt: new Date(endedAt).toISOString() };
}

/** The end of the workflow is later than the last file if it was terminated, or cancelled after a pause. */
async function findEnd({ work }: CleanedStore, id: string, changedAt: number): Promise<number> {
  return Math.max(changedAt, await work.readEnd(id));
}

function addEntry(sum: PruneSum, { kind, files, bytes }: PruneEntry): PruneSum {
  return {
    batches: sum.batches + (kind === 'batch' ? 1 : 0),
    items: sum.items + (kind === 'item' ? 1 : 0),
    files: sum.files + files,
    bytes: sum.bytes + bytes,
  };
}
