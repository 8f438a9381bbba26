/** Every workflow that a worker hosts. */
export { imagePipelineCall } from './account/call-workflow';
export { imagePipelineAccount } from './account/governor-workflow';
export { imagePipelineBatch } from './batch/batch-workflow';
export { imagePipelineWorker } from './batch/describe-worker';
export { imagePipelinePage } from './batch/page-workflow';
export { imagePipelineScheduledBatch } from './batch/scheduled-batch-workflow';
export { imagePipelineBatchItem } from './item/batch-item-workflow';
export { imagePipelineItem } from './item/item-workflow';
export { imagePipelineNotification } from './notifications/notification-workflow';
