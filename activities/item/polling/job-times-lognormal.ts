/** The lognormal distribution as job times need it. Pure: times in ms, everything else in logarithms of ms. */

/** Of the logarithm of a job's time. */
export interface Lognormal {
  readonly mean: number;
  /** > 0. */
  readonly sigma: number;
}

/** Where a job's end lies: not before `fromMs` (0: nothing is known), not after `toMs`. */
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
/** From here on the tail is so thin that its first terms are exact enough, and a quotient of it would not be. */
const FAR_TAIL = 6;
/** Below this share the model says of a span that it cannot be, so that nothing can be taken from the model. */
const IMPOSSIBLE = 1e-9;

/** Mean of the time itself, in ms. */
export function meanMs({ mean, sigma }: Lognormal): number {
  return Math.exp(mean + sigma ** 2 / 2);
}

/** Hazard of the standard normal distribution: how soon `z` is left by what has come as far as `z`. */
export function normalHazard(z: number): number {
  return z > FAR_TAIL ? z + 1 / z : density(z) / upperTail(z);
}

/** Moments of a time of which only a span is known, by what `model` says of times within it. */
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

/** Moments of a time that is known. */
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

/** `z` times its density, whose limit at infinity is 0. */
function timesDensity(z: number): number {
  return Number.isFinite(z) ? z * density(z) : 0;
}

/** Share of the standard normal distribution above `z`: erfc by Chebyshev, relative error below 1.2e-7 everywhere. */
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
