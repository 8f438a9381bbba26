/** Names of workflow kinds, for messages. */
import { getOwn } from '../workflows/domain/base/own-value';

export const BATCH_TYPE = 'imagePipelineBatch';
export const ITEM_TYPE = 'imagePipelineItem';

const WORDS_BY_TYPE: Readonly<Record<string, string>> = {
  [ITEM_TYPE]: 'a single item',
  [BATCH_TYPE]: 'a batch',
  imagePipelinePage: 'a page of a batch',
  imagePipelineBatchItem: 'an item of a batch',
  imagePipelineScheduledBatch: 'the start of a scheduled batch',
  imagePipelineAccount: 'an account',
};

/** Descriptions of another use of an id. Only hashes of requests are known, so they cannot say more. */
export const OTHER_REQUEST = 'an item of another request (other prompt or fields)';
export const OTHER_ROWS = 'a batch of other rows';

/** @param type type of the workflow that has the id */
export function describeKind(type: string): string {
  return getOwn(WORDS_BY_TYPE, type) ?? 'another kind of workflow';
}
