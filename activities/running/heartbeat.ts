import { Context } from '@temporalio/activity';

/** Within the heartbeat timeout that the workflows set, with room for a slow machine. */
const HEARTBEAT_INTERVAL_MS = 10_000;

/**
 * Beats with the newest details while `work` goes on, so that a dead worker is noticed soon. The server notices one
 * that has never beaten just as soon, so that short work costs it no beat.
 *
 * @param everyMs default 10 s: a worker that is given up by mistake costs another attempt, no more
 */
export async function withHeartbeat<T>(
  details: () => unknown,
  work: () => Promise<T>,
  everyMs = HEARTBEAT_INTERVAL_MS,
): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(details()), everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
