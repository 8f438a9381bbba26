import { addTallies, EMPTY_TALLY, type Tally, tallyRow } from '../../workflows/domain/batch/tally';
import type { ItemResultRow } from '../../workflows/domain/item/item';

/** The tally of ended items. */
export function tallyRows(rows: readonly ItemResultRow[]): Tally {
  return rows.reduce((sum, row) => addTallies(sum, tallyRow(row)), EMPTY_TALLY);
}
