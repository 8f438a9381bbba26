import type { PlainRow, RowStep } from './item';

/** The text of a row; equal for equal content, regardless of the order of its fields. */
export function canonicalRow({ key, operation, request, steps, keep }: PlainRow): string {
  const named = steps?.map(toCanonicalStep);
  const more = named === undefined ? [] : [named, [...(keep ?? [])].sort()];
  return JSON.stringify([key, operation, sortFields(request), ...more]);
}

/** Whether two steps have the same id, operation and request. */
export function isSameStep(left: RowStep | undefined, right: RowStep | undefined): boolean {
  if (left === undefined || right === undefined) return false;
  return JSON.stringify(toCanonicalStep(left)) === JSON.stringify(toCanonicalStep(right));
}

function toCanonicalStep({ id, operation, request }: RowStep): readonly unknown[] {
  return [id, operation, sortFields(request)];
}

function sortFields(request: PlainRow['request']): readonly (readonly [string, unknown])[] {
  return Object.entries(request).sort(([left], [right]) => (left < right ? -1 : 1));
}

/** Whether two rows have the same key, operation and request. */
export function isSameRow(left: PlainRow, right: PlainRow): boolean {
  return canonicalRow(left) === canonicalRow(right);
}

/**
 * The text of what an item is made of, without its key; equal for equal content. That of one step is the text of its
 * request.
 */
export function canonicalWork({ operation, request, steps, keep = [] }: Omit<PlainRow, 'key'>): string {
  const given = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
  if (steps === undefined) return JSON.stringify([operation, sortFields(given)]);
  return JSON.stringify([steps.map(toCanonicalStep), [...keep].sort()]);
}
