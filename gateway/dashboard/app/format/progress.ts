/** What follows from the counts of a batch. */
import type { Batch } from '../api/types';

/** Where an item can be, in the order of the bar. */
export const STANDINGS = ['succeeded', 'failed', 'unknown', 'cancelled', 'running', 'retrying', 'waiting'] as const;
export type Standing = (typeof STANDINGS)[number];

export interface Segment {
  readonly standing: Standing;
  readonly count: number;
  /** From 0 to 1. */
  readonly share: number;
}

type Counts = Pick<Batch['counts'], Standing | 'total'>;

/** The parts of the bar that have items. Together they have all items of the batch. */
export function toSegments(counts: Counts): readonly Segment[] {
  const { total } = counts;
  return STANDINGS.filter((standing) => counts[standing] > 0).map((standing) => ({
    standing,
    count: counts[standing],
    share: counts[standing] / total,
  }));
}

export function countEnded({ succeeded, failed, unknown, cancelled }: Counts): number {
  return succeeded + failed + unknown + cancelled;
}

/** What was seen of a batch at a time. */
export interface Sample {
  /** In ms. */
  readonly at: number;
  readonly ended: number;
  readonly inFlight: number;
}

export function toSample({ counts }: Batch, at: number): Sample {
  return { at, ended: countEnded(counts), inFlight: counts.running };
}

const MAX_SAMPLES = 600;

/** Adds a sample. Those of an earlier run, which had more ended items, are dropped. */
export function addSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1);
  const isNewRun = last !== undefined && last.ended > sample.ended;
  return [...(isNewRun ? [] : samples.slice(1 - MAX_SAMPLES)), sample];
}

/** Over which time a rate is measured, in ms. */
const RATE_WINDOW_MS = 30_000;

/** Ended items per second at the time of a sample; `null`: there are too few samples. */
export function measureRate(samples: readonly Sample[], index = samples.length - 1): number | null {
  const last = samples[index];
  if (last === undefined) return null;
  const first = samples.find(({ at }) => at >= last.at - RATE_WINDOW_MS);
  const seconds = (last.at - (first?.at ?? last.at)) / 1_000;
  return first === undefined || seconds < 1 ? null : (last.ended - first.ended) / seconds;
}

/** Ended items per second since the start; `null`: it has just started. */
export function averageRate({ counts, startedAt, finishedAt }: Batch, now: number): number | null {
  const seconds = ((finishedAt === null ? now : Date.parse(finishedAt)) - Date.parse(startedAt)) / 1_000;
  return seconds < 1 ? null : countEnded(counts) / seconds;
}

/** Remaining time in ms; `null`: not known, because nothing ends. */
export function estimateRemaining(counts: Counts, perSecond: number | null): number | null {
  const left = counts.total - countEnded(counts);
  if (left === 0) return 0;
  return perSecond === null || perSecond <= 0 ? null : (left / perSecond) * 1_000;
}
