/** Reads the header of a CSV file. Its problems are reported once, not for every row. */

import { COLUMN_NAMES, type Column, type Columns, isHeaderOfRequests, isShowable, listNeededColumns } from './columns';
import { InputFileError } from './input-file-error';
import type { InputWarning } from './input-row';
import type { FieldProblem } from './requests/request-schema';

export interface CsvHeader {
  /** Names in the file, by position; '' for a column without a name. */
  readonly names: readonly string[];
  /** Fields of the row, by position; '' for any other column. */
  readonly own: readonly string[];
  /** Carried columns, by position; '' for any other column. */
  readonly carried: readonly string[];
  readonly warnings: readonly InputWarning[];
}

/** @throws InputFileError with every problem of the header */
export function readHeader(line: number, cells: readonly string[], columns: Columns): CsvHeader {
  const names = cells.map((cell) => cell.trim());
  const operation = columns.findHeaderOperation(names);
  const found = names.map((name, index) =>
    name === '' ? null : columns.findColumn(name, `column ${index + 1}`, operation),
  );
  const own = found.map((column) => (column?.kind === 'own' ? column.name : ''));
  const carried = found.map((column) => (column?.kind === 'carried' ? column.name : ''));
  const needed = listNeededColumns(operation).filter((name) => !own.includes(name) && !columns.hasDefault(name));
  const problems = [...wrongColumns(found), ...doubleColumns(names, own, carried), ...missingColumns(needed, columns)];
  if (problems.length > 0) throw new InputFileError(problems, line);
  return { names, own, carried, warnings: carriedWarnings(line, found) };
}

function wrongColumns(found: readonly (Column | null)[]): readonly FieldProblem[] {
  return found.flatMap((column) => (column?.kind === 'wrong' ? [column.problem] : []));
}

function doubleColumns(
  names: readonly string[],
  own: readonly string[],
  carried: readonly string[],
): readonly FieldProblem[] {
  // A carried column may have the name of a field that another column contains.
  const meant = own.map((name, index) => (name === '' ? carriedMark(carried[index]) : name));
  return meant.flatMap((name, index) => {
    const first = meant.indexOf(name);
    if (name === '' || first === index) return [];
    return [
      { field: `column ${index + 1}`, problem: `is "${names[index]}", as column ${first + 1} is; keep one of them` },
    ];
  });
}

function carriedMark(name = ''): string {
  return name === '' ? '' : `carried ${name}`;
}

function missingColumns(needed: readonly string[], columns: Columns): readonly FieldProblem[] {
  return [
    ...columns.missing.map((name) => ({
      field: 'header',
      problem: `has no column "${name}", which --map or --carry names`,
    })),
    ...needed.map((name) => ({ field: 'header', problem: `has no column "${name}"; every row needs it` })),
  ];
}

function carriedWarnings(line: number, found: readonly (Column | null)[]): readonly InputWarning[] {
  const names = found.flatMap((column, index) =>
    column?.kind === 'carried' && !column.isNamed
      ? [isShowable(column.name) ? column.name : `column ${index + 1}`]
      : [],
  );
  if (names.length === 0) return [];
  const problem = `has columns that are not fields: ${names.join(', ')}; they are not sent, and are returned with the results`;
  return [{ line, field: 'header', problem }];
}

/** The kind of header in the middle of a file: the same as the first, or that of another file. */
type HeaderAgain = 'same' | 'other';

/** Detects a header in the middle, as in concatenated files: a record that contains only column names. */
export function headerAgain(names: readonly string[], cells: readonly string[]): HeaderAgain | null {
  const own = cells.map((cell) => cell.trim().toLowerCase());
  const first = names.map((name) => name.toLowerCase());
  if (own.length === first.length && own.every((name, index) => name === first[index])) return 'same';
  const named = own.filter((name) => name !== '');
  const isHeader = named.length > 1 && named.every((name) => COLUMN_NAMES.has(name) || first.includes(name));
  return isHeader && isHeaderOfRequests(named) ? 'other' : null;
}
