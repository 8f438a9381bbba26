/** What an id stands for at Temporal, as people are told it. */
import { getOwn } from '../../workflows/domain/base/own-value';

export const BATCH_TYPE = 'imagePipelineBatch';
export const ITEM_TYPE = 'imagePipelineItem';

const WORDS_BY_TYPE: Readonly<Record<string, string>> = {
  [ITEM_TYPE]: 'a single image',
  [BATCH_TYPE]: 'a batch',
  imagePipelinePage: 'a page of a batch',
  imagePipelineAccount: 'an account',
};

/** What an id was used for whose request is not this one; only hashes of requests are known. */
export const OTHER_REQUEST = 'an image of another request (other prompt or fields)';
export const OTHER_ROWS = 'a batch of other rows';

/** @param type of the workflow that has the id */
export function describeKind(type: string): string {
  return getOwn(WORDS_BY_TYPE, type) ?? 'another kind of workflow';
}
