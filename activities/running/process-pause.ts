/** How often it is looked. */
const POLL_INTERVAL_MS = 1_000;

/**
 * The server gives work up that has not beaten for 15 s, and the last beat may have been held back for 8 s when the
 * process stopped.
 */
const MIN_PAUSE_MS = 7_000;

/** Work that was handed out meanwhile is begun this soon after the end. */
const HANDED_OUT_MS = 2_000;

/** Whether the server may have given work up without our knowledge. */
export interface ProcessPause {
  /** @param at when the work was begun, ms since the epoch */
  isSince(at: number): boolean;
}

/** No policy forbids to try it again. */
export class ProcessPausedError extends Error {
  /** The type of the failure in Temporal. */
  override readonly name = 'WORKER_PROCESS_PAUSED';

  constructor() {
    super('This worker stood still so long that its work may have been given up; nothing was sent.');
  }
}

/** For where nobody watches: without beats there is nothing to be given up. */
export const NO_PROCESS_PAUSE: ProcessPause = { isSince: () => false };

/**
 * Notices that this process stood still for long: stopped, on a machine that slept, or without a core. While it does,
 * it beats not, and nobody hears any more of what it sends when it wakes.
 *
 * By the wall clock, which goes on while a machine sleeps; a clock that is set forward looks like a standstill too.
 */
export class ProcessPauseWatch implements ProcessPause {
  private readonly timer: NodeJS.Timeout;
  private lookedAt: number;
  private endedAt = Number.NEGATIVE_INFINITY;

  /** @param now ms since the epoch. Default the clock of this machine */
  constructor(private readonly now: () => number = Date.now) {
    this.lookedAt = now();
    this.timer = setInterval(() => this.look(), POLL_INTERVAL_MS).unref();
  }

  isSince(at: number): boolean {
    // What wakes first is left to chance, so that the watch may not have looked yet.
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
