/** The store of results, manifests and outcomes; the only part of the activities that the client may import. */
export {
  type ItemResult,
  isPlan,
  type PartResults,
  type PassedParts,
  readCarriedNames,
  readItems,
  readParts,
  readResults,
} from './batch-items';
export { type RunOfBatch, readRunsOfBatch } from './batch-runs';
export {
  type AddedRun,
  type BatchRun,
  type BatchStore,
  type Deletion,
  type DeletionStep,
  getPlannedRun,
  listOwnParts,
  type Manifest,
  type ManifestRow,
  type ReadOutcomes,
  type RunRows,
  type Sampling,
  type TemporalServer,
  toPart,
} from './batch-store';
export { CheckedBytes } from './checked-bytes';
export { type Deleted, type DeleteOptions, type DeletionPlan, deleteBatch } from './clean-up/delete-batch';
export { deleteItem } from './clean-up/delete-item';
export type { CleanedStore, KnownWork } from './clean-up/known-work';
export {
  type Pruned,
  type PruneEntry,
  type PruneOptions,
  type PruneSkipped,
  type PruneSum,
  prune,
} from './clean-up/prune';
export {
  type BatchUsage,
  readOwnUsage,
  readUsage,
  type StoredBatchState,
  type StoreUsage,
  type UsedSpace,
} from './clean-up/usage';
export { DamagedFileError } from './damaged-file-error';
export { FilesystemStore } from './folder/filesystem-store';
export { type CopiedFile, OutputFolder, OutputFolderError } from './folder/output-folder';
export type { InputFiles } from './input-files';
export { InputSources } from './input-sources';
export { ItemFinder, type ItemRun } from './item-finder';
export { BEGINNING, type StartPlace } from './key-index';
export { tallyNeverBegunParts } from './never-begun';
export { openStore, parseStoreSettings, type StoreSettings } from './open-store';
export {
  type KeptFile,
  keptFileAt,
  NotInStore,
  type OpenFile,
  RESULT_TYPES,
  type ResultStore,
  StoreUnavailable,
  toFileName,
} from './result-store';
export { SettingsError } from './settings-error';
export { computeSpent, settleItem, tallyItem, toCount, toEarlier } from './settle-item';
export {
  AREAS,
  type Area,
  addExtents,
  type Extent,
  NO_FILES,
  type StoreContents,
  type StoredBatch,
  type StoredItem,
} from './store-contents';
export type { ByteRange } from './store-files';
export { BatchDeletedError } from './store-unavailable';
export type { SubmissionJournal } from './submission-journal';
export type { Thumbnails } from './thumbnails';
