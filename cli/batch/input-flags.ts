/** The flags for reading a file of rows, shared by every command that reads one. */

import type { Command } from 'commander';
import type { RowSource } from '../../client/batches/plan-batch';
import { COLUMN_NAMES } from '../../input/columns';
import { DELIMITERS } from '../../input/delimiter';
import { INPUT_FORMATS } from '../../input/open-input';
import type { OpenedRows, OpenRowsOptions } from '../../input/open-rows';
import type { PictureTools } from '../../input/pictures/picture-tools';
import type { PlanOptions } from '../../input/plan';
import { findClosestMatch } from '../../input/requests/closest-match';
import { adviseOperation } from '../../input/requests/operation-advice';
import { isOperationName, type OperationName } from '../../workflows/domain/operations/operations';
import type { CliContext } from '../context';
import { newInputs } from '../inputs';
import { CONVERT_HELP } from '../picture-tools';
import { collectValues } from '../repeatable';
import { readValues, splitPair } from './set-flag';

/** The help of the file argument. */
export const FILE_ARGUMENT =
  'CSV, JSONL, JSON, or a .txt with one prompt per line, also as .gz; - is standard input; or a folder of pictures';

/** Flag values from commander. */
export interface InputFlags {
  readonly format?: string;
  readonly delimiter?: string;
  readonly dropDuplicates?: true;
  readonly skipInvalid?: true;
  readonly map?: readonly string[];
  readonly carry?: readonly string[];
  readonly strictColumns?: true;
  readonly operation?: string;
  readonly set?: readonly string[];
  readonly recursive?: true;
  readonly match?: string;
  readonly convert?: true;
  readonly recipe?: string;
}

export function addInputFlags(command: Command): void {
  const delimiters = DELIMITERS.map(({ name }) => name).join(', ');
  command
    .option('--format <format>', `${INPUT_FORMATS.join(', ')} (default: by the extension of the file)`)
    .option('--delimiter <name>', `for CSV: ${delimiters} (default: detected from the header line)`)
    .option('--operation <name>', 'operation of rows that name none, and of the pictures of a folder')
    .option(
      '--recipe <file>',
      'YAML or JSON file: a template of the request and a matrix of values; each combination for each row is an item',
    )
    .option(
      '--set <field=value>',
      'value of a field for all rows that have none; with --recipe, of a variable; repeatable',
      collectValues,
    )
    .option('--recursive', 'for a folder: also the folders in it')
    .option('--match <glob>', "for a folder: only files that match, for instance '*.jpg'")
    .option('--convert', CONVERT_HELP)
    .option('--skip-invalid', 'leave out rows that are invalid')
    .option('--drop-duplicates', 'leave out rows with the same request as an earlier row')
    .option('--map <field=column>', 'use a column as a field, for instance key=sku; repeatable', collectValues)
    .option('--carry <column>', 'return a column with the results and do not send it; repeatable', collectValues)
    .option('--strict-columns', 'refuse columns that are not fields, instead of returning them with the results');
}

/** The options of the plan that follow from what was opened. */
export function toPlanWords(
  { words, pathsFrom, photos }: Pick<OpenedRows, 'words' | 'pathsFrom' | 'photos'>,
  context: CliContext,
  tools: PictureTools,
): Pick<PlanOptions, 'words' | 'inputs'> {
  return {
    inputs: newInputs(context, { folder: pathsFrom, tools, photos }),
    ...(words === undefined ? {} : { words }),
  };
}

/** The options of the plan about which rows are left out. */
export function toRowChecks({ skipInvalid, dropDuplicates }: InputFlags): RowSource['plan'] {
  return { skipInvalid: skipInvalid === true, dropDuplicates: dropDuplicates === true };
}

/** Parses the flags about columns and folders. Adds problems to `problems`. */
export function readOpenOptions(
  flags: InputFlags,
  { cwd }: { readonly cwd: string },
  stdin: AsyncIterable<Uint8Array>,
  problems: string[],
): OpenRowsOptions {
  const { format, delimiter, carry = [], strictColumns, recursive, match, convert } = flags;
  const operation = readOperation(flags.operation, problems);
  const columns = {
    ...{ map: readColumnMap(flags.map ?? [], problems), carry, strict: strictColumns === true },
    ...{ set: readValues(flags.set ?? [], cwd, problems), ...(operation === undefined ? {} : { operation }) },
  };
  return {
    cwd,
    format,
    delimiter,
    columns,
    stdin,
    folder: { recursive: recursive === true, match, convert: convert === true },
  };
}

function readOperation(given: string | undefined, problems: string[]): OperationName | undefined {
  if (given === undefined || isOperationName(given)) return given;
  problems.push(`--operation is "${given}"; ${adviseOperation(given)}`);
  return undefined;
}

/** Parses `--map`. Adds problems to `problems`. */
export function readColumnMap(texts: readonly string[], problems: string[]): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const text of texts) {
    const [field, column] = splitPair(text);
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
