/** The values of one CSV row, by column, with the types of the operation's fields. */
import { getOwn } from '../workflows/domain/base/own-value';
import {
  type FieldRule,
  getOperationRow,
  isOperationName,
  type OperationName,
} from '../workflows/domain/operations/operations';
import type { Delimiter } from './delimiter';
import { parseField, readInteger } from './requests/field-text';
import type { FieldProblem } from './requests/request-schema';
import { isInTypographicQuotes, TYPOGRAPHIC_QUOTES } from './requests/visible-text';

/** Whether a row is blank: a blank line, or only commas, as spreadsheets leave behind. */
export function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === '');
}

/** Problems with the number of cells. @param names the columns of the header */
export function shapeProblems(
  names: readonly string[],
  cells: readonly string[],
  delimiter: Delimiter,
): readonly FieldProblem[] {
  if (cells.length !== names.length) return [{ field: 'row', problem: raggedProblem(names, cells, delimiter) }];
  return names.flatMap((name, index) =>
    name === '' && !isBlank(cells.slice(index, index + 1)) && !isIndexCell(names, cells, index)
      ? [{ field: `column ${index + 1}`, problem: 'has a text but no name; name it in the header or leave it empty' }]
      : [],
  );
}

function raggedProblem(names: readonly string[], cells: readonly string[], { name }: Delimiter): string {
  const found = `has ${formatCount(cells.length)}; must have ${names.length}, as the header has`;
  return cells.some(beginsTypographic)
    ? `${found}: typographic quotes do not enclose a cell; use straight ones (")`
    : `${found}: put a text that contains a ${name} in quotes`;
}

/** Whether a cell begins with a typographic quote that it does not close: its text was split. */
function beginsTypographic(cell: string): boolean {
  const first = cell.trim().at(0) ?? '';
  return first !== '' && first.replace(TYPOGRAPHIC_QUOTES, '') === '' && !isInTypographicQuotes(cell);
}

/** Detects the row numbers of pandas and R in a column without a name. Anything else may be half of a text. */
export function hasIndex(names: readonly string[], cells: readonly string[]): boolean {
  return names[0] === '' && isIndexCell(names, cells, 0);
}

function isIndexCell(names: readonly string[], cells: readonly string[], index: number): boolean {
  return index === 0 && names.length > 1 && readInteger(cells[0] ?? '') !== null;
}

export type RowRules = Readonly<Record<string, FieldRule>>;

/** The rules of the fields of a row, by its operation; none if the operation is unknown. */
export function findRowRules(
  names: readonly string[],
  cells: readonly string[],
  defaultOperation: OperationName,
): RowRules {
  const operation = cells[names.indexOf('operation')]?.trim() || defaultOperation;
  return isOperationName(operation) ? getOperationRow(operation).fields : {};
}

/** The values of the fields. An empty cell means "not given". */
export function rowValues(
  names: readonly string[],
  cells: readonly string[],
  rules: RowRules,
): Readonly<Record<string, unknown>> {
  const values = names.flatMap((name, index): [string, unknown][] => {
    const cell = cells[index] ?? '';
    if (name === '' || cell.trim() === '') return [];
    const rule = getOwn(rules, name);
    return [[name, rule === undefined ? cell : parseField(rule, cell)]];
  });
  return Object.fromEntries(values);
}

/** The carried values, empty ones included: all rows of a file return the same columns. */
export function carriedValues(names: readonly string[], cells: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.flatMap((name, index) => (name === '' ? [] : [[name, cells[index] ?? '']])));
}

function formatCount(cells: number): string {
  return cells === 1 ? '1 cell' : `${cells} cells`;
}
