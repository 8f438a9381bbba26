/**
 * Divides the known rate of an account. Single items are released one by one, and batches share the rest by their permits,
 * which are divided by weight. A permit that is not given out takes no part of the rate. Pure arithmetic.
 */
import { getRate } from '../pace/pace';
import type { AccountState } from './account-state';
import { type Holder, isWaitingItem } from './holder';

/** Maximum part of the rate that single items use while batches have permits. */
const MAX_ITEM_PART = 0.5;
/** The part of single items is rounded up to a multiple of this, so that batches do not get a grant for each item. */
const ITEM_PART_STEP = 0.125;
/** Time after which no other single item is expected, in ms. */
const MAX_ITEM_GAP_MS = 60_000;
/** Weight of the newest gap in the mean, if it is longer; a shorter one counts at once. */
const NEWEST_GAP_SHARE = 0.5;

type ItemTimes = Pick<AccountState, 'itemAt' | 'itemGapMs'>;

/** Time between two single items, in ms; `null` if no rate is known. */
export function computeItemSpacingMs({ pace, holders }: Pick<AccountState, 'pace' | 'holders'>): number | null {
  const rate = getRate(pace);
  if (rate === null) return null;
  const hasBatch = holders.some(({ kind, permits }) => kind === 'batch' && permits > 0);
  return 1_000 / rate / (hasBatch ? MAX_ITEM_PART : 1);
}

/** Permits given out: to all holders, and of these to batches. */
export interface GivenOut {
  readonly all: number;
  readonly batches: number;
}

/** @param permits of each holder */
export function sumGivenOut(holders: readonly Holder[], permits: readonly number[]): GivenOut {
  const sum = (counted: readonly number[]) => counted.reduce((total, count) => total + count, 0);
  return { all: sum(permits), batches: sum(permits.filter((_, index) => holders[index]?.kind === 'batch')) };
}

/**
 * Time between two submissions if all permits were those of one batch, in ms; `null` if no rate is known. With their own
 * permits, the batches together use what single items leave.
 */
export function computeSpacingMs(state: AccountState, { all, batches }: GivenOut, now: number): number | null {
  const rate = getRate(state.pace);
  if (rate === null) return null;
  const ofBatches = all === 0 ? 1 : batches / all;
  return ((1_000 / rate) * ofBatches) / (1 - computeItemPart(state, 1_000 / rate, now));
}

/** Part of the rate that single items use, by the time between them. */
function computeItemPart(
  { itemAt, itemGapMs = MAX_ITEM_GAP_MS, queue, holders }: AccountState,
  spacingMs: number,
  now: number,
): number {
  // One alone goes at once.
  if (queue.length + holders.filter(isWaitingItem).length > 1) return MAX_ITEM_PART;
  const gapMs = Math.max(itemGapMs, now - itemAt);
  if (gapMs >= MAX_ITEM_GAP_MS) return 0;
  return Math.min(MAX_ITEM_PART, Math.ceil(spacingMs / gapMs / ITEM_PART_STEP) * ITEM_PART_STEP);
}

/** When a single item last received a permit, and the mean time between the last ones, if one does now. */
export function recordItem({ itemAt, itemGapMs = MAX_ITEM_GAP_MS }: ItemTimes, now: number): ItemTimes {
  const gapMs = Math.min(MAX_ITEM_GAP_MS, now - itemAt);
  return { itemAt: now, itemGapMs: Math.min(gapMs, itemGapMs + (gapMs - itemGapMs) * NEWEST_GAP_SHARE) };
}
