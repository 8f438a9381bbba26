/** What can be wrong with the header of a CSV file. Said once, so that not every row repeats it. */
import type { FieldProblem } from '../request-schema';
import { COLUMN_NAMES, NEEDED_COLUMNS, unknownColumn } from './columns';

/** Names by position; '' for a column without a name. */
export function columnNames(cells: readonly string[]): readonly string[] {
  return cells.map((cell) => cell.trim());
}

export function headerProblems(names: readonly string[]): readonly FieldProblem[] {
  const missing = NEEDED_COLUMNS.filter((name) => !names.includes(name));
  return [
    ...names.flatMap((name, index) => columnProblems(name, index, names)),
    ...missing.map((name) => ({ field: 'header', problem: `has no column "${name}"; every row needs it` })),
  ];
}

function columnProblems(name: string, index: number, names: readonly string[]): FieldProblem[] {
  const place = `column ${index + 1}`;
  if (name === '') return [];
  if (!COLUMN_NAMES.has(name)) return [unknownColumn(name, place)];
  const first = names.indexOf(name);
  if (first === index) return [];
  return [{ field: place, problem: `is "${name}", as column ${first + 1} is; keep one of them` }];
}

/** How a record in the middle of a file repeats a header: as the first one, or as that of another file. */
export type HeaderAgain = 'same' | 'other';

/** Files that were joined have a header in the middle: a record of nothing but names of columns. */
export function headerAgain(names: readonly string[], cells: readonly string[]): HeaderAgain | null {
  const own = columnNames(cells).map((name) => name.toLowerCase());
  const first = names.map((name) => name.toLowerCase());
  if (own.length === first.length && own.every((name, index) => name === first[index])) return 'same';
  const named = own.filter((name) => name !== '');
  const isHeader = named.length > 1 && named.every((name) => COLUMN_NAMES.has(name) || first.includes(name));
  return isHeader && NEEDED_COLUMNS.every((name) => named.includes(name)) ? 'other' : null;
}
