import type { PlainRow } from './item';

/** One text for each content of a row, whatever the order of its fields. */
export function canonicalRow({ key, operation, request }: PlainRow): string {
  const fields = Object.entries(request).sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([key, operation, fields]);
}
