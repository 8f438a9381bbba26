/** Opens the input of a batch and detects its format. */
import { createReadStream, statSync } from 'node:fs';
import path from 'node:path';
import { findErrorCode } from '../workflows/domain/base/errors';
import { getOwn } from '../workflows/domain/base/own-value';
import type { ColumnRules } from './columns';
import { DELIMITERS, type Delimiter, delimiterNamed } from './delimiter';
import { InputFileError } from './input-file-error';
import type { PlanWords } from './plan-words';
import { describeReadError } from './read-error';
import type { FieldProblem } from './requests/request-schema';
import { unzip } from './unzipped';

export const INPUT_FORMATS = ['csv', 'jsonl', 'json', 'txt'] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];

export interface InputSource {
  /** The name shown in messages. */
  readonly name: string;
  readonly format: InputFormat;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** For CSV. Default: detected from the header line. */
  readonly delimiter?: Delimiter | undefined;
  /** The caller's rules for columns. Default: none. */
  readonly columns?: ColumnRules | undefined;
  /** How its columns are spoken of. Default as those of a file. */
  readonly words?: PlanWords;
}

export interface OpenInputOptions {
  /** The folder that relative paths start from. */
  readonly cwd: string;
  /** Default: by the file's extension. */
  readonly format?: string | undefined;
  /** A name or a character. Default: detected from the header line. */
  readonly delimiter?: string | undefined;
  readonly columns?: ColumnRules | undefined;
  readonly stdin: AsyncIterable<Uint8Array>;
}

/** The name that means standard input. */
export const STDIN = '-';

const FORMAT_BY_EXTENSION: Readonly<Record<string, InputFormat>> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.tab': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.json': 'json',
  '.txt': 'txt',
};

const IS_FOLDER = `is a folder; must be a file (${Object.keys(FORMAT_BY_EXTENSION).join(', ')})`;

/** Problems by extension, for common files that are not text. */
const OTHER_KINDS: Readonly<Record<string, string>> = {
  '.xlsx': 'is a workbook; save the sheet as "CSV UTF-8" and name that file',
  '.xlsm': 'is a workbook; save the sheet as "CSV UTF-8" and name that file',
  '.xls': 'is a workbook; save the sheet as CSV and name that file',
  '.ods': 'is a workbook; save the sheet as CSV and name that file',
  '.numbers': 'is a workbook; export the sheet as CSV and name that file',
  '.zip': 'is an archive; unpack it and name the file in it',
};

/**
 * Opens a file or standard input. The file is opened when the first byte is read.
 *
 * @throws InputFileError with every problem of format and delimiter
 */
export function openInput(file: string, options: OpenInputOptions): InputSource {
  const place = path.resolve(options.cwd, file);
  const { name, bytes } = openBytes(file, options);
  const problems: FieldProblem[] = [];
  const format =
    options.format === undefined ? detectFormat(file, name, place, problems) : namedFormat(options.format, problems);
  const delimiter = options.delimiter === undefined ? undefined : detectDelimiter(options.delimiter, format, problems);
  if (format === null || problems.length > 0) throw new InputFileError(problems);
  return { name, format, bytes, delimiter, columns: options.columns };
}

/** The unpacked bytes of the input. The file is opened when the first byte is read. */
export function openBytes(
  file: string,
  { cwd, stdin }: Pick<OpenInputOptions, 'cwd' | 'stdin'>,
): Pick<InputSource, 'name' | 'bytes'> {
  const name = file === STDIN ? 'standard input' : file;
  return { name, bytes: unzip(name, file === STDIN ? stdin : fileBytes(name, path.resolve(cwd, file))) };
}

const KNOWN_FORMATS = `${INPUT_FORMATS.slice(0, -1).join(', ')} or ${INPUT_FORMATS.at(-1)}`;

function namedFormat(given: string, problems: FieldProblem[]): InputFormat | null {
  const format = INPUT_FORMATS.find((one) => one === given.toLowerCase());
  if (format === undefined) problems.push({ field: '--format', problem: `is "${given}"; must be ${KNOWN_FORMATS}` });
  return format ?? null;
}

/** Detects the format by the extension before `.gz`. */
function detectFormat(file: string, name: string, place: string, problems: FieldProblem[]): InputFormat | null {
  const extension = path.extname(file.replace(/\.gz$/i, '')).toLowerCase();
  const format = getOwn(FORMAT_BY_EXTENSION, extension);
  if (format !== undefined) return format;
  const kind = (file === STDIN ? null : findOpenProblem(place)) ?? getOwn(OTHER_KINDS, extension);
  const found =
    extension === ''
      ? 'has no extension that names its format'
      : `has the extension "${extension}", which names no format`;
  problems.push({ field: name, problem: kind ?? `${found}; add --format ${KNOWN_FORMATS}` });
  return null;
}

/** Why a file cannot be read, whatever its format; `null` if nothing is known before it is opened. */
function findOpenProblem(place: string): string | null {
  try {
    return statSync(place).isDirectory() ? IS_FOLDER : null;
  } catch (error) {
    return describeReadError(error);
  }
}

function detectDelimiter(given: string, format: InputFormat | null, problems: FieldProblem[]): Delimiter | undefined {
  const found = delimiterNamed(given);
  const known = DELIMITERS.map(({ name }) => name).join(', ');
  if (found === null)
    problems.push({ field: '--delimiter', problem: `is ${JSON.stringify(given)}; must be one of ${known}` });
  else if (format !== null && format !== 'csv')
    problems.push({ field: '--delimiter', problem: `is for CSV, but the format is ${format}; leave it out` });
  return found ?? undefined;
}

async function* fileBytes(name: string, file: string): AsyncIterable<Uint8Array> {
  try {
    yield* createReadStream(file);
  } catch (error) {
    throw readError(name, error);
  }
}

function readError(name: string, error: unknown): unknown {
  const problem = findErrorCode(error) === 'EISDIR' ? IS_FOLDER : describeReadError(error);
  return problem === null ? error : new InputFileError([{ field: name, problem }]);
}
