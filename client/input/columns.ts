/** The columns of a batch: the fields of every operation, and what a row says about itself. */
import { OPERATION_NAMES, operationRow } from '../../workflows/domain/operations';
import { nearest } from '../nearest';
import type { FieldProblem } from '../request-schema';
import { TYPOGRAPHIC_QUOTES, visibleText, withoutInvisible } from '../visible-text';

/** What a row says about itself; every other column is a field of its request. */
export const ROW_COLUMNS: readonly string[] = ['key', 'operation'];

const FIELDS_BY_OPERATION = OPERATION_NAMES.map((name) => Object.entries(operationRow(name).fields));

export const COLUMN_NAMES: ReadonlySet<string> = new Set([
  ...ROW_COLUMNS,
  ...FIELDS_BY_OPERATION.flatMap((fields) => fields.map(([name]) => name)),
]);

/** The fields without which no row can be right. */
export const NEEDED_COLUMNS: readonly string[] = requiredBy(FIELDS_BY_OPERATION[0] ?? []).filter((name) =>
  FIELDS_BY_OPERATION.every((fields) => requiredBy(fields).includes(name)),
);

/**
 * A column that nobody knows, with what was probably meant.
 *
 * @param place how to call it where its name cannot be shown
 */
export function unknownColumn(name: string, place: string): FieldProblem {
  const bare = withoutInvisible(name).replace(TYPOGRAPHIC_QUOTES, '').trim().toLowerCase();
  if (bare !== name && COLUMN_NAMES.has(bare) && bare !== name.toLowerCase()) {
    return { field: place, problem: `is ${visibleText(name)}; must be "${bare}"` };
  }
  const names = [...COLUMN_NAMES];
  const near = nearest(name, names);
  const advice = near === null ? `known are ${names.join(', ')}` : `did you mean ${near}?`;
  return near !== null || LIKE_A_NAME.test(name)
    ? { field: name, problem: `is not known; ${advice}` }
    : { field: place, problem: `has a text of ${name.length} characters for a name; ${advice}` };
}

/** A file without a header has a prompt where the name should be, and prompts are never repeated. */
const LIKE_A_NAME = /^[A-Za-z_][\w-]{0,39}$/;

function requiredBy(fields: readonly (readonly [string, { readonly required?: true }])[]): string[] {
  return fields.filter(([, rule]) => rule.required === true).map(([name]) => name);
}
