import { CancellationScope, sleep } from '@temporalio/workflow';
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
