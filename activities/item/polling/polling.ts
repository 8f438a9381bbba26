/** When to read a job's status. Pure: times in, delays out, all in ms. */
import type { Random } from '../../../workflows/domain/failures/backoff';
import { type Lognormal, meanMs, normalHazard } from './job-times-lognormal';

/** The provider asks for no tight loop. */
const MIN_GAP_MS = 250;
/** A job is looked at as often as this, however long such jobs take. */
export const MAX_GAP_MS = 60_000;
/** The delay that a read may save, as a share of the mean job time, so that it is worth being made. */
export const DEFAULT_READ_COST = 0.02;

/** Without knowledge: as often as a simple loop, then in proportion to the time passed, and the delay with it. */
const BLIND_GAP_MS = 500;
const SHARE_OF_ELAPSED = 0.12;
/** Few jobs take less than half of what the provider estimates. */
const SHARE_OF_ESTIMATE = 0.5;
/** Later than one in a thousand: the job is not like the others, and what they took says nothing of it. */
const BEYOND_SIGMAS = 3;
/** Earlier than one in a thousand million. */
const NEVER_BEFORE_SIGMAS = -6;
const STEP_SIGMAS = 0.05;
/** Jobs that were accepted together are not read together. */
const JITTER = 0.1;

export interface ReadQuestion {
  /** Last time that the job was known to run, in ms since it was accepted; 0: it never was. */
  readonly runningMs: number;
  /** Now, in ms since the job was accepted. */
  readonly elapsedMs: number;
  /** How long such jobs take; `null`: not known yet. */
  readonly forecast: Lognormal | null;
  /** The provider's estimate, in ms; `null` where it gave none. */
  readonly estimatedMs: number | null;
  /** Delay that one read is worth, as a share of the mean job time. */
  readonly readCost: number;
}

/** How long to wait for the next read; 0 if it is due already. */
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
 * The cheapest gap where a job ends at the rate `hazard` is sqrt(2c / hazard), `c` being what a read costs. The rate
 * changes within the gap, so its inverse, the density of reads, is added up until it makes one.
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
