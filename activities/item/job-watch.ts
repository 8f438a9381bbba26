/** One attempt at one accepted job: what was seen of it, how it waits, and how it fails. */
import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo, heartbeat } from '@temporalio/activity';
import { computeRetryDelayMs, drawFullJitterMs } from '../../workflows/domain/failures/backoff';
import { type FailureCode, getFailureRow } from '../../workflows/domain/failures/failures';
import type { Fault } from '../../workflows/domain/failures/fault';
import type { AwaitHeartbeat, AwaitJobInput } from '../../workflows/domain/item/activity-contract';
import type { RequestFields } from '../../workflows/domain/item/item';
import type { ActivityDependencies } from '../dependencies';
import type { StatusVerdict, TroubleCode } from '../imagepipeline/classify-status';
import { ServerClock } from '../running/server-clock';
import { recordJobEnd } from './item-telemetry';
import { computeNextReadMs, MAX_GAP_MS } from './polling/polling';
import { judgeFault, throwFault } from './throw-fault';

/** Below this the share that is done is too coarse to project an end from it. */
const MIN_PROGRESS = 10;
/** One answer that is out of place is no reason to give up a job, however old it is. */
const MIN_TROUBLES = 3;

/** What is waited for until the deadline: once the key is right again, the job can be read again. */
const ACCESS_CODES: readonly TroubleCode[] = ['UNAUTHENTICATED', 'FORBIDDEN'];
/** The codes of jobs that could not be read until their time was over; most say nothing of the job. */
const UNREAD_CODES: Readonly<Record<TroubleCode, FailureCode>> = {
  UNAUTHENTICATED: 'JOB_OVERDUE',
  FORBIDDEN: 'JOB_OVERDUE',
  PROVIDER_UNREACHABLE: 'JOB_OVERDUE',
  JOB_NOT_FOUND: 'JOB_NOT_FOUND',
  RESPONSE_INVALID: 'RESPONSE_INVALID',
};

export class JobWatch {
  details: AwaitHeartbeat;
  /** Status reads of this attempt. */
  reads = 0;
  /** When the job was first seen completed, in ms since the epoch by the server's clock. */
  completedAt: number | null = null;
  /** The governor was told that the key is refused, and no sound answer has come since. */
  hasReportedKey = false;
  /** Reads in a row that said nothing about the job. */
  private troubles = 0;
  /** Last time that the job was seen running, in ms since it was accepted; 0: it never was. */
  private runningMs = 0;
  /**
   * The end as projected from the first progress that tells something, in ms since the job was accepted. Not from the
   * newest: progress that stands still would push the end away for ever.
   */
  private projectedMs: number | null = null;
  private readonly clock = new ServerClock();

  constructor(
    readonly dependencies: ActivityDependencies,
    readonly input: AwaitJobInput,
    /** Only so that its texts can be kept out of what the provider says. */
    private readonly request: RequestFields,
    readonly signal: AbortSignal,
  ) {
    const { jobId } = input.job;
    // What an earlier attempt has seen holds until this one has seen something itself.
    const before: AwaitHeartbeat | undefined = activityInfo().heartbeatDetails;
    // Of a claimed job it is not known whether it was ever accepted.
    const state = input.job.isClaimed === true ? 'not read yet' : 'accepted';
    const unseen = { jobId, state, progress: null, trouble: null, troubleSince: null };
    this.details = before?.jobId === jobId ? { ...unseen, ...before } : unseen;
  }

  /** In ms since the epoch, by the server's clock. */
  now(): number {
    return this.clock.now();
  }

  /** Since the job was accepted, in ms. */
  get elapsedMs(): number {
    return Math.max(0, this.now() - this.input.job.acceptedAt);
  }

  /** Until the item's deadline, in ms. */
  get leftMs(): number {
    return this.input.deadlineAt - this.now();
  }

  /** The item's deadline by the clock of this worker. */
  get localDeadlineAt(): number {
    return this.dependencies.now() + this.leftMs;
  }

  sawRunning(state: string, progress: number | null): void {
    this.troubles = 0;
    this.hasReportedKey = false;
    this.details = { ...this.details, state, progress, trouble: null, troubleSince: null };
    this.runningMs = this.elapsedMs;
    const isTelling = progress !== null && progress >= MIN_PROGRESS && progress < 100;
    if (isTelling) this.projectedMs ??= (this.runningMs * 100) / progress;
  }

  /** The first time counts: a job whose result cannot be had is read again and again. */
  sawCompleted(ranMs: number | null): void {
    if (this.completedAt !== null) return;
    this.completedAt = this.now();
    this.troubles = 0;
    this.details = { ...this.details, trouble: null, troubleSince: null };
    const { elapsedMs: seenEndedMs, projectedMs } = this;
    const { operation, job, hasCallback = false } = this.input;
    // A callback comes at the end, so that the first read after it tells the time as well as two reads close together.
    const seenRunningMs = hasCallback && this.reads === 1 ? seenEndedMs : this.runningMs;
    const ended = { estimatedMs: job.estimatedMs, projectedMs, seenRunningMs, seenEndedMs, ranMs };
    this.dependencies.jobTimes.learn(operation, ended);
    recordJobEnd(this.input, 'completed', { seconds: (ranMs ?? seenEndedMs) / 1_000, reads: this.reads });
  }

  sawFailed(): void {
    recordJobEnd(this.input, 'failed', { seconds: this.elapsedMs / 1_000, reads: this.reads });
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
    return computeNextReadMs({ runningMs, elapsedMs, forecast, estimatedMs, readCost }, random);
  }

  /** Waits out a read that says nothing about the job, or ends the attempt because the time of the job is over. */
  async unreadable({ code, problem, retryAfterMs }: Extract<StatusVerdict, { kind: 'trouble' }>): Promise<null> {
    const isWaitedOut = ACCESS_CODES.includes(code) && this.input.isOver !== true;
    if (!isWaitedOut && this.isGivenUp(code)) this.failUnread(code, problem);
    return this.waitOutTrouble(problem, retryAfterMs);
  }

  private isGivenUp(code: TroubleCode): boolean {
    const { job, jobTimeBudgetMs } = this.input;
    if (this.troubles + 1 < MIN_TROUBLES) return false;
    const isUnheardOf = job.isClaimed === true && code === 'JOB_NOT_FOUND';
    return this.elapsedMs > (isUnheardOf ? this.dependencies.timings.missingGraceMs : jobTimeBudgetMs);
  }

  private failUnread(code: TroubleCode, problem: string): never {
    const { jobId, isClaimed } = this.input.job;
    const { troubleSince } = this.details;
    const since = troubleSince === null ? '' : ` since ${troubleSince}`;
    if (isClaimed === true && code === 'JOB_NOT_FOUND') {
      this.failOurs(code, `The provider does not know a job ${JSON.stringify(jobId)} of this key (${problem}).`);
    }
    const job = isClaimed === true ? 'The status of the job' : 'The job was accepted, but its status';
    this.failOurs(UNREAD_CODES[code], `${job} could not be read${since}: ${problem}.`);
  }

  /** Waits, the longer the more often, before something is tried again. */
  async waitOutTrouble(problem: string, retryAfterMs?: number): Promise<null> {
    this.troubles += 1;
    const troubleSince = this.details.troubleSince ?? new Date(this.now()).toISOString();
    this.details = { ...this.details, trouble: problem, troubleSince };
    // Trouble that stays is shown at once.
    if (this.troubles === 2) heartbeat(this.details);
    const { backoff } = getFailureRow('PROVIDER_UNREACHABLE');
    const extraMs = backoff === null ? 0 : drawFullJitterMs(backoff, this.troubles, this.dependencies.random);
    // A header from outside must not leave a finished job unread for hours.
    const askedMs = retryAfterMs === undefined ? undefined : Math.min(retryAfterMs, MAX_GAP_MS);
    await this.pause(computeRetryDelayMs(this.nextReadInMs(this.elapsedMs) + extraMs, askedMs));
    return null;
  }

  /**
   * Never longer than until the deadline, and with a last look when the time of the job is over. Throws the reason if
   * the attempt is cancelled or its worker stops.
   */
  private async pause(ms: number): Promise<void> {
    const untilOverdueMs = this.input.jobTimeBudgetMs - this.elapsedMs + 1;
    const boundsMs = [ms, this.leftMs, ...(untilOverdueMs > 0 ? [untilOverdueMs] : [])];
    try {
      await sleep(Math.max(0, Math.min(...boundsMs)), undefined, { signal: this.signal });
    } catch (error) {
      this.signal.throwIfAborted();
      throw error;
    }
  }

  /** Ends the attempt with what the job says of itself. */
  fail(fault: Omit<Fault, 'jobId'>): never {
    const { met, job } = this.input;
    const { request, localDeadlineAt: deadlineAt } = this;
    throwFault(judgeFault(this.dependencies, { ...fault, jobId: job.jobId }, { met, deadlineAt, request }));
  }

  /** Ends the attempt with a code of our own. */
  failOurs(code: FailureCode, message: string): never {
    this.fail({ code, origin: 'read', message });
  }

  outOfTime(): never {
    const { state, trouble } = this.details;
    const code = this.completedAt === null ? 'DEADLINE_EXCEEDED' : 'RESULT_UNAVAILABLE';
    this.failOurs(code, `The deadline passed while the job was ${state}${trouble === null ? '' : `: ${trouble}`}.`);
  }
}
