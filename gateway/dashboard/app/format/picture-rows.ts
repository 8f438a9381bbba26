/** Pictures without rows: each becomes a row of one operation. */
import {
  findFieldRule,
  getOperationRow,
  OPERATION_NAMES,
  type OperationName,
} from '../../../../workflows/domain/operations/operations';
import { describeSize, INPUT_TYPES, MAX_INPUT_BYTES } from '../../../../workflows/domain/operations/stored-input';
import { formatCount } from './numbers';

/** Maximum pictures of a batch. A form of the API may have 1,000 parts, of which some are for rows and other fields. */
const MAX_PICTURES = 900;
/** Room for the rows and the borders of the parts, in bytes. */
const ROW_BYTES = 4_096;
const MAX_KEY_LENGTH = 100;
const PICTURE = new RegExp(`\\.(${Object.keys(INPUT_TYPES).join('|')}|jpeg)$`, 'i');

interface SizedFile {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
}

export function isPictureName(name: string): boolean {
  return PICTURE.test(name);
}

/** The field of an operation that takes the picture; `null`: the operation changes no picture. */
export function findPictureField(operation: OperationName): string | null {
  const { main } = getOperationRow(operation);
  const found = [main, 'input_image'].find((field) => {
    const rule = findFieldRule(operation, field);
    return (rule?.type === 'url' || rule?.type === 'urls') && rule.media === 'image';
  });
  return found ?? null;
}

export const PICTURE_OPERATIONS: readonly OperationName[] = OPERATION_NAMES.filter(
  (name) => findPictureField(name) !== null,
);

export interface FileProblem {
  /** Name of the file; empty: all of them together. */
  readonly file: string;
  readonly problem: string;
}

/**
 * What is wrong with pictures before they are uploaded.
 *
 * @param maxBytes of the whole upload
 */
export function findPictureProblems(files: readonly SizedFile[], maxBytes: number): readonly FileProblem[] {
  const wrong = files.flatMap(({ name, size }) => {
    if (size === 0) return [{ file: name, problem: 'is empty' }];
    return size > MAX_INPUT_BYTES ? [{ file: name, problem: describeSize(size) }] : [];
  });
  const count = files.length;
  const bytes = files.reduce((sum, { size }) => sum + size + ROW_BYTES, 0);
  const tooMany = `${formatCount(count)} pictures were chosen; choose at most ${formatCount(MAX_PICTURES)} at once`;
  const together = [
    ...(count > MAX_PICTURES ? [tooMany] : []),
    ...(bytes > maxBytes ? [`the upload ${describeSize(bytes, maxBytes)}. Start several batches`] : []),
  ];
  return [...together.map((problem) => ({ file: '', problem })), ...wrong];
}

/** The key of each picture: its name without what a key may not have; made unique by a number. */
export function toKeys(names: readonly string[]): readonly string[] {
  const used = new Set<string>();
  return names.map((name) => {
    const plain = name
      .replace(/\.[^.]*$/, '')
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[.-]+/, '')
      .slice(0, MAX_KEY_LENGTH)
      .replace(/[.-]+$/, '');
    const base = /^(con|prn|aux|nul|com\d|lpt\d)?(\.|$)/i.test(plain) ? `picture-${plain}`.replace(/-$/, '') : plain;
    let key = base;
    for (let number = 2; used.has(key.toLowerCase()); number += 1) key = `${base}-${number}`;
    used.add(key.toLowerCase());
    return key;
  });
}

/** The part of the form that has a picture, from 0. */
export function toPicturePart(index: number): string {
  return `picture-${index + 1}`;
}

/**
 * The rows of a batch as JSON Lines, one for each picture, in their order.
 *
 * @param request the other fields, which are the same for all
 */
export function toPictureRows(
  operation: OperationName,
  field: string,
  names: readonly string[],
  request: Readonly<Record<string, unknown>>,
): string {
  const keys = toKeys(names);
  const rows = names.map((_name, index) => ({
    key: keys[index],
    operation,
    ...request,
    [field]: `part:${toPicturePart(index)}`,
  }));
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
