import { openStore, type StoreSettings, StoreUnavailable } from '../../activities/store';
import { type Finding, failed, ok } from './finding';

/** Writes what workers write, and reads it back; leaves one small file. */
export async function checkStore(settings: StoreSettings): Promise<Finding> {
  const store = openStore(settings);
  try {
    await store.results.probe();
    return ok(`${store.address} can be written and read`);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return failed(error.message, error.remedy);
  } finally {
    await store.close();
  }
}
