/** Starts a series of items. */
import type { Client } from '@temporalio/client';
import type { ItemOptions } from '../../input/requests/item-options';
import { toItemId } from '../../input/requests/item-series';
import type { OpenStore } from '../open-store';
import type { ItemHandle } from './item-handle';
import { refuseTakenIds } from './taken-ids';

/** The parts of a client that a series needs. */
interface SeriesContext {
  readonly temporal: Client;
  startResolved(options: ItemOptions): Promise<ItemHandle>;
}

interface SeriesHooks {
  /** Receives each item when it is started. */
  readonly onStarted: (item: ItemHandle) => void;
  /** Called once if the store cannot be read. Ids are then compared with Temporal only. */
  readonly onUnreadable: (error: unknown) => void;
}

/** The items that could not be started. */
interface Unstarted {
  readonly ids: readonly string[];
  /** Why the first of them could not be started. */
  readonly error: unknown;
}

export interface StartedSeries {
  readonly items: readonly ItemHandle[];
  /** `null` if all were started. */
  readonly unstarted: Unstarted | null;
}

/**
 * Starts all items before any ends; their files are in the store. If an id of several is taken, none is started.
 *
 * @param store for the ids of several items; that of a single one is compared by the worker before anything is paid
 * @throws IdTakenError, InvalidRequestError, NoServerError if the first could not be started
 */
export async function startSeries(
  client: SeriesContext,
  series: readonly ItemOptions[],
  store: Pick<OpenStore, 'findOtherUse'> | null,
  { onStarted, onUnreadable }: SeriesHooks,
): Promise<StartedSeries> {
  if (series.length > 1 && store !== null) await refuseTakenIds(client.temporal, store, series, onUnreadable);
  const items: ItemHandle[] = [];
  for (const options of series) {
    let item: ItemHandle;
    try {
      item = await client.startResolved(options);
    } catch (error) {
      if (items.length === 0) throw error;
      return { items, unstarted: { ids: series.slice(items.length).map(toItemId), error } };
    }
    items.push(item);
    onStarted(item);
  }
  return { items, unstarted: null };
}
