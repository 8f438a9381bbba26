import { Context } from '@temporalio/activity';

/** Within the heartbeat timeout that the workflows set, with room for a slow machine. */
const HEARTBEAT_INTERVAL_MS = 10_000;

/**
 * Heartbeats the newest details while `work` runs, so a dead worker is detected soon. The first heartbeat comes after
 * one interval: the heartbeat timeout also applies before it, and short work needs none.
 *
 * @param everyMs heartbeat interval, in ms. Default 10 s; giving up on a live worker costs only another attempt
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
