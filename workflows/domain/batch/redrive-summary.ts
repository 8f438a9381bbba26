/** What a redrive selects by default, and how its selection is summarized. Pure. */
import { formatCount } from '../base/format-count';
import type { Outcome } from '../item/item';

/** Outcomes that can be rerun. */
export const REDRIVABLE = ['failed', 'cancelled', 'unknown', 'succeeded'] as const satisfies readonly Outcome[];
export const DEFAULT_OUTCOMES: readonly Outcome[] = ['failed', 'cancelled', 'unknown'];

interface Selected {
  readonly outcomes?: readonly Outcome[];
  readonly codes?: ReadonlySet<string>;
  readonly keys?: ReadonlySet<string>;
  readonly edited?: unknown;
}

/** Longest summary in characters: the server accepts 400 bytes, and codes may contain any letters. */
const MAX_SUMMARY_LENGTH = 130;

/** The summary of a redrive for Temporal UI. Contains no keys. */
export function describeSelection(
  { selected, fetched }: { readonly selected: number; readonly fetched: number },
  { outcomes = DEFAULT_OUTCOMES, codes, keys, edited }: Selected,
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
