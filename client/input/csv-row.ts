/** The values of one CSV row, by column and in the types of the operation's fields. */
import { DEFAULT_OPERATION, type FieldRule, isOperationName, operationRow } from '../../workflows/domain/operations';
import { getOwn } from '../../workflows/domain/own-value';
import { fieldFromText } from '../cli/request-flags';
import type { FieldProblem } from '../request-schema';

/** Blank lines, and lines of nothing but commas as spreadsheets leave them behind. */
export function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === '');
}

/** What is wrong with the shape of a row; `names` are the columns of the header. */
export function shapeProblems(names: readonly string[], cells: readonly string[]): readonly FieldProblem[] {
  if (cells.length !== names.length) {
    const advice = 'put texts with commas into quotes';
    return [
      { field: 'row', problem: `has ${counted(cells.length)}; give ${names.length}, as the header has: ${advice}` },
    ];
  }
  return names.flatMap((name, index) =>
    name === '' && cells[index]?.trim() !== ''
      ? [{ field: `column ${index + 1}`, problem: 'has a text but no name; name it in the header or leave it empty' }]
      : [],
  );
}

/** An empty cell means "not given". */
export function rowValues(names: readonly string[], cells: readonly string[]): Readonly<Record<string, unknown>> {
  const operation = cells[names.indexOf('operation')]?.trim() || DEFAULT_OPERATION;
  const rules = isOperationName(operation) ? operationRow(operation).fields : NO_RULES;
  const values = names.flatMap((name, index) => {
    const cell = cells[index] ?? '';
    if (cell.trim() === '') return [];
    const rule = getOwn(rules, name);
    return [[name, rule === undefined ? cell : fieldFromText(rule, cell)] as const];
  });
  return Object.fromEntries(values);
}

const NO_RULES: Readonly<Record<string, FieldRule>> = {};

function counted(cells: number): string {
  return cells === 1 ? '1 cell' : `${cells} cells`;
}
