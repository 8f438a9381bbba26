/** What is measured: job times, and what the provider tells beside the end of a job when it is asked. */

export interface Case {
  readonly name: string;
  /** As the table has it. */
  readonly about: string;
  /** Median; sigma is the emulator's 0.3. */
  readonly jobMs: number;
  /** Whether answers tell estimate, progress and times. */
  readonly hasHints: boolean;
  readonly hasCallbacks: boolean;
  /** Images under way at once, no more than two cores can carry. */
  readonly window: number;
  /** Images that come first and are not counted: they teach the worker, or only warm it. */
  readonly before: number;
  readonly counted: number;
  /** Status reads per job, at the most. */
  readonly readsBar: number;
  /** Delay as a share of the job time, at the most. */
  readonly delayBar: number;
}

/** More than the jobs after which a worker believes what it has learned. */
const TEACHING = 60;
const WARMING = 12;
const COUNTED = 100;

const TOLD_END = { hasHints: false, hasCallbacks: false, before: TEACHING, counted: COUNTED };
const TOLD_HINTS = { ...TOLD_END, hasHints: true };
/** Without hints: a callback is all that there is to go by. */
const CALLED = { hasHints: false, hasCallbacks: true, before: WARMING, counted: COUNTED, readsBar: 1.1 };

/**
 * Bars without callbacks: a fifth above the best there can be for a sigma of 0.3 (4.4 reads for 5.3 % where jobs are
 * long), and for short jobs the time that a machine of two cores adds. With callbacks 2 %, but for jobs of 1 s: signal,
 * workflow task, activity and read take longer than 20 ms.
 */
export const CASES: readonly Case[] = [
  { name: '1s', about: '1 s', jobMs: 1_000, ...TOLD_END, window: 12, readsBar: 4, delayBar: 0.18 },
  { name: '6s', about: '6 s', jobMs: 6_000, ...TOLD_END, window: 50, readsBar: 5, delayBar: 0.09 },
  { name: '30s', about: '30 s', jobMs: 30_000, ...TOLD_END, window: 100, readsBar: 5.3, delayBar: 0.064 },
  { name: '6s-hints', about: '6 s, hints', jobMs: 6_000, ...TOLD_HINTS, window: 50, readsBar: 3.5, delayBar: 0.06 },
  { name: '1s-callbacks', about: '1 s, callbacks', jobMs: 1_000, ...CALLED, window: 12, delayBar: 0.12 },
  { name: '6s-callbacks', about: '6 s, callbacks', jobMs: 6_000, ...CALLED, window: 50, delayBar: 0.02 },
  { name: '30s-callbacks', about: '30 s, callbacks', jobMs: 30_000, ...CALLED, window: 100, delayBar: 0.02 },
];
