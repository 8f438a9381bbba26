/**
 * The hold while results of paid jobs cannot be stored. Results that wait show when the store works again, so no probe
 * has to be paid. Pure.
 */
import { toCause } from '../base/cause';
import { getFailureRow } from '../failures/failures';
import type { HoldNotice } from '../failures/hold-codes';

export const STORE_CODE = 'STORE_UNAVAILABLE';
/**
 * Maximum silence, in ms. A waiting result is retried at least this often, so longer silence means that none is
 * waiting.
 */
const MAX_SILENCE_MS = 150_000;

export interface StoreHold {
  /** In ms since the epoch. */
  readonly since: number;
  /** Time of the last report, in ms since the epoch. */
  readonly lastSeenAt: number;
  /** The store's error message. */
  readonly cause: string;
}

/** A worker reported several failed writes in a row. */
export function newStoreHold(before: StoreHold | null, problem: string, now: number): StoreHold {
  return { since: before?.since ?? now, lastSeenAt: now, cause: toCause(problem) };
}

/** When it ends without a report, in ms since the epoch. */
export function computeSilenceEnd({ lastSeenAt }: StoreHold): number {
  return lastSeenAt + MAX_SILENCE_MS;
}

export function buildStoreNotice({ since, cause }: StoreHold): HoldNotice {
  const { remedy } = getFailureRow(STORE_CODE);
  return { code: STORE_CODE, since: new Date(since).toISOString(), until: null, cause, remedy };
}
