import type { SignalDefinition } from '@temporalio/workflow';
import { getExternalWorkflowHandle, isCancellation } from '@temporalio/workflow';

/**
 * Signals a workflow that may have ended meanwhile. Returns whether the signal was delivered.
 *
 * @throws CancelledFailure if the caller is cancelled
 */
export async function trySignal<Args extends unknown[]>(
  workflowId: string,
  signal: SignalDefinition<Args>,
  ...args: Args
): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(signal, ...args);
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return false;
  }
}
