/** The measured cases: job times, and the provider's hints about the end of a job. */

export interface Case {
  readonly name: string;
  /** Name in the table. */
  readonly about: string;
  /** Median job time in ms; sigma is the emulator's 0.3. */
  readonly jobMs: number;
  /** Whether answers contain estimate, progress and times. */
  readonly hasHints: boolean;
  readonly hasCallbacks: boolean;
  /** Concurrent images; two cores can run no more. */
  readonly window: number;
  /** Images that run first and are not counted: they train the worker, or warm it up. */
  readonly before: number;
  readonly counted: number;
  /** Maximum status reads per job. */
  readonly readsBar: number;
  /** Maximum delay, as a share of the job time. */
  readonly delayBar: number;
}

/** More than the jobs after which a worker uses what it has learned. */
const TEACHING = 60;
const WARMING = 12;
const COUNTED = 100;

const WITHOUT_HINTS = { hasHints: false, hasCallbacks: false, before: TEACHING, counted: COUNTED };
const WITH_HINTS = { ...WITHOUT_HINTS, hasHints: true };
/** Without hints: only a callback reports the end. */
const CALLED = { hasHints: false, hasCallbacks: true, before: WARMING, counted: COUNTED, readsBar: 1.1 };

/**
 * Bars without callbacks: a fifth above the optimum for a sigma of 0.3 (4.4 reads for 5.3 % if jobs are long), and for
 * short jobs the time that a machine of two cores adds. With callbacks 2 %, except for jobs of 1 s: signal, workflow
 * task, activity and read take longer than 20 ms.
 */
export const CASES: readonly Case[] = [
  { name: '1s', about: '1 s', jobMs: 1_000, ...WITHOUT_HINTS, window: 12, readsBar: 4, delayBar: 0.18 },
  { name: '6s', about: '6 s', jobMs: 6_000, ...WITHOUT_HINTS, window: 50, readsBar: 5, delayBar: 0.09 },
  { name: '30s', about: '30 s', jobMs: 30_000, ...WITHOUT_HINTS, window: 100, readsBar: 5.3, delayBar: 0.064 },
  { name: '6s-hints', about: '6 s, hints', jobMs: 6_000, ...WITH_HINTS, window: 50, readsBar: 3.5, delayBar: 0.06 },
  { name: '1s-callbacks', about: '1 s, callbacks', jobMs: 1_000, ...CALLED, window: 12, delayBar: 0.12 },
  { name: '6s-callbacks', about: '6 s, callbacks', jobMs: 6_000, ...CALLED, window: 50, delayBar: 0.02 },
  { name: '30s-callbacks', about: '30 s, callbacks', jobMs: 30_000, ...CALLED, window: 100, delayBar: 0.02 },
];
