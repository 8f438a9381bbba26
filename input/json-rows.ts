/** The rows of a JSON file: one object per line, one list, or consecutive objects, however they are indented. */

import { isObject } from '../workflows/domain/base/is-object';
import { getOwn } from '../workflows/domain/base/own-value';
import { DEFAULT_OPERATION } from '../workflows/domain/operations/operations';
import { Beginning } from './beginning';
import { type Columns, listColumns } from './columns';
import { InputFileError } from './input-file-error';
import { type InputRow, MAX_ROW_BYTES } from './input-row';
import { withTypedNumbers } from './json-numbers';
import { type JsonBreak, type JsonPiece, JsonSplitter } from './json-splitter';
import { NamedValues } from './named-values';
import { describeJsonFault, findJsonFault } from './requests/json-fault';
import type { FieldProblem } from './requests/request-schema';
import { textLines } from './text-lines';

interface JsonRow extends Pick<InputRow, 'line' | 'values' | 'problems'> {
  /** The row's source text; empty if it could not be read. */
  readonly text: string;
}

const LIKE_THIS = 'must be an object, for instance {"prompt":"…"}';
const TOO_LONG = `is longer than ${MAX_ROW_BYTES} bytes; shorten it`;

/** @throws InputFileError at an unreadable place of a list or document; in JSONL a bad line affects only itself */
export async function* jsonRows(
  text: AsyncIterable<Buffer>,
  { columns }: { readonly columns: Columns },
): AsyncIterable<InputRow> {
  const named = new NamedValues(columns);
  const beginning = new Beginning(text);
  const read = (await beginsDocument(beginning)) ? documentRows : lineRows;
  let number = 0;
  for await (const { text: content, ...row } of read(beginning.replay())) {
    number += 1;
    const values = withTypedNumbers(content, row.values, columns);
    yield { ...row, ...named.of(row.line, values), number };
  }
}

/** Whether the text is one document: a list, or an object that continues on the next line and is not a damaged first line of JSONL. */
async function beginsDocument(beginning: Beginning): Promise<boolean> {
  const { text: first } = await beginning.nextLine({ quoted: false });
  if (!first.startsWith('{')) return first.startsWith('[');
  if (splitPieces(first) !== null) return false;
  const { text: second } = await beginning.nextLine({ quoted: false });
  return second !== '' && !second.startsWith('{');
}

async function* lineRows(text: AsyncIterable<Buffer>): AsyncIterable<JsonRow> {
  for await (const { line, text: content } of textLines(text, MAX_ROW_BYTES)) {
    if (content?.trim() === '') continue;
    yield* content === null ? [bad(line, TOO_LONG)] : readLine(line, content);
  }
}

/** Reads one line. It may contain several objects or a trailing comma if every object is complete. */
function readLine(line: number, content: string): readonly JsonRow[] {
  const whole = parsePiece(content, line);
  if ('value' in whole) return [toRow(line, content, whole.value)];
  const pieces = splitPieces(content) ?? [];
  const rows = pieces.flatMap(({ text }) => {
    const { value } = { value: undefined, ...parsePiece(text ?? '', line) };
    return isObject(value) ? [toRow(line, text ?? '', value)] : [];
  });
  const isRead = rows.length > 0 && rows.length === pieces.length;
  return isRead ? rows : [bad(line, `is not valid JSON${whole.place}; ${LIKE_THIS}`)];
}

async function* documentRows(text: AsyncIterable<Buffer>): AsyncIterable<JsonRow> {
  const splitter = new JsonSplitter(MAX_ROW_BYTES);
  for await (const chunk of text) {
    yield* pieceRows(splitter.feed(chunk));
    if (splitter.broken !== null) break;
  }
  yield* pieceRows(splitter.end());
  if (splitter.broken !== null) throw breakError(splitter.broken);
}

/** One after the other: the rows before a damaged one are read, wherever the chunks are cut. */
function* pieceRows(pieces: readonly JsonPiece[]): Iterable<JsonRow> {
  for (const piece of pieces) if (isRow(piece)) yield documentRow(piece);
}

/** Whether a piece is a row. Concatenated files have byte order marks in the middle, which are not. */
function isRow({ text }: JsonPiece): boolean {
  return text?.trim() !== '';
}

/** @throws InputFileError if it is not JSON: a quote or bracket is missing, and the ends of rows would be guesses */
function documentRow({ line, text }: JsonPiece): JsonRow {
  if (text === null) return bad(line, `${TOO_LONG}, or take the list out of the object around it`);
  const found = parsePiece(text, line);
  if ('value' in found) return toRow(line, text, found.value);
  throw new InputFileError([{ field: 'row', problem: `is not valid JSON${found.place}; fix it` }], line);
}

const BREAKS: Readonly<Record<JsonBreak['kind'], string>> = {
  stray: 'has a character outside of every row; check the brackets before it',
  'open-row': 'begins here and never ends: the file was cut off, or a quote or bracket is missing',
  'open-list': 'is in a list that begins here and never ends: the file was cut off, or a "]" is missing',
};

function breakError({ line, kind }: JsonBreak): InputFileError {
  return new InputFileError([{ field: 'row', problem: BREAKS[kind] }], line);
}

/** Splits a text into complete pieces; `null` if one is incomplete. */
function splitPieces(text: string): readonly JsonPiece[] | null {
  const splitter = new JsonSplitter(MAX_ROW_BYTES);
  const pieces = [...splitter.feed(Buffer.from(text)), ...splitter.end()];
  return splitter.broken === null ? pieces : null;
}

type Parsed = { readonly value: unknown } | { readonly place: string };

/** Ignores the parser's message, which may quote the line and with it a prompt. */
function parsePiece(text: string, line: number): Parsed {
  const trimmed = text.trim();
  try {
    return { value: JSON.parse(trimmed) };
  } catch {
    const fault = findJsonFault(trimmed);
    if (fault === null) return { place: '' };
    const at = fault.at + text.length - text.trimStart().length;
    return { place: ` ${describeJsonFault(text, { ...fault, at }, line)}` };
  }
}

function toRow(line: number, text: string, value: unknown): JsonRow {
  if (!isObject(value)) return bad(line, `is ${describeKind(value)}; ${LIKE_THIS}`);
  const list = listInside(value);
  if (list !== null) return bad(line, `is an object around the list "${list}"; must be the list itself, without it`);
  return { line, text, values: value, problems: [] };
}

function bad(line: number, problem: string): JsonRow {
  const problems: readonly FieldProblem[] = [{ field: 'row', problem }];
  return { line, text: '', values: {}, problems };
}

/** The name of a list inside an object without fields of a row, as in API responses; `null` if there is none. */
function listInside(value: Readonly<Record<string, unknown>>): string | null {
  if (Object.keys(value).some((name) => listColumns(DEFAULT_OPERATION).has(name))) return null;
  return Object.keys(value).find((name) => isListOfObjects(getOwn(value, name))) ?? null;
}

function isListOfObjects(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isObject);
}

function describeKind(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
