/** The account over time. */
import type { AccountSamples } from '../api/types';

export type AccountSample = AccountSamples['samples'][number];

/** Half an hour, as the gateway keeps it. */
const MAX_SAMPLES = 900;

/** Adds the samples that are newer than those that are known. */
export function addSamples(known: readonly AccountSample[], found: readonly AccountSample[]): readonly AccountSample[] {
  const last = known.at(-1)?.at ?? '';
  return [...known, ...found.filter(({ at }) => at > last)].slice(-MAX_SAMPLES);
}

/** How many submissions were refused between each sample and the one before. */
export function countNewRefusals(samples: readonly AccountSample[]): readonly number[] {
  return samples.map(({ refusals }, index) => {
    const before = samples[index - 1];
    // A new governor counts from 0.
    return before === undefined ? 0 : refusals < before.refusals ? refusals : refusals - before.refusals;
  });
}
