/** Describes this worker to clients that check their settings against it before they start something. */
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
