import type { PlainRow } from './item';

/** The text of a row; equal for equal content, regardless of the order of its fields. */
export function canonicalRow({ key, operation, request }: PlainRow): string {
  const fields = Object.entries(request).sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([key, operation, fields]);
}

/** Whether two rows have the same key, operation and request. */
export function isSameRow(left: PlainRow, right: PlainRow): boolean {
  return canonicalRow(left) === canonicalRow(right);
}
