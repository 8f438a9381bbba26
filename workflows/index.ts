/** Every workflow that a worker hosts. */
export { accountGovernor } from './account/governor-workflow';
export { imageBatch } from './batch/batch-workflow';
export { describeWorker } from './batch/describe-worker';
export { batchPage } from './batch/page-workflow';
export { generateImage } from './item/item-workflow';
