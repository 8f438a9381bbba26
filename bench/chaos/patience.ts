/** Calls that a server may be away for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';

const AGAIN_MS = 1_000;
/** Of gRPC. */
const NOT_FOUND = 5;

/** Calls that fail since there is no server, or since it has not caught up yet. */
export function isServerDown(error: unknown): boolean {
  const text = String(error instanceof Error ? `${error.name} ${error.message} ${String(error.cause)}` : error);
  return /UNAVAILABLE|DEADLINE_EXCEEDED|CANCELLED|ECONNREFUSED|Service|Query|Timeout|timed out|NoServer|WorkerMissing/i.test(
    text,
  );
}

/** There is no such workflow, in the words of the SDK or in those of the server. */
export function isMissing(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError || (error as { readonly code?: unknown }).code === NOT_FOUND;
}

/** Again and again while there is no server; `null` if there is none until then. */
export async function untilAnswered<T>(limit: Limit, call: () => Promise<T>): Promise<T | null> {
  while (Date.now() < limit.endAt) {
    try {
      return await call();
    } catch (error) {
      if (!isServerDown(error)) throw error;
      await sleep(AGAIN_MS);
    }
  }
  return null;
}

/** Until when something is waited for; may be moved meanwhile. */
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

/** `null` if it has not come until then; whatever comes of it later is dropped. */
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
