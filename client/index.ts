/** The library for backend services. Loads no package: `connect` loads Temporal's client and what a connected client does. */

export type {
  BatchUsage,
  Deleted,
  DeleteOptions,
  DeletionPlan,
  Pruned,
  PruneEntry,
  PruneOptions,
  PruneSkipped,
  PruneSum,
  StoredBatchState,
  StoreUsage,
  UsedSpace,
} from '../activities/store';
export { DamagedFileError } from '../activities/store/damaged-file-error';
export { BatchDeletedError, NotInStore, StoreUnavailable } from '../activities/store/store-unavailable';
export {
  ApiCallError,
  BatchNotFoundError,
  BatchRefusedError,
  ClientClosedError,
  FileMissingError,
  IdTakenError,
  ImagePipelineError,
  InvalidRequestError,
  ItemDeletedError,
  type ItemFailureCode,
  ItemNotFoundError,
  ItemRefusedError,
  ManifestNotFoundError,
  NoServerError,
  OtherStoreError,
  ScheduleNotFoundError,
  TemporalSettingsError,
  WorkerMissingError,
} from '../connection/errors';
export type { ListedSchedule, ScheduleStatus, StartedRun, TriggeredRun } from '../connection/schedules';
export type { PictureBytes } from '../input/pictures/picture-bytes';
export type { PlanCounts } from '../input/plan';
export type { BatchRow, BatchRows, ColumnOptions } from '../input/program-rows';
export type { RecipeOptions, RecipeStepOptions } from '../input/recipes/recipe-options';
export type { BatchChanges } from '../input/requests/batch-settings';
export type {
  GivenRecipeOptions,
  ItemTerms,
  RequestToStore,
  StartImageOptions,
  StartItemOptions,
  StartRecipeOptions,
  StoredWork,
} from '../input/requests/item-options';
export type { FieldProblem } from '../input/requests/request-schema';
export type { OverlapPolicy, ScheduleTerms } from '../input/requests/schedule-terms';
export {
  EncryptionKeyMissingError,
  EncryptionSettingsError,
  PayloadDamagedError,
  PayloadNotEncryptedError,
} from '../payloads/errors';
export type { StoredBatch } from '../workflows/batch/batch-child';
export type { Segment, Segmentation } from '../workflows/domain/account/api-calls';
export { TASK_QUEUE } from '../workflows/domain/base/defaults';
export type { BatchLimits, BatchOptions } from '../workflows/domain/batch/batch-options';
export {
  FAILURES,
  type FailureCode,
  PROVIDER_FAILURES,
  type ProviderFailureCode,
} from '../workflows/domain/failures/failures';
export type {
  AllFiles,
  ItemReport,
  ItemStateName,
  MissingFile,
  StoredFile,
  StoredResult,
  Submission,
} from '../workflows/domain/item/item';
export type { ResultLine as BatchResultRow, StepResult, WholeReport } from '../workflows/domain/item/result-row';
export type { Sidecar } from '../workflows/domain/item/sidecar';
export type { OperationName } from '../workflows/domain/operations/operations';
export type { Profile, ProfileChanges, ProfileFields } from '../workflows/domain/operations/profiles';
export type { RequestOf } from '../workflows/domain/operations/request-type';
export type { Profiles } from './account/call-api';
export type { AddOptions } from './batches/add-rows';
export type { FilesOptions } from './batches/batch-files';
export type { BatchHandle } from './batches/batch-handle';
export type { BatchStatus } from './batches/batch-status';
export type { CreateScheduleOptions, TermsOfSchedule } from './batches/create-schedule';
export type { ResultsOptions } from './batches/follow-results';
export { InvalidRowsError } from './batches/invalid-rows-error';
export type { BatchStateName, ListBatchesOptions, ListedBatch } from './batches/list-batches';
export type { BatchPlan, PlanBatchOptions, RowOptions, RowProblem } from './batches/plan-batch';
export type { RedrivableOutcome, Redrive, RedriveOptions, RedriveTerms } from './batches/redrive-batch';
export type { ScheduleHandle } from './batches/schedule-handle';
export type { Schedules } from './batches/schedules';
export type { StartBatchOptions, StartTermsOfBatch, StoreBatchOptions } from './batches/start-from-rows';
export { ImagePipelineClient } from './client';
export type { ConnectOptions, ConnectWithClientOptions } from './connect-options';
export { readDataConverter } from './data-converter';
export type { CompletedItem, EndedItem, ItemHandle } from './items/item-handle';
export type { ItemStatus } from './items/item-status';
export type { DownloadOptions, ResultFile } from './result-file';
export type { StoreHandle } from './store/store-handle';
