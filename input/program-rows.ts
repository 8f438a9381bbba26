/** Reads the rows of a batch from an array or an iterable, like the rows of a file. */
import { isObject } from '../workflows/domain/base/is-object';
import type { OperationName } from '../workflows/domain/operations/operations';
import { Columns } from './columns';
import { type InputRow, MAX_ROW_BYTES } from './input-row';
import { NamedValues } from './named-values';
import { isPictureBytes } from './pictures/picture-bytes';
import { ROW_WORDS } from './plan-words';
import type { FieldProblem } from './requests/request-schema';

/**
 * A request with its key, like a line of a JSONL file. Fields that are not the provider's are not sent; they are returned in
 * results as `values`. `null` and `undefined` mean "not given".
 */
export interface BatchRow {
  /** Unique in the batch; letters, digits, `.`, `_`, `-`. Default: the row's number, from 1. */
  readonly key?: string | number;
  /** Default `generate/image`. */
  readonly operation?: OperationName;
  /** The provider's fields, for instance `prompt`. A picture may be its bytes, as in `startItem`. */
  readonly [field: string]: unknown;
}

/** Rows are read once, one at a time, so a generator of a million rows does not fill the memory. */
export type BatchRows = Iterable<BatchRow> | AsyncIterable<BatchRow>;

/** Options for fields that are not the provider's. */
export interface ColumnOptions {
  /** Fields to return with results although their names look like typos of a field. */
  readonly carry?: readonly string[];
  /** Refuses every field that is neither the provider's nor in `carry`. Default false. */
  readonly strictColumns?: boolean;
}

/** Reads rows without a problem of `findRowsProblem`. */
export function readProgramRows(
  rows: BatchRows,
  { carry = [], strictColumns = false }: ColumnOptions = {},
): AsyncGenerator<InputRow> {
  return readNamedRows(rows, new Columns({ carry, strict: strictColumns }, ROW_WORDS), false);
}

/** Reads rows whose fields, but for the key, are variables of a recipe. */
export function readVariableRows(rows: BatchRows): AsyncGenerator<InputRow> {
  return readNamedRows(rows, new Columns({ areVariables: true }, ROW_WORDS), true);
}

/** @param keepsPictures whether carried values may be the bytes of pictures */
async function* readNamedRows(rows: BatchRows, columns: Columns, keepsPictures: boolean): AsyncGenerator<InputRow> {
  const named = new NamedValues(columns);
  let number = 0;
  for await (const row of rows) {
    number += 1;
    yield toInputRow(row, number, named, keepsPictures);
  }
}

/** The problem of rows that cannot be read at all; `null` if there is none. */
export function findRowsProblem(rows: unknown): FieldProblem | null {
  const isIterable =
    typeof rows === 'object' && rows !== null && (Symbol.iterator in rows || Symbol.asyncIterator in rows);
  if (isIterable) return null;
  const problem = `is ${describe(rows)}; must be an array, an iterable or an async iterable of rows`;
  return { field: 'rows', problem };
}

function toInputRow(row: unknown, number: number, named: NamedValues, keepsPictures: boolean): InputRow {
  const place = { line: number, number };
  if (!isObject(row)) return { ...place, values: {}, problems: [describeNonRow(row)] };
  const given = Object.entries(row).filter(([, value]) => value !== undefined);
  const { carried = {}, ...read } = named.of(number, Object.fromEntries(given));
  const all = Object.entries(carried);
  const isKept = (value: unknown) => keepsPictures && isPictureBytes(value);
  const pictures = all.filter(([, value]) => isKept(value));
  const copy = copyAsJson(Object.fromEntries(all.filter(([, value]) => !isKept(value))));
  return 'problem' in copy
    ? { ...place, values: {}, problems: [{ field: 'row', problem: copy.problem }] }
    : { ...place, ...read, carried: { ...copy.values, ...Object.fromEntries(pictures) }, problems: [] };
}

function describeNonRow(row: unknown): FieldProblem {
  return { field: 'row', problem: `is ${describe(row)}; must be an object, for instance { key, prompt }` };
}

/** Never contains a value that may be a prompt. */
function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

type JsonCopy = { readonly values: Readonly<Record<string, unknown>> } | { readonly problem: string };

/** Copies carried values as JSON, because the caller may change the original before it is written. */
function copyAsJson(carried: Readonly<Record<string, unknown>>): JsonCopy {
  if (Object.keys(carried).length === 0) return { values: carried };
  try {
    const text = JSON.stringify(carried);
    if (text.length > MAX_ROW_BYTES) return { problem: `carries more than ${MAX_ROW_BYTES} bytes; must carry fewer` };
    return { values: JSON.parse(text) };
  } catch (error) {
    if (error instanceof TypeError) return { problem: 'carries values that JSON cannot hold; leave them out' };
    throw error;
  }
}
