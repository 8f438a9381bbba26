/** Which items of a batch are run again, and with what request. Nothing is guessed: what may be paid is asked for. */
import type { BatchStore, Manifest, ManifestRow } from '../activities/store';
import { addTallies, EMPTY_TALLY, NO_ITEMS, type Tally, tallyOfLine } from '../workflows/domain/batch';
import type { FailureCode } from '../workflows/domain/failures';
import type { ItemLine, Outcome } from '../workflows/domain/item';
import type { RowSpool } from './batch-manifest';
import { type ItemResult, readItems } from './batch-results';

/** Outcomes that can be run again. */
export const REDRIVABLE = ['failed', 'cancelled', 'unknown'] as const satisfies readonly Outcome[];
/** Of items that surely cost nothing, or whose cost is known. */
export const DEFAULT_OUTCOMES: readonly (typeof REDRIVABLE)[number][] = ['failed', 'cancelled'];

export interface RedriveFilter {
  /** Outcomes to run again. An item that ended `unknown` may have been paid, so that must be named. */
  readonly outcomes: readonly Outcome[];
  /** Only items that ended with one of these codes; default any. */
  readonly codes?: ReadonlySet<string>;
  /** Only these keys; default any. */
  readonly keys?: ReadonlySet<string>;
  /** Requests that replace those of the manifest, by key; only these items are run. */
  readonly edited?: ReadonlyMap<string, ManifestRow>;
}

export interface RedriveSelection {
  readonly selected: number;
  /** What has become of the items that stay as they are, and the submissions of all until now. */
  readonly base: Tally;
  /** Selected items that may have been paid already. */
  readonly possiblyPaid: number;
  /** Items that would be selected if `unknown` were named. */
  readonly leftUnknown: number;
  /** Keys that were asked for and are not in the batch. */
  readonly strangers: readonly string[];
}

interface End {
  readonly outcome: Outcome;
  readonly code: FailureCode;
}

/** As the workflows record such items. */
const LOST = { outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN' } as const satisfies End;
const NEVER_BEGUN = { outcome: 'cancelled', code: 'CANCELLED' } as const satisfies End;

/** Writes the selected items into `spool`. */
export async function selectForRedrive(
  store: BatchStore,
  manifest: Manifest,
  filter: RedriveFilter,
  spool: RowSpool,
): Promise<RedriveSelection> {
  const strangers = new Set([...(filter.keys ?? []), ...(filter.edited?.keys() ?? [])]);
  let [selected, possiblyPaid, leftUnknown, base] = [0, 0, 0, EMPTY_TALLY];
  for await (const item of readItems(store, manifest)) {
    strangers.delete(item.row.key);
    if (!isSelected(item, filter)) {
      base = addTallies(base, tallyOfItem(item));
      if (isSelected(item, { ...filter, outcomes: ['unknown'] })) leftUnknown += 1;
      continue;
    }
    selected += 1;
    base = { ...base, submissions: base.submissions + item.submissions };
    if (endOf(item).outcome === 'unknown') possiblyPaid += 1;
    const { key, operation, request } = filter.edited?.get(item.row.key) ?? item.row;
    // Without the job that an earlier rescue has fetched: a redrive submits.
    await spool.add({ key, operation, request });
  }
  return { selected, base, possiblyPaid, leftUnknown, strangers: [...strangers] };
}

/** Of a batch that has ended: an item without an outcome was lost, or never begun. */
function endOf({ line, begun }: ItemResult): Pick<ItemLine, 'outcome' | 'code'> {
  return line ?? (begun ? LOST : NEVER_BEGUN);
}

function isSelected(item: ItemResult, { outcomes, codes, keys, edited }: RedriveFilter): boolean {
  const { key } = item.row;
  const { outcome, code } = endOf(item);
  return (
    outcomes.includes(outcome) &&
    (codes === undefined || codes.has(code ?? '')) &&
    (keys === undefined || keys.has(key)) &&
    (edited === undefined || edited.has(key))
  );
}

/** What has become of an item, as far as it has told. */
export function tallyOfItem(item: ItemResult): Tally {
  if (item.line !== null) return tallyOfLine(item.line);
  return { ...EMPTY_TALLY, counts: { ...NO_ITEMS, [endOf(item).outcome]: 1 }, submissions: item.submissions };
}
