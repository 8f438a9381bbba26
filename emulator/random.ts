import { createHash } from 'node:crypto';

const TWO_TO_48 = 2 ** 48;

/**
 * Returns a number strictly between 0 and 1, always the same for the same words.
 *
 * Each job draws from its own words instead of a shared stream, which makes a run repeatable even if requests overlap.
 */
export function draw(...words: readonly (string | number)[]): number {
  const digest = createHash('sha256').update(words.join('\u0000')).digest();
  return (digest.readUIntBE(0, 6) + 0.5) / TWO_TO_48;
}

/** A lognormal value from two uniform values (Box-Muller). */
export function lognormal(median: number, sigma: number, first: number, second: number): number {
  return median * Math.exp(sigma * Math.sqrt(-2 * Math.log(first)) * Math.cos(2 * Math.PI * second));
}
