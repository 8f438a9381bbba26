/** The lognormal distribution for job times. Pure: times in ms, all other values in logarithms of ms. */

/** Parameters of the logarithm of a job's time. */
export interface Lognormal {
  readonly mean: number;
  /** Standard deviation, > 0. */
  readonly sigma: number;
}

/** Interval that contains a job's end, in ms: `fromMs` (0 if unknown) to `toMs`. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** First two moments of the logarithm of a time. */
export interface Moments {
  readonly mean: number;
  readonly square: number;
}

const ROOT_OF_TWO_PI = Math.sqrt(2 * Math.PI);
/** Beyond this many sigmas the tail series is accurate, while the quotient of tails would not be. */
const FAR_TAIL = 6;
/** Below this probability the model excludes the span, so it cannot be used to place the time in it. */
const IMPOSSIBLE = 1e-9;

/** Mean of the time itself, in ms. */
export function meanMs({ mean, sigma }: Lognormal): number {
  return Math.exp(mean + sigma ** 2 / 2);
}

/** Hazard of the standard normal distribution: density at `z` divided by the share above `z`. */
export function normalHazard(z: number): number {
  return z > FAR_TAIL ? z + 1 / z : density(z) / upperTail(z);
}

/** Moments of a time known only to lie within a span, under `model`. */
export function computeMomentsWithin(model: Lognormal, { fromMs, toMs }: TimeSpan): Moments {
  const low = fromMs > 0 ? (Math.log(fromMs) - model.mean) / model.sigma : Number.NEGATIVE_INFINITY;
  const high = (Math.log(toMs) - model.mean) / model.sigma;
  const share = upperTail(low) - upperTail(high);
  if (share < IMPOSSIBLE) return computeMoments(nearestTo(model, fromMs, toMs));
  const shift = (density(low) - density(high)) / share;
  const narrowing = (timesDensity(low) - timesDensity(high)) / share;
  const mean = model.mean + model.sigma * shift;
  const variance = model.sigma ** 2 * Math.max(0, 1 + narrowing - shift ** 2);
  return { mean, square: variance + mean ** 2 };
}

/** Moments of a known time. */
export function computeMoments(ms: number): Moments {
  const mean = Math.log(ms);
  return { mean, square: mean ** 2 };
}

function nearestTo({ mean }: Lognormal, fromMs: number, toMs: number): number {
  return Math.min(toMs, Math.max(fromMs, Math.exp(mean)));
}

function density(z: number): number {
  return Math.exp(-(z ** 2) / 2) / ROOT_OF_TWO_PI;
}

/** `z` times its density, with the limit 0 at infinity. */
function timesDensity(z: number): number {
  return Number.isFinite(z) ? z * density(z) : 0;
}

/**
 * Share of the standard normal distribution above `z`: erfc by Chebyshev approximation, relative error below 1.2e-7
 * everywhere.
 */
function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  const x = z / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const series = ERFC.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  return (t * Math.exp(-(x ** 2) + series)) / 2;
}

const ERFC: readonly number[] = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
  0.17087277,
];
