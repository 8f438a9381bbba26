/** Selects the items of a redrive and their requests. By default nothing is selected that could be paid twice. */
import type { BatchStore, Manifest, ManifestRow } from '../../activities/store';
import { formatCount } from '../../workflows/domain/base/format-count';
import { getOwn } from '../../workflows/domain/base/own-value';
import type { BatchSettings } from '../../workflows/domain/batch/batch-settings';
import { addTallies, EMPTY_TALLY, NO_ITEMS, type Tally, tallyRow } from '../../workflows/domain/batch/tally';
import { isSameRow } from '../../workflows/domain/item/canonical-row';
import type { AfterFetch, Outcome } from '../../workflows/domain/item/item';
import { judgePayment } from '../../workflows/domain/item/payment-state';
import type { RowSpool } from './batch-manifest';
import { type ItemResult, readItems } from './batch-results';
import { settleItem } from './settled-results';

/** Outcomes that can be rerun. */
export const REDRIVABLE = ['failed', 'cancelled', 'unknown'] as const satisfies readonly Outcome[];

export interface RedriveFilter {
  /** Outcomes to rerun. Default: all that cannot be paid twice. `unknown` implies `allowUnknown`. */
  readonly outcomes?: readonly Outcome[];
  /** Only items that ended with one of these codes. Default: any. */
  readonly codes?: ReadonlySet<string>;
  /** Only these keys. Default: any. */
  readonly keys?: ReadonlySet<string>;
  /** Requests that replace those of the manifest, by key. Only these items are rerun. */
  readonly edited?: ReadonlyMap<string, ManifestRow>;
  /** Also resubmit items that may have been charged and cannot be fetched. Default false. */
  readonly allowUnknown?: boolean;
}

export interface RedriveSelection {
  readonly selected: number;
  /** Outcomes of the items that are not rerun, and the spending of all items so far. */
  readonly base: Tally;
  /** Number of selected items with a job that may be charged: it is fetched first, which is free. */
  readonly fetched: number;
  /** Number of selected items that may have been charged already, and may be charged again. */
  readonly possiblyPaid: number;
  /** Number of items that may have been charged and cannot be fetched; `allowUnknown` would select them. */
  readonly leftUnknown: number;
  /** Requested keys that are not in the batch. */
  readonly strangers: readonly string[];
}

/** Longest summary in characters: the server accepts 400 bytes, and codes may contain any letters. */
const MAX_SUMMARY_LENGTH = 130;

type Prices = BatchSettings['prices'];

/**
 * Writes the selected items into `spool`.
 *
 * @param prices price of a submission by operation, to compute past spending
 */
export async function selectForRedrive(
  store: BatchStore,
  manifest: Manifest,
  filter: RedriveFilter,
  spool: RowSpool,
  prices: Prices = manifest.settings.prices,
): Promise<RedriveSelection> {
  const strangers = new Set([...(filter.keys ?? []), ...(filter.edited?.keys() ?? [])]);
  const counts = { selected: 0, fetched: 0, possiblyPaid: 0, leftUnknown: 0 };
  let base = EMPTY_TALLY;
  for await (const item of readItems(store, manifest)) {
    strangers.delete(item.row.key);
    const step = isWanted(item, filter) ? decideRedrive(item, filter) : 'not-wanted';
    if (step === 'not-wanted' || step === 'left-unknown') {
      base = addTallies(base, tallyItem(item, prices));
      if (step === 'left-unknown') counts.leftUnknown += 1;
      continue;
    }
    const { row, mayPayTwice } = step;
    counts.selected += 1;
    if (row.jobId !== undefined) counts.fetched += 1;
    if (mayPayTwice) counts.possiblyPaid += 1;
    base = addTallies(base, computeSpent(item, prices, mayPayTwice && row.jobId === undefined));
    await spool.add(row);
  }
  return { ...counts, base, strangers: [...strangers] };
}

/** The summary of a redrive for Temporal UI. Contains no keys. */
export function describeSelection(
  { selected, fetched }: Pick<RedriveSelection, 'selected' | 'fetched'>,
  { outcomes = REDRIVABLE, codes, keys, edited }: RedriveFilter,
): string {
  const terms = [
    outcomes.join(', '),
    ...(codes === undefined ? [] : [`codes ${[...codes].join(', ')}`]),
    ...(keys === undefined ? [] : ['keys of a list']),
    ...(edited === undefined ? [] : ['with new requests']),
    ...(fetched === 0 ? [] : [`${fetched} fetched first`]),
  ];
  return `${formatCount(selected, 'item')} run again: ${terms.join(' · ')}`.slice(0, MAX_SUMMARY_LENGTH);
}

interface RedriveStep {
  readonly row: ManifestRow;
  readonly mayPayTwice: boolean;
}

/** Decides how an item is rerun, if at all: it may have been charged and cannot be fetched. */
function decideRedrive(
  item: ItemResult,
  { outcomes, edited, allowUnknown }: RedriveFilter,
): RedriveStep | 'left-unknown' {
  const isAllowed = allowUnknown === true || outcomes?.includes('unknown') === true;
  const wanted = edited?.get(item.row.key) ?? item.row;
  // Drops the job that an earlier run fetched. Carried columns stay with the item unless they are edited.
  const { key, operation, request } = wanted;
  const values = edited?.get(key)?.values;
  const row = { key, operation, request, ...(values === undefined ? {} : { values }) };
  const payment = judgePayment(item);
  if (payment.kind === 'free') return { row, mayPayTwice: false };
  // A job belongs to the request of its time.
  const isSame = isSameRow(row, item.row);
  if (payment.kind === 'known-job' && isSame && !item.staleJobs.includes(payment.jobId)) {
    const afterFetch = decideAfterFetch(payment.isOnly, isAllowed);
    return { row: { ...row, jobId: payment.jobId, afterFetch }, mayPayTwice: isAllowed };
  }
  return isAllowed ? { row, mayPayTwice: true } : 'left-unknown';
}

/** @param isOnly whether no other submission of the item may be charged */
function decideAfterFetch(isOnly: boolean, isAllowed: boolean): AfterFetch {
  if (isAllowed) return 'submit';
  return isOnly ? 'submit-if-free' : 'end';
}

function isWanted(item: ItemResult, { outcomes = REDRIVABLE, codes, keys, edited }: RedriveFilter): boolean {
  const { key } = item.row;
  const { outcome, code } = settleItem(item).line;
  return (
    outcomes.includes(outcome) &&
    (codes === undefined || codes.has(code ?? '')) &&
    (keys === undefined || keys.has(key)) &&
    (edited === undefined || edited.has(key))
  );
}

/** The tally of an item, as far as it has been reported. */
export function tallyItem(item: ItemResult, prices: Prices): Tally {
  const { outcome, code } = settleItem(item).line;
  return tallyRow({ outcome, code, submissions: item.submissions }, findPrice(item, prices));
}

/**
 * Computes the spending of a rerun item so far.
 *
 * @param isDuplicated whether it is submitted again although its newest submission may have been accepted
 */
export function computeSpent(item: ItemResult, prices: Prices, isDuplicated = false): Tally {
  const tally = tallyItem(item, prices);
  const duplicates = tally.duplicates + (isDuplicated ? 1 : 0);
  return { ...tally, counts: NO_ITEMS, failures: {}, duplicates };
}

function findPrice({ row: { operation } }: ItemResult, prices: Prices = {}): number {
  return getOwn(prices, operation) ?? 0;
}
