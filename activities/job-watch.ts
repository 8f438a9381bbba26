/** One attempt at one accepted job: what was seen of it, how it waits, and how it fails. */
import { setTimeout as pause } from 'node:timers/promises';
import type { AwaitHeartbeat, AwaitJobInput } from '../workflows/domain/activity-contract';
import { delayBeforeRetryMs, fullJitterMs } from '../workflows/domain/backoff';
import { type FailureCode, failureRow } from '../workflows/domain/failures';
import type { Fault } from '../workflows/domain/fault';
import type { RequestFields } from '../workflows/domain/item';
import type { ActivityDependencies } from './dependencies';
import { observedEnd } from './observed';
import { nextReadInMs } from './polling';
import { judged, raise } from './raise';

/** Below this the share that is done is too coarse to project an end from it. */
const LEAST_PROGRESS = 10;

export class JobWatch {
  details: AwaitHeartbeat;
  /** Reads in a row that said nothing about the job. */
  troubles = 0;
  /** Status reads of this attempt. */
  reads = 0;
  /** When the job was first seen completed, in ms since the epoch. */
  completedAt: number | null = null;
  /** Last time that the job was seen running, in ms since it was accepted; 0: it never was. */
  private runningMs = 0;
  /**
   * The end as projected from the first progress that tells something, in ms since the job was accepted. Not from the
   * newest: progress that stands still would push the end away for ever.
   */
  private projectedMs: number | null = null;

  constructor(
    readonly dependencies: ActivityDependencies,
    readonly input: AwaitJobInput,
    /** Only so that its texts can be kept out of what the provider says. */
    private readonly request: RequestFields,
    readonly signal: AbortSignal,
  ) {
    this.details = { jobId: input.job.jobId, state: 'accepted', progress: null, trouble: null };
  }

  /** Since the job was accepted, in ms. */
  get elapsedMs(): number {
    return Math.max(0, this.dependencies.now() - this.input.job.acceptedAt);
  }

  sawRunning(progress: number | null): void {
    this.runningMs = this.elapsedMs;
    const isTelling = progress !== null && progress >= LEAST_PROGRESS && progress < 100;
    if (isTelling) this.projectedMs ??= (this.runningMs * 100) / progress;
  }

  /** The first time counts: a job whose result cannot be had is read again and again. */
  sawCompleted(ranMs: number | null): void {
    if (this.completedAt !== null) return;
    this.completedAt = this.dependencies.now();
    const { elapsedMs: seenEndedMs, projectedMs } = this;
    const { operation, job, isCalled = false } = this.input;
    // A callback comes at the end, so that the first read after it tells the time as well as two reads close together.
    const seenRunningMs = isCalled && this.reads === 1 ? seenEndedMs : this.runningMs;
    const ended = { estimatedMs: job.estimatedMs, projectedMs, seenRunningMs, seenEndedMs, ranMs };
    this.dependencies.jobTimes.learn(operation, ended);
    observedEnd(this.input, 'completed', { seconds: (ranMs ?? seenEndedMs) / 1_000, reads: this.reads });
  }

  sawFailed(): void {
    observedEnd(this.input, 'failed', { seconds: this.elapsedMs / 1_000, reads: this.reads });
  }

  /** Waits until it is time for the next read of a job that goes on. */
  untilNextRead(): Promise<void> {
    return this.pause(this.nextReadInMs(this.runningMs));
  }

  /** Counted from now. */
  private nextReadInMs(runningMs: number): number {
    const { dependencies, input, elapsedMs, projectedMs } = this;
    const { estimatedMs } = input.job;
    const forecast = dependencies.jobTimes.forecast(input.operation, { estimatedMs, projectedMs });
    const { readCost, random } = dependencies;
    return nextReadInMs({ runningMs, elapsedMs, forecast, estimatedMs, readCost }, random);
  }

  /** Waits out trouble that says nothing about the job. */
  async troubled(problem: string, retryAfterMs?: number): Promise<null> {
    this.troubles += 1;
    this.details = { ...this.details, trouble: problem };
    const { backoff } = failureRow('PROVIDER_UNREACHABLE');
    const { random } = this.dependencies;
    const extraMs = backoff === null ? 0 : fullJitterMs(backoff, this.troubles, random);
    await this.pause(delayBeforeRetryMs(this.nextReadInMs(this.elapsedMs) + extraMs, retryAfterMs));
    return null;
  }

  /** Never longer than until the deadline. Throws the reason if the attempt is cancelled or its worker stops. */
  async pause(ms: number): Promise<void> {
    const leftMs = Math.max(0, this.input.deadlineAt - this.dependencies.now());
    try {
      await pause(Math.min(ms, leftMs), undefined, { signal: this.signal });
    } catch (error) {
      this.signal.throwIfAborted();
      throw error;
    }
  }

  /** Ends the attempt with what the job says of itself. */
  fail(fault: Omit<Fault, 'jobId'>): never {
    const { met, deadlineAt, job } = this.input;
    const { request } = this;
    raise(judged(this.dependencies, { ...fault, jobId: job.jobId }, { met, deadlineAt, request }));
  }

  /** Ends the attempt with a code of our own. */
  failOurs(code: FailureCode, message: string): never {
    this.fail({ code, origin: 'read', message });
  }

  outOfTime(): never {
    const { state, trouble } = this.details;
    this.failOurs(
      'DEADLINE_EXCEEDED',
      `The deadline passed while the job was ${state}${trouble ? `: ${trouble}` : ''}.`,
    );
  }
}
