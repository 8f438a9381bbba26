/** Statistics of a series of times: sums with exponential decay. Immutable. */
import {
  computeMoments,
  computeMomentsWithin,
  type Lognormal,
  type Moments,
  type TimeSpan,
} from './job-times-lognormal';

export interface Learned {
  /** Number of times observed, without decay. */
  readonly count: number;
  /** Weight of the observations after decay. */
  readonly weight: number;
  readonly sum: number;
  readonly squares: number;
}

export const NOTHING_LEARNED: Learned = { count: 0, weight: 0, sum: 0, squares: 0 };

/** Weights the last hundred times most: enough for a spread within a tenth, few enough to follow a change. */
const FADING = 1 - 1 / 100;
/** Below this count a span's midpoint is a better estimate than a model fitted to so few times. */
const FEW = 10;
/** Minimum spread: no provider is more punctual, and a series without spread would make every other time impossible. */
const MIN_SIGMA = 0.03;

export function toModel(before: Learned, span: TimeSpan): Learned {
  const { mean, square } = computeMomentsIn(before, span);
  return {
    count: before.count + 1,
    weight: before.weight * FADING + 1,
    sum: before.sum * FADING + mean,
    squares: before.squares * FADING + square,
  };
}

/** Returns `null` if nothing was observed. */
export function buildModel({ weight, sum, squares }: Learned): Lognormal | null {
  if (weight === 0) return null;
  const mean = sum / weight;
  return { mean, sigma: Math.max(MIN_SIGMA, Math.sqrt(Math.max(0, squares / weight - mean ** 2))) };
}

function computeMomentsIn(before: Learned, span: TimeSpan): Moments {
  const model = buildModel(before);
  if (span.fromMs === span.toMs) return computeMoments(span.toMs);
  return model === null || before.count < FEW
    ? computeMoments((span.fromMs + span.toMs) / 2)
    : computeMomentsWithin(model, span);
}
