import type { BatchHandle } from './batch-handle';
import { BatchNotFoundError, BatchRefusedError } from './errors';

/**
 * A batch whose history is gone is not running.
 *
 * @throws BatchRefusedError
 */
export async function refuseIfRunning(batch: BatchHandle): Promise<void> {
  try {
    const { state } = await batch.status();
    if (state === 'running' || state === 'paused') {
      throw new BatchRefusedError(batch.id, `it is ${state}; redrive it when it has ended, or cancel it`);
    }
  } catch (error) {
    if (!(error instanceof BatchNotFoundError)) throw error;
  }
}
