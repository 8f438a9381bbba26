/** When a page may send its next submission, by the pacing of its newest grant. */
import type { Pacing } from '../leases/lease';

/** How much unused time a rate-limiting provider credits, in ms. */
const BURST_MS = 1_000;

type Clocked = Pick<Pacing, 'spacingMs' | 'restUntil'>;

export class SubmissionClock {
  private pacing: Clocked = { spacingMs: null, restUntil: null };
  /** Earliest time of the next submission, in ms since the epoch. */
  private nextAt: number;
  private scheduledUntil: readonly number[] = [];

  /** @param now current time, in ms since the epoch */
  constructor(private readonly now: () => number) {
    this.nextAt = now();
  }

  apply(pacing: Clocked): void {
    this.pacing = pacing;
  }

  /** Delay of the next submission, in ms. */
  get waitMs(): number {
    const paced = this.pacing.spacingMs ? this.nextAt : 0;
    return Math.max(0, paced - this.now(), (this.pacing.restUntil ?? 0) - this.now());
  }

  /** Number of submissions about to be sent. */
  get scheduled(): number {
    const now = this.now();
    this.scheduledUntil = this.scheduledUntil.filter((at) => at > now);
    return this.scheduledUntil.length;
  }

  /** Records a submission that is sent after this delay, in ms. */
  schedule(waitMs: number): void {
    const { restUntil } = this.pacing;
    const spacingMs = this.pacing.spacingMs ?? 0;
    const saved = Math.max(0, BURST_MS - spacingMs);
    // No time is credited during a rest requested by the provider.
    this.nextAt = Math.max(this.nextAt, this.now() - saved, restUntil ?? 0) + spacingMs;
    if (waitMs > 0) this.scheduledUntil = [...this.scheduledUntil, this.now() + waitMs];
  }

  /** Uses up the credited time: the provider has room for one submission only after another spacing. */
  spendSavings(): void {
    this.nextAt = Math.max(this.nextAt, this.now() + (this.pacing.spacingMs ?? 0));
  }
}
