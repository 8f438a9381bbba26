/** Reads a recipe, and the files of values that it names. */
import { Readable } from 'node:stream';
import { checkedText } from '../checked-text';
import { InputFileError } from '../input-file-error';
import { openBytes, STDIN } from '../open-input';
import { textLines } from '../text-lines';
import { fromUtf16 } from '../utf-16';
import { listOf, type ValueList } from './matrix';

/** Largest recipe, in bytes. */
const MAX_RECIPE_BYTES = 100_000;
/** Longest line of a file of values, in bytes. */
const MAX_VALUE_BYTES = 100_000;
/** Largest number of values in a file, which are kept in memory. */
const MAX_VALUES = 100_000;

/** @throws InputFileError if it cannot be read, is not UTF-8, or is too large */
export async function readRecipeText(file: string, cwd: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of openText(file, cwd)) {
    bytes += chunk.length;
    if (bytes > MAX_RECIPE_BYTES) throw tooLarge(file);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Decodes a recipe that was received. @throws InputFileError if it is not UTF-8, or too large */
export function decodeRecipe(bytes: Uint8Array, name: string): string {
  if (bytes.length > MAX_RECIPE_BYTES) throw tooLarge(name);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InputFileError([{ field: name, problem: 'is not valid UTF-8' }]);
  }
}

/** Reads one value per line; blank lines do not count. @throws InputFileError likewise */
export async function readValueFile(file: string, folder: string): Promise<ValueList> {
  const lineByValue = new Map<string, number>();
  const refuse = (problem: string) => new InputFileError([{ field: file, problem }]);
  for await (const { line, text } of textLines(openText(file, folder), MAX_VALUE_BYTES)) {
    const value = text?.trim();
    if (value === undefined) throw refuse(`has more than ${MAX_VALUE_BYTES} bytes in line ${line}`);
    if (value === '') continue;
    const first = lineByValue.get(value);
    if (first !== undefined) throw refuse(`has the same value in lines ${first} and ${line}; keep one`);
    lineByValue.set(value, line);
    if (lineByValue.size > MAX_VALUES) throw refuse(`has more than ${MAX_VALUES} values; must have fewer`);
  }
  if (lineByValue.size === 0) throw refuse('has no values; must have one per line');
  return listOf([...lineByValue.keys()]);
}

/** A file named `-` is a file, and not standard input. */
function openText(file: string, folder: string): AsyncIterable<Buffer> {
  const { name, bytes } = openBytes(file === STDIN ? `./${STDIN}` : file, { cwd: folder, stdin: Readable.from([]) });
  return checkedText(name, fromUtf16(name, bytes));
}

function tooLarge(file: string): InputFileError {
  const problem = `has more than ${MAX_RECIPE_BYTES} bytes; a recipe is a small file: put rows into a file of their own`;
  return new InputFileError([{ field: file, problem }]);
}
