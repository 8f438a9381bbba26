import { CancellationScope, sleep } from '@temporalio/workflow';
import type { Permits } from '../domain/item/permits';
import { unlessCancelled } from './unless-cancelled';

/** Waits, in ms, until the time has passed, the scope is cancelled, or the promise has resolved. */
export async function waitUnlessRevoked(
  delayMs: number,
  summary: string,
  revoked: Promise<void> | null,
): Promise<'waited' | 'revoked' | 'cancelled'> {
  const timer = new CancellationScope();
  try {
    const slept = timer.run(() => sleep(Math.max(1, delayMs), { summary })).then(() => 'waited' as const);
    const revocation = revoked?.then(() => 'revoked' as const);
    return await unlessCancelled(revocation === undefined ? slept : Promise.race([slept, revocation]));
  } finally {
    timer.cancel();
  }
}

/**
 * Waits until a retry is due. Returns false after a cancellation, or when submissions have stopped.
 *
 * @param retryAt in ms since the epoch
 * @param summary of the timer
 */
export async function waitForRetry(permits: Permits, retryAt: number, summary: string): Promise<boolean> {
  for (;;) {
    const waited = await waitUnlessRevoked(retryAt - Date.now(), summary, permits.revoked);
    // A pause does not end the wait; only the end of all submissions does.
    if (waited !== 'revoked') return waited === 'waited';
    if (permits.isOver) return false;
  }
}
