/** What this worker is, for a client that is about to start something, or compares its settings. */
import type { WorkerDescription } from '../../workflows/domain/batch/activity-contract';
import type { ActivityDependencies } from '../dependencies';

/** @throws StoreUnavailable */
export async function describeWorker({
  store,
  provider,
}: Pick<ActivityDependencies, 'store' | 'provider'>): Promise<WorkerDescription> {
  const described = { identity: await store.identity(), address: store.address };
  return { store: described, ...(provider === undefined ? {} : { provider }) };
}
