/** What an id stands for at Temporal, as people are told it. */
import { getOwn } from '../workflows/domain/own-value';

export const BATCH_TYPE = 'imageBatch';

const WORDS_BY_TYPE: Readonly<Record<string, string>> = {
  generateImage: 'a single image',
  [BATCH_TYPE]: 'a batch',
  batchPage: 'a page of a batch',
  accountGovernor: 'an account',
};

/** @param type of the workflow that has the id */
export function describeKind(type: string): string {
  return getOwn(WORDS_BY_TYPE, type) ?? 'another kind of workflow';
}
