/** The flags for reading a file of rows, shared by every command that reads one. */
import path from 'node:path';
import type { Command } from 'commander';
import type { RowSource } from '../../client/batches/start-from-rows';
import { COLUMN_NAMES } from '../../input/columns';
import { DELIMITERS } from '../../input/delimiter';
import { InputFileError } from '../../input/input-file-error';
import { INPUT_FORMATS, type OpenInputOptions, openInput, STDIN } from '../../input/open-input';
import { readRows } from '../../input/read-rows';
import { findClosestMatch } from '../../input/requests/closest-match';
import type { CliContext } from '../context';
import { newInputs } from '../inputs';

/** The help of the file argument. */
export const FILE_ARGUMENT = 'CSV, JSONL, JSON, or a .txt with one prompt per line, also as .gz; - is standard input';

/** Flag values from commander. */
export interface InputFlags {
  readonly format?: string;
  readonly delimiter?: string;
  readonly dropDuplicates?: true;
  readonly skipInvalid?: true;
  readonly map?: readonly string[];
  readonly carry?: readonly string[];
  readonly strictColumns?: true;
}

export function addInputFlags(command: Command): void {
  const delimiters = DELIMITERS.map(({ name }) => name).join(', ');
  command
    .option('--format <format>', `${INPUT_FORMATS.join(', ')} (default: by the extension of the file)`)
    .option('--delimiter <name>', `for CSV: ${delimiters} (default: detected from the header line)`)
    .option('--skip-invalid', 'leave out rows that are invalid')
    .option('--drop-duplicates', 'leave out rows with the same request as an earlier row')
    .option('--map <field=column>', 'use a column as a field, for instance key=sku; repeatable', inOrder)
    .option('--carry <column>', 'return a column with the results and do not send it; repeatable', inOrder)
    .option('--strict-columns', 'refuse columns that are not fields, instead of returning them with the results');
}

function inOrder(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** Opens the rows of a file, which are read on demand. Adds problems of the flags to `problems`, and may then return `null`. */
export function sourceFrom(file: string, flags: InputFlags, problems: string[], context: CliContext): RowSource | null {
  try {
    const source = openInput(file, readOpenOptions(flags, context, process.stdin, problems));
    const inputs = newInputs(context, toInputFolder(file, context));
    return { name: source.name, rows: readRows(source), plan: { ...toRowChecks(flags), inputs } };
  } catch (error) {
    if (!(error instanceof InputFileError)) throw error;
    problems.push(error.message);
    return null;
  }
}

/** The folder that paths in a file start from: its own. */
export function toInputFolder(file: string, { cwd }: Pick<CliContext, 'cwd'>): string {
  return file === STDIN ? cwd : path.dirname(path.resolve(cwd, file));
}

/** The options of the plan about which rows are left out. */
export function toRowChecks({ skipInvalid, dropDuplicates }: InputFlags): RowSource['plan'] {
  return { skipInvalid: skipInvalid === true, dropDuplicates: dropDuplicates === true };
}

/** Parses --map and --carry. Adds problems to `problems`. */
export function readOpenOptions(
  flags: InputFlags,
  { cwd }: { readonly cwd: string },
  stdin: AsyncIterable<Uint8Array>,
  problems: string[],
): OpenInputOptions {
  const { format, delimiter, carry = [], strictColumns } = flags;
  const columns = { map: readMap(flags.map ?? [], problems), carry, strict: strictColumns === true };
  return { cwd, format, delimiter, columns, stdin };
}

function readMap(texts: readonly string[], problems: string[]): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const text of texts) {
    const [, field = '', column = ''] = /^([^=]*)=(.+)$/s.exec(text) ?? [];
    const problem = mapProblem(field, column, map);
    if (problem === null) map.set(field, column);
    else problems.push(`--map is "${text}"; ${problem}`);
  }
  return map;
}

function mapProblem(field: string, column: string, before: ReadonlyMap<string, string>): string | null {
  if (column === '') return 'must be a field and a column, like key=sku';
  if (!COLUMN_NAMES.has(field)) {
    const near = findClosestMatch(field, [...COLUMN_NAMES]);
    return near === null ? `fields are ${[...COLUMN_NAMES].join(', ')}` : `did you mean ${near}=${column}?`;
  }
  if (before.has(field)) return `${field} is mapped twice; keep one`;
  const other = [...before].find(([, taken]) => taken === column);
  return other === undefined ? null : `the column "${column}" is ${other[0]} already; keep one`;
}
