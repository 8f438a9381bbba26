/**
 * `imagepipeline-temporal/workflows`: exports for users' workflows. Safe to bundle: no Node modules, nothing native.
 *
 * A worker that also hosts our workflows exports all nine from its own workflow file.
 */
export {
  type BatchChildOptions,
  executeBatch,
  type StoredBatch,
  type StoredBatchChildOptions,
} from './batch/batch-child';
export type { BatchLimits, BatchOptions, GivenRow } from './domain/batch/batch-options';
export type { BatchStatus } from './domain/batch/batch-status';
export type {
  ItemProgress,
  ItemReport,
  RowStep,
  StoredFile,
  StoredResult,
  Submission,
} from './domain/item/item';
export type { StepResult, WholeReport } from './domain/item/result-row';
export type { SingleItemProgress } from './domain/item/step-report';
export type { OperationName } from './domain/operations/operations';
export {
  imagePipelineAccount,
  imagePipelineBatch,
  imagePipelineBatchItem,
  imagePipelineCall,
  imagePipelineItem,
  imagePipelineNotification,
  imagePipelinePage,
  imagePipelineScheduledBatch,
  imagePipelineWorker,
} from './index';
export {
  executeImage,
  executeItem,
  type ImageChildOptions,
  type ItemChildOptions,
  startImage,
  startItem,
} from './item/child-item';
export { type InlineItemOptions, InlineItems, type InlineItemsOptions } from './item/inline-items';
export { type ItemInput, itemProgressQuery, TASK_QUEUE } from './messages';
export {
  type BatchStatusOutput,
  type CancelInput,
  type ItemStatusOutput,
  imagePipelineService,
  NEXUS_ENDPOINT,
  type RunBatchInput,
  type RunItemInput,
  type StatusInput,
  type StatusOutput,
} from './nexus-service';
