import { DeadlinePassedError, withDeadline } from '../running/with-deadline';
import { StoreUnavailable } from './store-unavailable';

/**
 * Returns the result of a call of the store, or throws after `limitMs`.
 *
 * @param what beginning of the error message
 * @throws StoreUnavailable, or any error of `work`
 */
export async function withStoreDeadline<T>(what: string, limitMs: number, work: Promise<T>): Promise<T> {
  try {
    return await withDeadline(what, limitMs, work);
  } catch (error) {
    if (error instanceof DeadlinePassedError) throw new StoreUnavailable(error.message);
    throw error;
  }
}
