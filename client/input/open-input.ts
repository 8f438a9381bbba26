/** Where the bytes of a batch come from, and in which format they are. */
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { getOwn } from '../../workflows/domain/own-value';
import { InputFileError } from './input-file-error';
import { systemCode } from './system-code';

export const INPUT_FORMATS = ['csv', 'jsonl'] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];

export interface InputSource {
  /** As shown to people. */
  readonly name: string;
  readonly format: InputFormat;
  readonly bytes: AsyncIterable<Uint8Array>;
}

export interface OpenInputOptions {
  /** The folder that a relative path begins in. */
  readonly cwd: string;
  /** Default: by the file's extension. */
  readonly format?: string | undefined;
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
 * @throws InputFileError if the format is not known
 */
export function openInput(file: string, { cwd, format, stdin }: OpenInputOptions): InputSource {
  const name = file === STDIN ? 'standard input' : file;
  const bytes = file === STDIN ? stdin : fileBytes(name, path.resolve(cwd, file));
  return { name, format: formatOf(file, name, format), bytes };
}

function formatOf(file: string, name: string, given: string | undefined): InputFormat {
  const known = INPUT_FORMATS.join(' or ');
  if (given === undefined) {
    const format = getOwn(FORMAT_BY_EXTENSION, path.extname(file).toLowerCase());
    if (format !== undefined) return format;
    throw new InputFileError([
      { field: name, problem: `has no extension that names its format; give --format ${known}` },
    ]);
  }
  const format = INPUT_FORMATS.find((one) => one === given);
  if (format !== undefined) return format;
  throw new InputFileError([{ field: '--format', problem: `is "${given}"; give ${known}` }]);
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
