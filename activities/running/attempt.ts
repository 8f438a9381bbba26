/** How much time an activity attempt has left before the server gives up on it. */
import { activityInfo } from '@temporalio/activity';

/**
 * Measured from the attempt's start in this process, so no server clock is compared with ours. Two clocks are used: the
 * wall clock can be set back, and the monotonic clock stops while a machine sleeps.
 */
export class Attempt {
  readonly begunAt: number;
  private readonly begunMonotonic = performance.now();

  /** @param now current time, in ms since the epoch */
  constructor(private readonly now: () => number) {
    this.begunAt = now();
  }

  /** Remaining start-to-close time, in ms; negative once the server has given up on the attempt. */
  get leftMs(): number {
    const elapsedMs = Math.max(this.now() - this.begunAt, performance.now() - this.begunMonotonic);
    return activityInfo().startToCloseTimeoutMs - elapsedMs;
  }
}
