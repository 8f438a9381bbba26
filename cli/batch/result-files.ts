/** The files of a batch or a single item, from the store alone. */
import { readItems } from '../../activities/store';
import { findManifest } from '../../client/batches/find-manifest';
import type { OpenStore } from '../../client/open-store';
import { BatchNotFoundError, ItemDeletedError, ManifestNotFoundError } from '../../connection/errors';
import { batchItemsFolder } from '../../workflows/domain/batch/batch-ids';
import { SINGLE_ITEMS_FOLDER, type StoredFile } from '../../workflows/domain/item/item';
import { withAllFiles } from '../../workflows/domain/item/result-row';
import { type Sidecar, toSidecar } from '../../workflows/domain/item/sidecar';
import { withKeptSteps } from '../../workflows/domain/item/step-report';
import { UsageError } from '../usage-error';
import type { Keep } from './kept-steps';

/** The files of an item, the main one first. */
export interface ItemFiles {
  readonly key: string;
  readonly files: readonly StoredFile[];
  /** Describes a file; absent for a single item, whose request is not in the store. */
  readonly describe?: (file: StoredFile, name: string) => Sidecar;
}

export interface ResultFiles {
  readonly isBatch: boolean;
  /** Folder of the store that has the files. */
  readonly folder: string;
  /** Reads the items with an outcome. */
  items(): AsyncGenerator<ItemFiles>;
  /** Number of items without an outcome, after all were read. */
  countOpen(): number;
}

/**
 * @param keep default: as the batch says
 * @throws ManifestNotFoundError if the store has nothing of this id, ItemDeletedError, UsageError for an item without a result
 */
export async function findResultFiles(store: OpenStore, id: string, keep: Keep = null): Promise<ResultFiles> {
  try {
    return await findBatchFiles(store, id, keep);
  } catch (error) {
    if (error instanceof ManifestNotFoundError) throw new ManifestNotFoundError(id, store.address, 'batch or item');
    if (!(error instanceof BatchNotFoundError)) throw error;
    const completed = await store.findCompleted(id);
    if (completed === null) throw await toNoResult(store, id);
    const { files } = withAllFiles(completed);
    return {
      isBatch: false,
      folder: SINGLE_ITEMS_FOLDER,
      items: () => yieldOne({ key: id, files }),
      countOpen: () => 0,
    };
  }
}

async function toNoResult({ submissions, address }: OpenStore, id: string): Promise<Error> {
  const deletedAt = (await submissions.read(id))?.deletedAt;
  if (deletedAt !== undefined) return new ItemDeletedError(id, deletedAt);
  return new UsageError([
    `the item "${id}" has no result in the store ${address}: "imagepipeline status ${id}" shows it`,
  ]);
}

/** @throws ManifestNotFoundError, BatchNotFoundError as `findManifest` */
export async function findBatchFiles(store: OpenStore, id: string, keep: Keep = null): Promise<ResultFiles> {
  const manifest = await findManifest(store, id);
  let open = 0;
  return {
    isBatch: true,
    folder: batchItemsFolder(id),
    countOpen: () => open,
    items: async function* () {
      open = 0;
      for await (const { row, line, isStarted } of readItems(store.batches, manifest)) {
        if (line === null) {
          open += isStarted ? 1 : 0;
          continue;
        }
        const { key, files } = keep === null ? line : withKeptSteps(line, keep);
        const batch = { id, createdAt: manifest.createdAt };
        yield { key, files, describe: (file, name) => toSidecar({ row, line, batch }, file, name) };
      }
    },
  };
}

async function* yieldOne(item: ItemFiles): AsyncGenerator<ItemFiles> {
  yield item;
}
