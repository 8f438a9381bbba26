import { EndQueue } from './end-queue';
import type { Job } from './job';

/** State of one API key: its jobs in flight, credits and rate. */
export class Account {
  readonly #running = new EndQueue<Job>();
  #inFlight = 0;
  #maxInFlight = 0;
  #credits: number | null = null;
  #tokens = Number.POSITIVE_INFINITY;
  #tokensAt = 0;

  constructor(readonly key: string) {}

  get maxInFlight(): number {
    return this.#maxInFlight;
  }

  inFlight(now: number): number {
    this.#settle(now);
    return this.#inFlight;
  }

  /** Credits left for new jobs; `null` if unlimited. */
  credits(now: number): number | null {
    this.#settle(now);
    return this.#credits;
  }

  setCredits(now: number, credits: number | null): void {
    this.#settle(now);
    this.#credits = credits;
  }

  /** Records an accepted job. Jobs must be passed in order of acceptance. */
  accept(job: Job): void {
    this.#settle(job.acceptedAt);
    if (job.reserved !== null && this.#credits !== null) this.#credits -= job.reserved;
    if (job.holdsPlace) this.#inFlight += 1;
    if (job.plan.endsAt !== null) this.#running.add(job.plan.endsAt, job);
    this.#maxInFlight = Math.max(this.#maxInFlight, this.#inFlight);
  }

  /** Takes one token of the rate limit; returns 0, or the time until one is available, in ms. */
  takeToken(now: number, perSecond: number | null): number {
    if (perSecond === null) return 0;
    const burst = Math.max(1, perSecond);
    const refilled = this.#tokens + ((now - this.#tokensAt) / 1_000) * perSecond;
    const tokens = Math.min(burst, refilled);
    this.#tokensAt = now;
    this.#tokens = tokens >= 1 ? tokens - 1 : tokens;
    return tokens >= 1 ? 0 : ((1 - tokens) / perSecond) * 1_000;
  }

  #settle(now: number): void {
    for (let job = this.#running.takeDue(now); job !== undefined; job = this.#running.takeDue(now)) {
      if (job.holdsPlace) this.#inFlight -= 1;
      if (job.plan.end.status !== 'completed' && job.reserved !== null && this.#credits !== null) {
        this.#credits += job.reserved;
      }
    }
  }
}
