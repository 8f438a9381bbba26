/** Creates the activities from a worker's settings, together with their connections. */
import type { ActivityOptions } from '../activities';
import {
  createActivities,
  createImagePipelineApi,
  createUndiciTransport,
  NotificationSender,
  openStore,
  ProcessPauseWatch,
  UndocumentedAnswers,
} from '../activities';
import { hashKey } from './key-hash';
import { type PendingPosts, PostCounter } from './pending-posts';
import type { WorkerSettings } from './settings';
import { StoreHealth } from './store-health';

export interface HostedActivities {
  readonly activities: ReturnType<typeof createActivities>;
  /** Health of the store that the activities write to. */
  readonly storeHealth: StoreHealth;
  /** Paid requests that were sent and not answered yet. */
  pendingPosts(): PendingPosts;
  /** Closes the connections; the activities cannot be used afterwards. */
  close(): Promise<void>;
}

/** @param overrides for tests and benchmarks, passed to `createActivities` */
export function hostActivities(settings: WorkerSettings, overrides: Partial<ActivityOptions> = {}): HostedActivities {
  const store = openStore(settings);
  const transport = createUndiciTransport({ proxies: settings.proxies ?? {} });
  const processPause = new ProcessPauseWatch();
  const posts = new PostCounter();
  const undocumented = new UndocumentedAnswers();
  const apiKey = settings.readApiKey ?? settings.apiKey;
  const apiSettings = { ...settings, apiKey, transport: transport.send, onAnswer: undocumented.see.bind(undocumented) };
  const api = posts.counting(overrides.api ?? createImagePipelineApi(apiSettings));
  const { secrets, allowPrivate } = settings.notifications ?? { secrets: [], allowPrivate: false };
  const notifications = new NotificationSender({ send: transport.send, secrets, allowPrivate });
  const own = { store: store.results, processPause, notifications, ...chosenBy(settings) };
  return {
    activities: createActivities({ ...own, ...overrides, api }),
    storeHealth: new StoreHealth(overrides.store ?? store.results),
    pendingPosts: () => posts.pending,
    close: async () => {
      processPause.stop();
      await transport.close();
      await store.close();
    },
  };
}

/** Settings that are absent keep their defaults. */
function chosenBy(settings: WorkerSettings): Partial<ActivityOptions> {
  const { apiKey, readApiKey = () => apiKey, baseUrl, bounds, readCost, callbacks } = settings;
  return {
    provider: {
      baseUrl,
      // Of the key that it has now.
      get keyHash() {
        return hashKey(readApiKey());
      },
    },
    bounds,
    ...(readCost === undefined ? {} : { readCost }),
    ...(callbacks === undefined ? {} : { callbacks }),
  };
}
