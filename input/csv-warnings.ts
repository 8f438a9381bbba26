/** Warnings about values that a spreadsheet or an editor may have changed silently. */
import { getOwn } from '../workflows/domain/base/own-value';
import type { FieldRule } from '../workflows/domain/operations/operations';
import type { RowRules } from './csv-row';
import type { InputWarning } from './input-row';
import { isInTypographicQuotes } from './requests/visible-text';

/** Spreadsheets keep 15 digits of a number and write zeros for the rest. */
const ROUNDED_BY_SPREADSHEET = /^[+-]?\d{15}0+(\.0*)?$/;

export function cellWarnings(
  line: number,
  names: readonly string[],
  cells: readonly string[],
  rules: RowRules,
): InputWarning[] {
  return names.flatMap((field, index) => {
    const problem = toWarning(getOwn(rules, field), cells[index] ?? '');
    return problem === null ? [] : [{ line, field, problem }];
  });
}

function toWarning(rule: FieldRule | undefined, cell: string): string | null {
  const type = rule?.type;
  if (type === 'integer' && ROUNDED_BY_SPREADSHEET.test(cell.trim()))
    return 'has more than 15 digits and ends in 0, as a number that a spreadsheet has rounded; compare it with its source';
  if (type === 'text' && isInTypographicQuotes(cell))
    return 'is in typographic quotes, which are sent as part of it; only straight ones (") enclose a cell';
  return null;
}
