import { performance } from 'node:perf_hooks';
import { activityInfo } from '@temporalio/activity';

/**
 * The server's time, in ms since the epoch, as far as an attempt can know it: when the server scheduled the attempt, and
 * what has passed in this process since. Clocks of workers are set apart and are set anew, so none of them may judge
 * what the server or another worker has written down. Never ahead of the server; behind it by the wait for a worker.
 */
export class ServerClock {
  private readonly startedAt = performance.now();

  constructor(private readonly scheduledAt: number = activityInfo().currentAttemptScheduledTimestampMs) {}

  now(): number {
    return this.scheduledAt + (performance.now() - this.startedAt);
  }
}
