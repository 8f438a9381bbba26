/**
 * When nobody of an account submits since the results of what is paid cannot be kept. Results that wait to be stored show by
 * themselves that the store is well again, so that nothing is paid to find out. Pure.
 */
import { toCause } from '../base/cause';
import { getFailureRow } from '../failures/failures';
import type { HoldNotice } from '../failures/hold-codes';

export const STORE_CODE = 'STORE_UNAVAILABLE';
/** A result that waits is tried at least once in this time, in ms: who hears nothing for longer knows of none that waits. */
const MAX_SILENCE_MS = 150_000;

export interface StoreHold {
  /** In ms since the epoch. */
  readonly since: number;
  /** When a worker last told of it, in ms since the epoch. */
  readonly lastSeenAt: number;
  /** The store's own sentence. */
  readonly cause: string;
}

/** A worker has failed to store results several times in a row. */
export function newStoreHold(before: StoreHold | null, problem: string, now: number): StoreHold {
  return { since: before?.since ?? now, lastSeenAt: now, cause: toCause(problem) };
}

/** When it ends though nobody says so, in ms since the epoch. */
export function computeSilenceEnd({ lastSeenAt }: StoreHold): number {
  return lastSeenAt + MAX_SILENCE_MS;
}

export function buildStoreNotice({ since, cause }: StoreHold): HoldNotice {
  const { remedy } = getFailureRow(STORE_CODE);
  return { code: STORE_CODE, since: new Date(since).toISOString(), until: null, cause, remedy };
}
