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
export type { BatchStatus } from './batch-status';
export { ClientClosedError, NoServerError } from './connection';
export {
  BatchNotFoundError,
  BatchRefusedError,
  IdTakenError,
  type ImageFailureCode,
  ImageNotFoundError,
  ImagePipelineError,
  InvalidRequestError,
  WorkerMissingError,
} from './errors';
export { ImageHandle, type MadeImage } from './image-handle';
export { type ConnectOptions, ImagePipelineClient, type StartImageOptions } from './image-pipeline-client';
export type { ImageStatus } from './image-status';
export type { FieldProblem } from './request-schema';
