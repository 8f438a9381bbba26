import type { Batch } from '../api/types';

/** Whether the batch has ended, for any reason. */
export function hasEnded({ state, finishedAt }: Pick<Batch, 'state' | 'finishedAt'>): boolean {
  return finishedAt !== null || state === 'failed';
}
