/** Rows of sampled batches, and how often they were paid. */
import type { BatchRow } from '../../client';
import type { Rig } from '../support/rig';
import { formatRowPrompt, jobsByKey } from './batch-fixtures';

export const keysOf = (count: number) => Array.from({ length: count }, (_, index) => `k${index}`);

export function makeRows(id: string, count: number, asking: (key: string) => string = () => ''): BatchRow[] {
  return keysOf(count).map((key) => ({
    key,
    prompt: `${formatRowPrompt(id, key)} ${asking(key)}`,
    width: 32,
    height: 32,
    output_format: 'png',
  }));
}

/** No item was accepted twice. */
export function expectPaidOnce(rig: Rig, id: string, keys: number): void {
  const jobs = [...jobsByKey(rig, id)].map(([key, accepted]) => [key, accepted.length] as const);
  expect(jobs.filter(([, count]) => count !== 1)).toEqual([]);
  expect(jobs).toHaveLength(keys);
}
