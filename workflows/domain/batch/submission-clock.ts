/** When a page may send its next submission, by the pacing of its newest grant. */
import type { Pacing } from '../leases/lease';

/** A provider that limits the rate saves up what it did not get, but not more than of this time, in ms. */
const BURST_MS = 1_000;

export class SubmissionClock {
  private pacing: Pick<Pacing, 'spacingMs' | 'restUntil'> = { spacingMs: null, restUntil: null };
  /** The time from which on the next submission may go, in ms since the epoch. */
  private nextAt: number;
  private scheduledUntil: readonly number[] = [];

  /** @param now in ms since the epoch */
  constructor(private readonly now: () => number) {
    this.nextAt = now();
  }

  apply(pacing: Pacing): void {
    this.pacing = pacing;
  }

  /** How long the next submission waits, in ms. */
  get waitMs(): number {
    const paced = this.pacing.spacingMs ? this.nextAt : 0;
    return Math.max(0, paced - this.now(), (this.pacing.restUntil ?? 0) - this.now());
  }

  /** Submissions that are about to be sent. */
  get scheduled(): number {
    const now = this.now();
    this.scheduledUntil = this.scheduledUntil.filter((at) => at > now);
    return this.scheduledUntil.length;
  }

  /** A submission is sent after this time, in ms. */
  schedule(waitMs: number): void {
    const { restUntil } = this.pacing;
    const spacingMs = this.pacing.spacingMs ?? 0;
    const saved = Math.max(0, BURST_MS - spacingMs);
    // Nothing is saved up while the provider has asked for a rest.
    this.nextAt = Math.max(this.nextAt, this.now() - saved, restUntil ?? 0) + spacingMs;
    if (waitMs > 0) this.scheduledUntil = [...this.scheduledUntil, this.now() + waitMs];
  }

  /** What the provider has saved up is used. */
  spendSavings(): void {
    this.nextAt = Math.max(this.nextAt, this.now());
  }
}
