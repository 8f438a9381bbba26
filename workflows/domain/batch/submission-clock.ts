/** When a page may send its next submission, by the pacing of its newest grant. */
import type { Pacing } from '../leases/lease';

/** How much unused time a rate-limiting provider credits, in ms. */
const BURST_MS = 1_000;

/** How much too early a wake may come, by the clocks of several servers, in ms. */
const EARLY_MS = 250;

type Clocked = Pick<Pacing, 'spacingMs' | 'restUntil'>;

interface ClockOptions {
  /** Current time, in ms since the epoch. */
  readonly now: () => number;
  /** Schedules a call of `onWake` after this time, in ms. */
  readonly wakeIn: (ms: number) => void;
}

export class SubmissionClock {
  private pacing: Clocked = { spacingMs: null, restUntil: null };
  /** Earliest time of the next submission, in ms since the epoch. */
  private nextAt: number;
  private scheduledUntil: readonly number[] = [];

  /** Next time of a wake, in ms since the epoch; `null` if none was requested. */
  private wakeAt: number | null = null;

  constructor(private readonly options: ClockOptions) {
    this.nextAt = options.now();
  }

  apply(pacing: Clocked): void {
    this.pacing = pacing;
  }

  /** Delay of the next submission, in ms. */
  get waitMs(): number {
    const paced = this.pacing.spacingMs ? this.nextAt : 0;
    return Math.max(0, paced - this.options.now(), this.restMs);
  }

  /** Time until the end of a rest that the provider requested, in ms; 0 if there is none. */
  get restMs(): number {
    return Math.max(0, (this.pacing.restUntil ?? 0) - this.options.now());
  }

  /** Number of submissions about to be sent. */
  get scheduled(): number {
    const now = this.options.now();
    this.scheduledUntil = this.scheduledUntil.filter((at) => at > now);
    return this.scheduledUntil.length;
  }

  /** Records a submission that is sent after this delay, in ms. */
  schedule(waitMs: number): void {
    const { restUntil } = this.pacing;
    const spacingMs = this.pacing.spacingMs ?? 0;
    const saved = Math.max(0, BURST_MS - spacingMs);
    // No time is credited during a rest requested by the provider.
    this.nextAt = Math.max(this.nextAt, this.options.now() - saved, restUntil ?? 0) + spacingMs;
    if (waitMs > 0) this.scheduledUntil = [...this.scheduledUntil, this.options.now() + waitMs];
  }

  /** Uses up the credited time: the provider has room for one submission only after another spacing. */
  spendSavings(): void {
    this.nextAt = Math.max(this.nextAt, this.options.now() + (this.pacing.spacingMs ?? 0));
  }

  /** Requests to be woken, unless it will be by then. A wake that was requested for a later time comes as well. */
  wakeIn(ms: number): void {
    const now = this.options.now();
    const at = now + ms;
    // One that is overdue may have been lost.
    if (this.wakeAt !== null && this.wakeAt > now && this.wakeAt <= at) return;
    this.wakeAt = at;
    this.options.wakeIn(ms);
  }

  /** A time requested by `wakeIn` has come, perhaps that of another wake than the next one. */
  onWake(): void {
    if (this.wakeAt !== null && this.wakeAt <= this.options.now() + EARLY_MS) this.wakeAt = null;
  }
}
