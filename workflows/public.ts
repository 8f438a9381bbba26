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
} from './domain/item';
export type { OperationName } from './domain/operations';
export { executeImage, type ImageChildOptions, startImage } from './image-child';
export { accountGovernor, batchPage, describeWorker, generateImage, imageBatch } from './index';
export { type InlineImageOptions, InlineImages, type InlineImagesOptions } from './inline-images';
export { type GenerateImageInput, imageProgressQuery, TASK_QUEUE } from './messages';
