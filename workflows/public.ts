/**
 * `imagepipeline-temporal/workflows`: what a workflow of one's own may import. Safe to bundle: no Node, nothing native.
 *
 * A worker that hosts our workflows as well exports the five of them from its own workflows' file.
 */
export type {
  ItemProgress as ImageProgress,
  ItemReport as ImageReport,
  SingleImageProgress,
  StoredResult,
  Submission,
} from './domain/item/item';
export type { OperationName } from './domain/operations/operations';
export { accountGovernor, batchPage, describeWorker, generateImage, imageBatch } from './index';
export { executeImage, type ImageChildOptions, startImage } from './item/child-item';
export { type InlineImageOptions, InlineImages, type InlineImagesOptions } from './item/inline-items';
export { type GenerateImageInput, imageProgressQuery, TASK_QUEUE } from './messages';
