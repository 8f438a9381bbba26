/** The activities over the settings of a worker, with the connections that they keep open. */
import type { ActivityOptions } from '../activities';
import {
  createActivities,
  createImagePipelineApi,
  createUndiciTransport,
  openStore,
  ProcessPauseWatch,
} from '../activities';
import { hashKey } from './key-hash';
import { type PendingPosts, PostCounter } from './pending-posts';
import type { WorkerSettings } from './settings';
import { StoreHealth } from './store-health';

export interface HostedActivities {
  readonly activities: ReturnType<typeof createActivities>;
  /** Of the store that they write to. */
  readonly storeHealth: StoreHealth;
  /** What it has sent that costs, and was not answered yet. */
  pendingPosts(): PendingPosts;
  /** Lets connections go; the activities cannot be used afterwards. */
  close(): Promise<void>;
}

/** @param overrides for tests and benchmarks, as given to `createActivities` */
export function hostActivities(settings: WorkerSettings, overrides: Partial<ActivityOptions> = {}): HostedActivities {
  const store = openStore(settings);
  const transport = createUndiciTransport({ unusedProxies: settings.unusedProxies ?? [] });
  const processPause = new ProcessPauseWatch();
  const posts = new PostCounter();
  const api = posts.counting(overrides.api ?? createImagePipelineApi({ ...settings, transport: transport.send }));
  return {
    activities: createActivities({ store: store.results, processPause, ...chosenBy(settings), ...overrides, api }),
    storeHealth: new StoreHealth(overrides.store ?? store.results),
    pendingPosts: () => posts.pending,
    close: async () => {
      processPause.stop();
      await transport.close();
      await store.close();
    },
  };
}

/** What the settings leave out keeps its default. */
function chosenBy({ apiKey, baseUrl, bounds, readCost, callbacks }: WorkerSettings): Partial<ActivityOptions> {
  return {
    provider: { baseUrl, keyHash: hashKey(apiKey) },
    bounds,
    ...(readCost === undefined ? {} : { readCost }),
    ...(callbacks === undefined ? {} : { callbacks }),
  };
}
