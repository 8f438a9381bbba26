/** The images of `generate --count`: the same command finds the same ones again. */
import type { StartImageOptions } from '../../client/client';
import { deriveItemId } from '../../client/items/item-id';
import { DEFAULT_OPERATION } from '../../workflows/domain/operations/operations';

/** More belong into a batch. */
export const MAX_COUNT = 100;

/**
 * The first image is the one of the command without `--count`. The others have its id with `-2`, `-3` and so on; where the
 * request has a seed each has the next seed, since the same seed draws the same image.
 */
export function imageSeries(first: StartImageOptions, count: number): readonly StartImageOptions[] {
  const { request } = first;
  const id = toId(first);
  return Array.from({ length: count }, (_, index) =>
    index === 0 ? first : { ...first, id: `${id}-${index + 1}`, request: withSeed(request, index) },
  );
}

/** The id under which it is started. */
export function toId({ id, operation = DEFAULT_OPERATION, request }: StartImageOptions): string {
  return id ?? deriveItemId(operation, request);
}

function withSeed(request: StartImageOptions['request'], step: number): StartImageOptions['request'] {
  const { seed } = request;
  return typeof seed === 'number' && seed >= 0 ? { ...request, seed: seed + step } : request;
}

/** The count that was typed; 1 where what is wrong with it goes to `problems`. */
export function countFrom(text: unknown, problems: string[]): number {
  if (typeof text !== 'string') return 1;
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MAX_COUNT) return count;
  const hint = count > MAX_COUNT ? '; "imagepipeline batch" makes more' : '';
  problems.push(`--count is "${text}"; must be from 1 to ${MAX_COUNT}${hint}`);
  return 1;
}
