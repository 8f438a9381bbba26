/** The images of `generate --count`: the same command finds the same images again. */

import { deriveItemId } from '../../client/items/item-id';
import type { StartImageOptions } from '../../client/items/item-options';
import { DEFAULT_OPERATION } from '../../workflows/domain/operations/operations';

/** Larger numbers need a batch. */
export const MAX_COUNT = 100;

/**
 * Builds the series. The first image is the same as without `--count`. The others have its id with `-2`, `-3` and so on.
 * If the request has a seed, each gets the next seed, since the same seed yields the same image.
 */
export function imageSeries(first: StartImageOptions, count: number): readonly StartImageOptions[] {
  const { request } = first;
  const id = toId(first);
  return Array.from({ length: count }, (_, index) =>
    index === 0 ? first : { ...first, id: `${id}-${index + 1}`, request: withSeed(request, index) },
  );
}

/** The id of its workflow: its own, or a hash of the request. */
export function toId({ id, operation = DEFAULT_OPERATION, request }: StartImageOptions): string {
  return id ?? deriveItemId(operation, request);
}

function withSeed(request: StartImageOptions['request'], step: number): StartImageOptions['request'] {
  const { seed } = request;
  return typeof seed === 'number' && seed >= 0 ? { ...request, seed: seed + step } : request;
}

/** Parses `--count`. Returns 1 if it is absent or invalid; a problem is added to `problems`. */
export function countFrom(text: unknown, problems: string[]): number {
  if (typeof text !== 'string') return 1;
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MAX_COUNT) return count;
  const hint = count > MAX_COUNT ? '; use "imagepipeline batch" for more' : '';
  problems.push(`--count is "${text}"; must be from 1 to ${MAX_COUNT}${hint}`);
  return 1;
}
