/** Reads the status of a batch while it runs, and compares it with the files of its results. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchHandle } from '../../client/batches/batch-handle';
import { residentBytes } from '../processes';

const READ_INTERVAL_MS = 1_000;

/** Older counts are printed. */
const SHOWN_AGE_MS = 2_000;

const PROCESSES = ['server', 'worker', 'emulator', 'service'] as const;
type ByProcess = Readonly<Record<(typeof PROCESSES)[number], number>>;

interface Sample {
  /** When the answer was there, in ms. */
  readonly at: number;
  /** How long it took, in ms. */
  readonly tookMs: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly bytes: ByProcess;
}

interface Spread {
  readonly median: number;
  readonly p99: number;
  readonly maximum: number;
}

export interface Samples {
  readonly count: number;
  /** Age of the oldest result that the counts lacked, in ms; 0: none. */
  readonly staleMs: Spread;
  readonly readMs: Spread;
  /** How often a count of ended items was smaller than before, or the sum of all another one. */
  readonly falls: number;
  readonly peakBytes: ByProcess;
  /** Divided by those of the first half. */
  readonly secondHalf: { readonly pace: number; readonly worker: number };
}

const ENDED = ['succeeded', 'failed', 'cancelled', 'unknown'];

/** Reads until the batch has ended. */
export async function watchBatch(batch: BatchHandle, pids: ByProcess) {
  const samples: Sample[] = [];
  for (;;) {
    const begun = Date.now();
    const { counts, finishedAt } = await batch.status();
    const at = Date.now();
    const bytes = Object.fromEntries(PROCESSES.map((name) => [name, residentBytes(pids[name])])) as Record<
      (typeof PROCESSES)[number],
      number
    >;
    samples.push({ at, tookMs: at - begun, counts: { ...counts }, bytes });
    if (finishedAt !== null) break;
    await sleep(READ_INTERVAL_MS);
  }
  return { compare: (ends: readonly number[]) => compare(samples, ends) };
}

/** When each result was stored, in ms, in this order. */
export function readEnds(folder: string): readonly number[] {
  const times = readdirSync(folder).map((name) => statSync(path.join(folder, name)).mtimeMs);
  return times.sort((one, other) => one - other);
}

function compare(samples: readonly Sample[], ends: readonly number[]): Samples {
  const stale = samples.map(({ at, counts }) => {
    const oldest = ends[counts['succeeded'] ?? 0];
    return oldest === undefined ? 0 : Math.max(0, at - oldest);
  });
  for (const [index, { at, tookMs, counts }] of samples.entries()) {
    const age = stale[index] ?? 0;
    const ended = ends.filter((end) => end <= at).length;
    if (age > SHOWN_AGE_MS)
      console.error(
        `after ${at - (samples[0]?.at ?? at)} ms: ${JSON.stringify(counts)} of ${ended}, ${age.toFixed(0)} ms old, read in ${tookMs} ms`,
      );
  }
  const pairs = samples.slice(1).map((sample, index) => [samples[index] ?? sample, sample] as const);
  const falls = pairs.filter(
    ([before, { counts }]) =>
      [...ENDED].some((name) => (counts[name] ?? 0) < (before.counts[name] ?? 0)) ||
      counts['total'] !== before.counts['total'],
  ).length;
  const peak = (name: keyof ByProcess, of = samples) => Math.max(...of.map(({ bytes }) => bytes[name]));
  const middle = ends[Math.floor(ends.length / 2)] ?? Number.NaN;
  const [first = Number.NaN, last = Number.NaN] = [ends[0], ends.at(-1)];
  const [before, after] = [samples.filter(({ at }) => at <= middle), samples.filter(({ at }) => at > middle)];
  return {
    count: samples.length,
    staleMs: spread(stale),
    readMs: spread(samples.map(({ tookMs }) => tookMs)),
    falls,
    peakBytes: { server: peak('server'), worker: peak('worker'), emulator: peak('emulator'), service: peak('service') },
    secondHalf: { pace: (middle - first) / (last - middle), worker: peak('worker', after) / peak('worker', before) },
  };
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { median: at(0.5), p99: at(0.99), maximum: sorted.at(-1) ?? Number.NaN };
}
