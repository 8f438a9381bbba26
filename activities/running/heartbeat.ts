import { Context } from '@temporalio/activity';

/**
 * Within the heartbeat timeout that the workflows set, with room for a slow machine; giving up on a live worker costs only
 * another attempt.
 */
const HEARTBEAT_INTERVAL_MS = 10_000;

/**
 * Heartbeats the newest details while `work` runs, so a dead worker is detected soon. The first heartbeat comes after
 * one interval: the heartbeat timeout also applies before it, and short work needs none.
 */
export function withHeartbeat<T>(details: () => unknown, work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  return repeatDuring(() => context.heartbeat(details()), HEARTBEAT_INTERVAL_MS, work);
}

/** Calls `action` every `everyMs` milliseconds while `work` runs. */
export async function repeatDuring<T>(action: () => void, everyMs: number, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(action, everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
