import { heartbeat } from '@temporalio/activity';

/** Several beats within the heartbeat timeout that the workflows set. */
const BEAT_MS = 3_000;

/**
 * Beats with the newest details while `work` goes on, so that a dead worker is noticed soon. The server notices one
 * that has never beaten just as soon, so that short work costs it no beat.
 */
export async function beating<T>(details: () => unknown, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => heartbeat(details()), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
