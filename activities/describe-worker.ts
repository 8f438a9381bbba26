/** What this worker is, for a client that is about to start something. */
import type { WorkerDescription } from '../workflows/domain/activity-contract';
import type { ActivityDependencies } from './dependencies';

/** @throws StoreUnavailable */
export async function describeWorker({ store }: Pick<ActivityDependencies, 'store'>): Promise<WorkerDescription> {
  return { store: { identity: await store.identity(), address: store.address } };
}
