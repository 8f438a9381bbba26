/**
 * `imagepipeline-temporal/workflows`: what a workflow of one's own may import. Safe to bundle: no Node, nothing native.
 *
 * A worker that hosts our workflows as well exports the five of them from its own workflows' file.
 */
export {
  type BatchChildOptions,
  type BatchChildRow,
  executeBatch,
  type StoredBatch,
  type StoredBatchChildOptions,
} from './batch/batch-child';
export type { BatchLimits, BatchOptions } from './domain/batch/batch-options';
export type { BatchStatus } from './domain/batch/batch-status';
export type {
  ItemProgress,
  ItemReport,
  SingleItemProgress,
  StoredResult,
  Submission,
} from './domain/item/item';
export type { OperationName } from './domain/operations/operations';
export {
  imagePipelineAccount,
  imagePipelineBatch,
  imagePipelineItem,
  imagePipelinePage,
  imagePipelineWorker,
} from './index';
export { executeImage, type ImageChildOptions, startImage } from './item/child-item';
export { type InlineItemOptions, InlineItems, type InlineItemsOptions } from './item/inline-items';
export { type ItemInput, itemProgressQuery, TASK_QUEUE } from './messages';
