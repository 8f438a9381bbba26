/** A seeded random generator: the same seed gives the same draws on every machine. */

export interface Chance {
  /** A number from 0 to below 1. */
  next(): number;
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
  pick<T>(values: readonly [T, ...T[]] | readonly T[]): T;
  /** Whether an event with this probability happens. */
  happens(share: number): boolean;
}

/** Mulberry32. */
export function newChance(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    pick: <T>(values: readonly T[]): T => {
      const [first] = values;
      if (first === undefined) throw new Error('nothing to pick from');
      return values[between(0, values.length - 1)] ?? first;
    },
    happens: (share) => next() < share,
  };
}
