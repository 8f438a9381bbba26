/** Reads a file of keys, one per line. */
import { isSafeKey } from '../workflows/domain/base/safe-key';
import { checkedText } from './checked-text';
import { InputFileError } from './input-file-error';
import { MAX_ROW_BYTES } from './input-row';
import { type OpenInputOptions, openBytes } from './open-input';
import type { FieldProblem } from './requests/request-schema';
import { visibleText } from './requests/visible-text';
import { textLines } from './text-lines';
import { fromUtf16 } from './utf-16';

/** Longer texts are not keys. They may be prompts, which are never repeated. */
const MAX_SHOWN_CHARACTERS = 60;
const MAX_NAMED = 10;

/**
 * Accepts UTF-8, or UTF-16 with a byte order mark, also as `.gz`.
 *
 * @throws InputFileError if it cannot be read, has no keys, or has lines that are not keys
 */
export async function readKeys(
  file: string,
  options: Pick<OpenInputOptions, 'cwd' | 'stdin'>,
): Promise<ReadonlySet<string>> {
  const { name, bytes } = openBytes(file, options);
  const keys = new Set<string>();
  const problems: FieldProblem[] = [];
  for await (const { line, text } of textLines(checkedText(name, fromUtf16(name, bytes)), MAX_ROW_BYTES)) {
    const key = text?.trim();
    if (key === '') continue;
    if (key !== undefined && isSafeKey(key)) keys.add(key);
    else if (problems.length < MAX_NAMED) problems.push({ field: `line ${line}`, problem: notAKey(key) });
  }
  if (problems.length > 0) throw new InputFileError(problems);
  if (keys.size === 0) throw new InputFileError([{ field: name, problem: 'has no keys; must have one per line' }]);
  return keys;
}

function notAKey(text: string | undefined): string {
  const isShort = text !== undefined && text.length <= MAX_SHOWN_CHARACTERS && !/\s/.test(text);
  return `is ${isShort ? visibleText(text) : 'a longer text'}; must be a key of the batch, one per line`;
}
