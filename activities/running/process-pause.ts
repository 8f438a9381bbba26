/** How often the clock is checked, in ms. */
const POLL_INTERVAL_MS = 1_000;

/**
 * Shortest pause that matters, in ms. The server gives up on work without a heartbeat for 15 s, and the last heartbeat
 * may have been throttled for 8 s when the process paused.
 */
const MIN_PAUSE_MS = 7_000;

/** Work handed out during the pause starts within this time after it, in ms. */
const HANDED_OUT_MS = 2_000;

/** Detects whether the server may have given up on work without our knowledge. */
export interface ProcessPause {
  /** @param at when the work began, in ms since the epoch */
  isSince(at: number): boolean;
}

/** Retryable under every policy. */
export class ProcessPausedError extends Error {
  /** Failure type in Temporal. */
  override readonly name = 'WORKER_PROCESS_PAUSED';

  constructor() {
    super(
      'This worker process was paused for so long that the server may have given up on its work; nothing was sent.',
    );
  }
}

/** For processes without a watch: work that sends no heartbeats cannot time out by a pause. */
export const NO_PROCESS_PAUSE: ProcessPause = { isSince: () => false };

/**
 * Detects long pauses of this process: stopped, asleep with its machine, or without CPU time. Meanwhile it sends no
 * heartbeats, and the server ignores whatever it sends after waking.
 *
 * Uses the wall clock, which keeps running while a machine sleeps. Setting the clock forward looks like a pause too.
 */
export class ProcessPauseWatch implements ProcessPause {
  private readonly timer: NodeJS.Timeout;
  private lookedAt: number;
  private endedAt = Number.NEGATIVE_INFINITY;

  /** @param now current time, in ms since the epoch. Default: the system clock */
  constructor(private readonly now: () => number = Date.now) {
    this.lookedAt = now();
    this.timer = setInterval(() => this.look(), POLL_INTERVAL_MS).unref();
  }

  isSince(at: number): boolean {
    // Timers fire in no particular order after a pause, so the watch may not have run yet.
    this.look();
    return this.endedAt >= at - HANDED_OUT_MS;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const at = this.now();
    if (at - this.lookedAt >= MIN_PAUSE_MS) this.endedAt = at;
    this.lookedAt = at;
  }
}
