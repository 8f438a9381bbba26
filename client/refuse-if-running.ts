import type { BatchHandle } from './batch-handle';
import { BatchNotFoundError, BatchRefusedError } from './errors';

/**
 * A batch whose history is gone is not running. Resolves when its id is free: it says that it has ended a moment before
 * it has taken its leave of the account.
 *
 * @throws BatchRefusedError
 */
export async function refuseIfRunning(batch: Pick<BatchHandle, 'id' | 'status' | 'result'>): Promise<void> {
  try {
    const { state } = await batch.status();
    if (state === 'running' || state === 'paused') {
      throw new BatchRefusedError(batch.id, `it is ${state}; redrive it when it has ended, or cancel it`);
    }
    await batch.result();
  } catch (error) {
    if (!(error instanceof BatchNotFoundError)) throw error;
  }
}
