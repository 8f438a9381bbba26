/** Computes the figures of a case from the emulator's ledger and the times of the proxies. */

/** A job in the emulator's ledger; times in ms since the epoch. */
export interface Job {
  readonly jobId: string;
  readonly acceptedAt: number;
  /** `null` if it has not ended. */
  readonly endedAt: number | null;
  readonly statusReads: number;
}

export interface EndedJob extends Job {
  readonly endedAt: number;
}

export function hasEnded(job: Job): job is EndedJob {
  return job.endedAt !== null;
}

/** The times of one callback, in ms since the epoch. */
export interface CallbackTimes {
  /** When the provider sent it. */
  readonly sentAt: number;
  /** When the gateway answered; it is in the workflow's history by then. */
  readonly answeredAt: number;
}

export interface Figures {
  readonly readsPerJob: number;
  /** Delay from the true end to the read that reported it, as a share of the job time. */
  readonly delay: number;
  /** Median of the same, in ms. */
  readonly medianDelayMs: number;
  /** Mean times in ms: end to callback, callback to its answer, answer to the read; `null` without callbacks. */
  readonly legsMs: readonly [number, number, number] | null;
}

/** @throws if a job was never read as completed, which is a fault of the measurement */
export function computeFigures(
  jobs: readonly EndedJob[],
  seenCompleted: ReadonlyMap<string, number>,
  callbacks: ReadonlyMap<string, CallbackTimes> | null,
): Figures {
  const delaysMs = jobs.map(({ jobId, endedAt }) => getTime(seenCompleted, jobId) - endedAt);
  const jobTimesMs = jobs.map(({ acceptedAt, endedAt }) => endedAt - acceptedAt);
  return {
    readsPerJob: computeMean(jobs.map(({ statusReads }) => statusReads)),
    delay: computeMean(delaysMs) / computeMean(jobTimesMs),
    medianDelayMs: [...delaysMs].sort((one, other) => one - other)[Math.floor(jobs.length / 2)] ?? Number.NaN,
    legsMs: callbacks === null ? null : computeLegs(jobs, seenCompleted, callbacks),
  };
}

function computeLegs(
  jobs: readonly EndedJob[],
  seenCompleted: ReadonlyMap<string, number>,
  callbacks: ReadonlyMap<string, CallbackTimes>,
): readonly [number, number, number] {
  const legs = jobs.map(({ jobId, endedAt }) => {
    const { sentAt, answeredAt } = getTime(callbacks, jobId);
    return [sentAt - endedAt, answeredAt - sentAt, getTime(seenCompleted, jobId) - answeredAt] as const;
  });
  return [
    computeMean(legs.map(([toCallback]) => toCallback)),
    computeMean(legs.map(([, toAnswer]) => toAnswer)),
    computeMean(legs.map(([, , toRead]) => toRead)),
  ];
}

function getTime<T>(times: ReadonlyMap<string, T>, jobId: string): T {
  const time = times.get(jobId);
  if (time === undefined) throw new Error(`the end of job ${jobId} was not observed`);
  return time;
}

function computeMean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
