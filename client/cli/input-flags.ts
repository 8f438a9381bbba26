/** The flags that say how a file of rows is read; the same for every command that reads one. */
import type { Command } from 'commander';
import { DELIMITERS } from '../input/delimiter';
import { INPUT_FORMATS, type OpenInputOptions } from '../input/open-input';

/** What a command says of the file that it reads. */
export const FILE_ARGUMENT = 'CSV, JSONL, JSON, or one prompt a line in a .txt, also as .gz; - is standard input';

/** Values as commander gives them. */
export interface InputFlags {
  readonly format?: string;
  readonly delimiter?: string;
  readonly dropDuplicates?: true;
  readonly skipInvalid?: true;
}

export function addInputFlags(command: Command): void {
  const delimiters = DELIMITERS.map(({ name }) => name).join(', ');
  command
    .option('--format <format>', `${INPUT_FORMATS.join(', ')} (default: by the extension of the file)`)
    .option('--delimiter <name>', `of CSV: ${delimiters} (default: found in the header line)`)
    .option('--skip-invalid', 'leave out rows that are wrong')
    .option('--drop-duplicates', 'leave out rows that ask for the same as an earlier one');
}

export function openOptionsFrom(
  { format, delimiter }: InputFlags,
  { cwd }: { readonly cwd: string },
  stdin: AsyncIterable<Uint8Array>,
): OpenInputOptions {
  return { cwd, format, delimiter, stdin };
}
