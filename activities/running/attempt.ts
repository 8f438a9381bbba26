/** How long the server still waits for an attempt of an activity. */
import { activityInfo } from '@temporalio/activity';

/**
 * Counted from when the attempt began here, so that no clock of the server is compared with ours. By two clocks: the
 * one of the wall can be set back, and the monotonic one stops while a machine sleeps.
 */
export class Attempt {
  readonly begunAt: number;
  private readonly begunMonotonic = performance.now();

  /** @param now ms since the epoch */
  constructor(private readonly now: () => number) {
    this.begunAt = now();
  }

  /** What is left of its start-to-close time, in ms; negative when the server has given it up. */
  get leftMs(): number {
    const elapsedMs = Math.max(this.now() - this.begunAt, performance.now() - this.begunMonotonic);
    return activityInfo().startToCloseTimeoutMs - elapsedMs;
  }
}
