/** Every workflow that a worker hosts. */
export { accountGovernor } from './account-governor';
export { batchPage } from './batch-page';
export { describeWorker } from './describe-worker';
export { generateImage } from './generate-image';
export { imageBatch } from './image-batch';
