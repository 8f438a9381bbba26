/** What is remembered of a series of times: a few sums in which the past fades. Values, never changed. */
import {
  computeMoments,
  computeMomentsWithin,
  type Lognormal,
  type Moments,
  type TimeSpan,
} from './job-times-lognormal';

export interface Learned {
  /** Times seen, however long ago. */
  readonly count: number;
  /** What of them is left after fading. */
  readonly weight: number;
  readonly sum: number;
  readonly squares: number;
}

export const NOTHING_LEARNED: Learned = { count: 0, weight: 0, sum: 0, squares: 0 };

/** The last hundred times count most: enough for a spread that is right within a tenth, few enough to follow a change. */
const FADING = 1 - 1 / 100;
/** Until so many are seen, a span says more by its middle than by a model of so few. */
const FEW = 10;
/** No provider is more punctual than this, and a series without spread would forbid every other time. */
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

/** `null` if nothing was seen. */
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
