/** When to read a job's status. Pure: times in, delays out, all in ms. */
import type { Random } from '../../../workflows/domain/failures/backoff';
import { type Lognormal, meanMs, normalHazard } from './job-times-lognormal';

/** Minimum time between reads: the provider asks clients not to poll in a tight loop. */
const MIN_GAP_MS = 250;
/** Maximum time between reads, however long such jobs take. */
export const MAX_GAP_MS = 60_000;
/** Delay that makes one read worthwhile if the read saves it, as a share of the mean job time. */
export const DEFAULT_READ_COST = 0.02;

/** First gap without a forecast. It grows in proportion to the elapsed time, and the delay with it. */
const BLIND_GAP_MS = 500;
const SHARE_OF_ELAPSED = 0.12;
/** Few jobs take less than half of the provider's estimate. */
const SHARE_OF_ESTIMATE = 0.5;
/** Later than 999 in 1,000 jobs: this job is unlike the others, so their times no longer apply. */
const BEYOND_SIGMAS = 3;
/** Earlier than one in a thousand million jobs. */
const NEVER_BEFORE_SIGMAS = -6;
const STEP_SIGMAS = 0.05;
/** Spreads the reads of jobs that were accepted together. */
const JITTER = 0.1;

export interface ReadQuestion {
  /** Last time the job was observed running, in ms since it was accepted; 0 if never. */
  readonly runningMs: number;
  /** Current time, in ms since the job was accepted. */
  readonly elapsedMs: number;
  /** Expected time of such jobs; `null` if not known yet. */
  readonly forecast: Lognormal | null;
  /** The provider's estimate, in ms; `null` if absent. */
  readonly estimatedMs: number | null;
  /** Delay that makes one read worthwhile, as a share of the mean job time. */
  readonly readCost: number;
}

/** Time until the next read, in ms; 0 if it is due. */
export function computeNextReadMs(question: ReadQuestion, random: Random): number {
  const { forecast, runningMs, elapsedMs } = question;
  const gap =
    forecast === null ? computeBlindGap(question) : computePlacedGap(forecast, question) * (1 - JITTER * random());
  return Math.max(0, Math.round(runningMs + Math.min(MAX_GAP_MS, Math.max(MIN_GAP_MS, gap)) - elapsedMs));
}

function computeBlindGap({ runningMs, estimatedMs }: ReadQuestion): number {
  if (runningMs === 0 && estimatedMs !== null) return estimatedMs * SHARE_OF_ESTIMATE;
  return Math.max(BLIND_GAP_MS, runningMs * SHARE_OF_ELAPSED);
}

/**
 * Where a job ends at the rate `hazard`, the cheapest gap is sqrt(2c / hazard), with c the cost of a read. The rate
 * changes within the gap, so its inverse, the density of reads, is integrated until it reaches one.
 */
function computePlacedGap(forecast: Lognormal, { runningMs, readCost }: ReadQuestion): number {
  const { mean, sigma } = forecast;
  const z = runningMs > 0 ? (Math.log(runningMs) - mean) / sigma : NEVER_BEFORE_SIGMAS;
  if (z > BEYOND_SIGMAS) return Math.max(BLIND_GAP_MS, runningMs * SHARE_OF_ELAPSED);
  const costMs = readCost * meanMs(forecast);
  let at = Math.max(z, NEVER_BEFORE_SIGMAS);
  for (let reads = 0; reads < 1 && at < BEYOND_SIGMAS + STEP_SIGMAS; at += STEP_SIGMAS) {
    const timeMs = Math.exp(mean + sigma * (at + STEP_SIGMAS / 2));
    reads += Math.sqrt((normalHazard(at + STEP_SIGMAS / 2) * sigma * timeMs) / (2 * costMs)) * STEP_SIGMAS;
  }
  return Math.exp(mean + sigma * at) - runningMs;
}
