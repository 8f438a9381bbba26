/** Where the bytes of a batch come from, and in which format they are. */
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { getOwn } from '../../workflows/domain/own-value';
import type { FieldProblem } from '../request-schema';
import { DELIMITERS, type Delimiter, delimiterNamed } from './delimiter';
import { InputFileError } from './input-file-error';
import { systemCode } from './system-code';

export const INPUT_FORMATS = ['csv', 'jsonl'] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];

export interface InputSource {
  /** As shown to people. */
  readonly name: string;
  readonly format: InputFormat;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Of CSV; default: found in the header line. */
  readonly delimiter?: Delimiter | undefined;
}

export interface OpenInputOptions {
  /** The folder that a relative path begins in. */
  readonly cwd: string;
  /** Default: by the file's extension. */
  readonly format?: string | undefined;
  /** A name or a character; default: found in the header line. */
  readonly delimiter?: string | undefined;
  readonly stdin: AsyncIterable<Uint8Array>;
}

/** The name that means standard input. */
export const STDIN = '-';

const FORMAT_BY_EXTENSION: Readonly<Record<string, InputFormat>> = {
  '.csv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
};

/** What the system's errors mean for somebody who named a file. */
const OPEN_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist; check the path',
  ENOTDIR: 'does not exist; check the path',
  EISDIR: 'is a directory; give a CSV or JSONL file',
  EACCES: 'may not be read; check its permissions',
  EPERM: 'may not be read; check its permissions',
};

/**
 * Nothing is opened before the first byte is asked for.
 *
 * @throws InputFileError with every problem of format and delimiter
 */
export function openInput(file: string, options: OpenInputOptions): InputSource {
  const name = file === STDIN ? 'standard input' : file;
  const bytes = file === STDIN ? options.stdin : fileBytes(name, path.resolve(options.cwd, file));
  const problems: FieldProblem[] = [];
  const format = formatOf(file, name, options.format, problems);
  const delimiter = options.delimiter === undefined ? undefined : delimiterOf(options.delimiter, format, problems);
  if (format === null || problems.length > 0) throw new InputFileError(problems);
  return { name, format, bytes, delimiter };
}

function formatOf(file: string, name: string, given: string | undefined, problems: FieldProblem[]): InputFormat | null {
  const known = INPUT_FORMATS.join(' or ');
  const format =
    given === undefined
      ? getOwn(FORMAT_BY_EXTENSION, path.extname(file).toLowerCase())
      : INPUT_FORMATS.find((one) => one === given);
  if (format !== undefined) return format;
  problems.push(
    given === undefined
      ? { field: name, problem: `has no extension that names its format; add --format ${known}` }
      : { field: '--format', problem: `is "${given}"; must be ${known}` },
  );
  return null;
}

function delimiterOf(given: string, format: InputFormat | null, problems: FieldProblem[]): Delimiter | undefined {
  const found = delimiterNamed(given);
  const known = DELIMITERS.map(({ name }) => name).join(', ');
  if (found === null)
    problems.push({ field: '--delimiter', problem: `is ${JSON.stringify(given)}; must be one of ${known}` });
  else if (format !== null && format !== 'csv')
    problems.push({ field: '--delimiter', problem: `is for CSV, and the format is ${format}; leave it out` });
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
  const code = systemCode(error);
  if (code === null) return error;
  return new InputFileError([{ field: name, problem: getOwn(OPEN_PROBLEMS, code) ?? `cannot be read (${code})` }]);
}
