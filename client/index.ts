/** The library for backend services. Loads neither `@temporalio/worker` nor anything native. */

export {
  EncryptionKeyMissingError,
  EncryptionSettingsError,
  PayloadDamagedError,
  PayloadNotEncryptedError,
} from '../payloads';
export { FAILURES, type FailureCode, PROVIDER_FAILURES, type ProviderFailureCode } from '../workflows/domain/failures';
export type { ItemReport as ImageReport, StoredResult, Submission } from '../workflows/domain/item';
export type { OperationName } from '../workflows/domain/operations';
export { TASK_QUEUE } from '../workflows/messages';
export { BatchHandle } from './batch-handle';
export type { ResultLine as BatchResultRow } from './batch-results';
export type { BatchStatus } from './batch-status';
export type { BatchRow, BatchRows, ColumnOptions } from './batches/batch-rows';
export type { BatchChanges, BatchLimits, BatchOptions } from './batches/batch-settings';
export type { ResultsOptions } from './batches/follow-results';
export type { BatchStateName, ListBatchesOptions, ListedBatch } from './batches/list-batches';
export {
  type BatchPlan,
  InvalidRowsError,
  type PlanBatchOptions,
  type RowOptions,
  type RowProblem,
} from './batches/plan-batch';
export type { RedrivableOutcome, Redrive, RedriveOptions, RedriveTerms } from './batches/redrive-batch';
export type { StartBatchOptions, StartTermsOfBatch } from './batches/start-from-rows';
export { ClientClosedError, NoServerError } from './connection';
export {
  BatchNotFoundError,
  BatchRefusedError,
  IdTakenError,
  type ImageFailureCode,
  ImageNotFoundError,
  ImagePipelineError,
  InvalidRequestError,
  ManifestNotFoundError,
  WorkerMissingError,
} from './errors';
export { ImageHandle, type MadeImage } from './image-handle';
export { type ConnectOptions, ImagePipelineClient, type StartImageOptions } from './image-pipeline-client';
export type { ImageStatus } from './image-status';
export type { FieldProblem } from './request-schema';
