/** The permit of an item, which it may return before its result is stored. */
import type { SharedPermits } from './permits';

export class HeldPermit {
  /** Whether the permit was returned because the job is reported as ended. */
  isReleasedEarly = false;
  private isHeld = false;

  /** @param shared `null` for a single item, whose permit is returned by its activity */
  constructor(private readonly shared: Pick<SharedPermits, 'releaseEarly'> | null) {}

  take(): void {
    this.isHeld = true;
  }

  /** What the read of the job needs to know. */
  get terms(): { readonly isReleasedEarly: boolean; readonly mayReleaseEarly: boolean } {
    const { isHeld, isReleasedEarly, shared } = this;
    return { isReleasedEarly, mayReleaseEarly: isHeld && !isReleasedEarly && shared !== null };
  }

  /**
   * Returns the permit because the job is reported as ended; returns whether this call has done so. A job that is read
   * without a permit has none to return.
   */
  releaseEarly(): boolean {
    if (!this.isHeld || this.isReleasedEarly) return false;
    this.isReleasedEarly = true;
    this.shared?.releaseEarly();
    return true;
  }

  /** The submission has ended. */
  giveBack(): void {
    this.isHeld = false;
    this.isReleasedEarly = false;
  }
}
