import { openStore, type StoreSettings, StoreUnavailable } from '../../activities/store';
import { type Finding, failed, ok } from './finding';

/** Writes a small file as workers do, and reads it back. The file stays. */
export async function checkStore(settings: StoreSettings): Promise<Finding> {
  const store = openStore(settings);
  try {
    await store.results.check();
    return ok(`${store.address} is readable and writable`);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return failed(error.message, error.remedy);
  } finally {
    await store.close();
  }
}
