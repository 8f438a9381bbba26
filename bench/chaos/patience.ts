/** Calls that tolerate an absent server. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';

const AGAIN_MS = 1_000;
/** gRPC status codes. */
const NOT_FOUND = 5;

/** Whether a call failed because there is no server, or because it has not caught up yet. */
export function isServerDown(error: unknown): boolean {
  const text = String(error instanceof Error ? `${error.name} ${error.message} ${String(error.cause)}` : error);
  return /UNAVAILABLE|DEADLINE_EXCEEDED|CANCELLED|ECONNREFUSED|Service|Query|Timeout|timed out|NoServer|WorkerMissing/i.test(
    text,
  );
}

/** Whether a call failed because the store was taken away. */
function isStoreAway(error: unknown): boolean {
  return error instanceof Error && /StoreUnavailable|ENOTDIR|ENOENT/.test(`${error.name} ${error.message}`);
}

/** Whether there is no such workflow, by an error of the SDK or of the server. */
export function isMissing(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError || (error as { readonly code?: unknown }).code === NOT_FOUND;
}

/** Repeats the call while there is no server or no store; returns `null` if that is so until then. */
export async function untilAnswered<T>(limit: Limit, call: () => Promise<T>): Promise<T | null> {
  while (Date.now() < limit.endAt) {
    try {
      return await call();
    } catch (error) {
      if (!isServerDown(error) && !isStoreAway(error)) throw error;
      await sleep(AGAIN_MS);
    }
  }
  return null;
}

/** Limit of a wait, which may be moved meanwhile. */
export interface Limit {
  endAt: number;
}

const SLICE_MS = 1_000;

/** As `withinTime`, with a limit that may be moved. */
export async function withinLimit<T>(limit: Limit, work: Promise<T>): Promise<T | null> {
  let isDone = false;
  const noted = work.finally(() => {
    isDone = true;
  });
  noted.catch(() => undefined);
  while (!isDone && Date.now() < limit.endAt) {
    await withinTime(Math.min(limit.endAt, Date.now() + SLICE_MS), noted);
  }
  return isDone ? noted : null;
}

/** Returns `null` if the result has not arrived until then; a later one is dropped. */
export async function withinTime<T>(endAt: number, work: Promise<T>): Promise<T | null> {
  const late = new AbortController();
  const timer = sleep(Math.max(0, endAt - Date.now()), null, { signal: late.signal }).catch(() => null);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, timer]);
  } finally {
    late.abort();
  }
}
