import { performance } from 'node:perf_hooks';
import { activityInfo } from '@temporalio/activity';

/**
 * Estimates the server's time, in ms since the epoch: when the server scheduled the attempt, plus the time since then
 * in this process. Clocks of workers differ and can be changed, so they must not be compared with times written by the
 * server or another worker. Never ahead of the server; behind it by the time spent waiting for a worker.
 */
export class ServerClock {
  private readonly startedAt = performance.now();

  constructor(private readonly scheduledAt: number = activityInfo().currentAttemptScheduledTimestampMs) {}

  now(): number {
    return this.scheduledAt + (performance.now() - this.startedAt);
  }
}
