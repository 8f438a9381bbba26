/** Finds out whether an id names a batch or a single item. */
import type { Client } from '@temporalio/client';
import { BATCH_TYPE, ITEM_TYPE } from '../connection/workflow-kinds';
import { getOwn } from '../workflows/domain/base/own-value';
import { findEarlierRun } from './items/earlier-run';

export type Kind = 'item' | 'batch';

const KIND_BY_TYPE: Readonly<Record<string, Kind>> = { [ITEM_TYPE]: 'item', [BATCH_TYPE]: 'batch' };

/**
 * @returns `null` if it names neither
 * @throws NoServerError
 */
export async function findKind(client: Client, id: string): Promise<Kind | null> {
  const run = await findEarlierRun(client, id);
  return run === null ? null : (getOwn(KIND_BY_TYPE, run.type) ?? null);
}
