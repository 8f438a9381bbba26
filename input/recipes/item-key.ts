/** The keys of the items of a recipe. They depend only on the row's key and on the values of the combination. */
import { createHash } from 'node:crypto';
import { replaceUnsafe, toSafeKey } from '../requests/to-safe-key';
import type { Combination, Matrix, Scalar } from './matrix';
import { type Lookup, renderText, type TextTemplate } from './template';

/** Longest value that is part of a key as it is. */
const MAX_PART_LENGTH = 32;
/** Longer values are shortened to this, and followed by digits of their hash. */
const SHORTENED_LENGTH = 24;
const HASH_DIGITS = 8;

/** The key of the template: what a key cannot contain is replaced. */
export function renderKey(name: TextTemplate, lookup: Lookup, onProblem: (problem: string) => void): string {
  return toSafeKey(renderText(name, lookup, onProblem, replaceUnsafe));
}

/**
 * The default key: the row's key, and the values of the matrix.
 *
 * @param rowKey `null` without rows
 */
export function toDefaultKey(rowKey: string | null, combination: Combination, { lists }: Matrix): string {
  const names = [...lists.keys()];
  const isOfLists = names.length > 0 && names.every((name) => combination.has(name));
  const values = isOfLists ? names.flatMap((name) => combination.get(name) ?? []) : [...combination.values()];
  const parts = [...(rowKey === null ? [] : [rowKey]), ...values.map(toPart)];
  // A row's key alone is not changed: it follows the rules, or is refused.
  if (values.length === 0) return rowKey ?? '1';
  return toSafeKey(parts.join('-'));
}

/** A value that would lose characters is marked by its hash: names in other scripts would all be the same. */
function toPart(value: Scalar): string {
  const text = String(value);
  const part = replaceUnsafe(text);
  if (text.length <= MAX_PART_LENGTH && /^[\w. -]+$/.test(text)) return part;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS);
  return `${part.slice(0, SHORTENED_LENGTH)}-${hash}`;
}
