/** A series of items from one request: the same request and length give the same items again. */
import { deriveItemId } from './item-id';
import { type ItemOptions, startProblems } from './item-options';
import type { FieldProblem } from './request-schema';

/** Larger numbers need a batch. */
export const MAX_SERIES_LENGTH = 100;

/** The problem with the length of a series; `null` if it is valid. */
export function findLengthProblem(length: number): string | null {
  const isRight = Number.isInteger(length) && length >= 1 && length <= MAX_SERIES_LENGTH;
  return isRight ? null : `must be from 1 to ${MAX_SERIES_LENGTH}`;
}

/**
 * Builds the series. The first item is the same as without a series. The others have its id with `-2`, `-3` and so on.
 * If the request has a seed, each gets the next seed, since the same seed yields the same result.
 */
export function planSeries(first: ItemOptions, length: number): readonly ItemOptions[] {
  const { request } = first;
  const id = toItemId(first);
  return Array.from({ length }, (_, index) =>
    index === 0 ? first : { ...first, id: `${id}-${index + 1}`, request: withSeed(request, index) },
  );
}

/** The id of its workflow: its own, or a hash of the request. */
export function toItemId({ id, ...work }: ItemOptions): string {
  return id ?? deriveItemId(work);
}

function withSeed(request: ItemOptions['request'], step: number): ItemOptions['request'] {
  const { seed } = request;
  return typeof seed === 'number' && seed >= 0 ? { ...request, seed: seed + step } : request;
}

/** Returns the problems that the length of a series causes; none if the first item has problems of its own. */
export function findSeriesProblems(series: readonly ItemOptions[]): readonly FieldProblem[] {
  const [first] = series;
  // The last has the longest id and the highest seed.
  const last = series.at(-1);
  if (first === undefined || last === undefined || startProblems(first).length > 0) return [];
  return startProblems(last);
}
