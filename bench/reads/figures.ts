/** What a case cost, from the emulator's books and the clocks of what stood between the processes. */

/** A job as the emulator's ledger has it; times in ms since the epoch. */
export interface Job {
  readonly jobId: string;
  readonly acceptedAt: number;
  /** `null`: it goes on. */
  readonly endedAt: number | null;
  readonly statusReads: number;
}

export interface EndedJob extends Job {
  readonly endedAt: number;
}

export function hasEnded(job: Job): job is EndedJob {
  return job.endedAt !== null;
}

/** The way of one callback, in ms since the epoch. */
export interface CallbackTimes {
  /** When the provider had sent it. */
  readonly sentAt: number;
  /** When the gateway had answered, so that it is in the workflow's history. */
  readonly answeredAt: number;
}

export interface Figures {
  readonly readsPerJob: number;
  /** From the true end to the read that told it, as a share of the job time. */
  readonly delay: number;
  /** The same in ms, of the job in the middle. */
  readonly medianDelayMs: number;
  /** Mean times in ms: end to callback, callback to its answer, answer to the read; `null` without callbacks. */
  readonly legsMs: readonly [number, number, number] | null;
}

/** @throws if a job was never seen completed: whoever measures has lost sight of it */
export function figuresOf(
  jobs: readonly EndedJob[],
  seenCompleted: ReadonlyMap<string, number>,
  callbacks: ReadonlyMap<string, CallbackTimes> | null,
): Figures {
  const delaysMs = jobs.map(({ jobId, endedAt }) => timeOf(seenCompleted, jobId) - endedAt);
  const jobTimesMs = jobs.map(({ acceptedAt, endedAt }) => endedAt - acceptedAt);
  return {
    readsPerJob: meanOf(jobs.map(({ statusReads }) => statusReads)),
    delay: meanOf(delaysMs) / meanOf(jobTimesMs),
    medianDelayMs: [...delaysMs].sort((one, other) => one - other)[Math.floor(jobs.length / 2)] ?? Number.NaN,
    legsMs: callbacks === null ? null : legsOf(jobs, seenCompleted, callbacks),
  };
}

function legsOf(
  jobs: readonly EndedJob[],
  seenCompleted: ReadonlyMap<string, number>,
  callbacks: ReadonlyMap<string, CallbackTimes>,
): readonly [number, number, number] {
  const legs = jobs.map(({ jobId, endedAt }) => {
    const { sentAt, answeredAt } = timeOf(callbacks, jobId);
    return [sentAt - endedAt, answeredAt - sentAt, timeOf(seenCompleted, jobId) - answeredAt] as const;
  });
  return [
    meanOf(legs.map(([toCallback]) => toCallback)),
    meanOf(legs.map(([, toAnswer]) => toAnswer)),
    meanOf(legs.map(([, , toRead]) => toRead)),
  ];
}

function timeOf<T>(times: ReadonlyMap<string, T>, jobId: string): T {
  const time = times.get(jobId);
  if (time === undefined) throw new Error(`nothing was seen of the end of job ${jobId}`);
  return time;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
