/** One attempt to follow an accepted job: what it has observed, how it waits, and how it fails. */
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
import { CollectedFiles } from './collected-files';
import { recordJobEnd } from './item-telemetry';
import { computeNextReadMs, MAX_GAP_MS } from './polling/polling';
import { EndReport } from './report-end';
import { judgeFault, throwFault } from './throw-fault';

/** Minimum progress, in percent; a smaller one is too coarse to project the end of the job. */
const MIN_PROGRESS = 10;
/** Minimum failed reads in a row before a job is given up, however old it is: a single odd answer is not enough. */
const MIN_TROUBLES = 3;

/** Waited for until the deadline: the job becomes readable once the key is fixed. */
const ACCESS_CODES: readonly TroubleCode[] = ['UNAUTHENTICATED', 'FORBIDDEN'];
/** Failure codes of jobs that stayed unreadable until their deadline. */
const UNREAD_CODES: Readonly<Record<TroubleCode, FailureCode>> = {
  UNAUTHENTICATED: 'JOB_OVERDUE',
  FORBIDDEN: 'JOB_OVERDUE',
  PROVIDER_UNREACHABLE: 'JOB_OVERDUE',
  JOB_NOT_FOUND: 'JOB_NOT_FOUND',
  RESPONSE_INVALID: 'RESPONSE_INVALID',
};

export class JobWatch {
  details: AwaitHeartbeat;
  readonly files: CollectedFiles;
  readonly end: EndReport;
  /** Number of status reads in this attempt. */
  reads = 0;
  /** When the job was first read as completed, in ms since the epoch by the server's clock. */
  completedAt: number | null = null;
  /** Whether the governor knows that the key is refused; cleared by the next successful read. */
  hasReportedKey = false;
  /** Failed reads in a row. */
  private troubles = 0;
  /** Last time the job was observed running, in ms since it was accepted; 0 if never. */
  private runningMs = 0;
  /**
   * Projected end, in ms since the job was accepted, from the first usable progress value. Not from the newest one:
   * progress that stalls would move the end forever.
   */
  private projectedMs: number | null = null;
  private readonly clock = new ServerClock();

  constructor(
    readonly dependencies: ActivityDependencies,
    readonly input: AwaitJobInput,
    /** Only used to keep its texts out of provider messages. */
    private readonly request: RequestFields,
    readonly signal: AbortSignal,
  ) {
    const { jobId } = input.job;
    this.end = new EndReport(input);
    // Observations of an earlier attempt count until this one has its own.
    const before: AwaitHeartbeat | undefined = activityInfo().heartbeatDetails;
    // A claimed job may never have been accepted.
    const state = input.job.isClaimed === true ? 'not read yet' : 'accepted';
    const unseen = { jobId, state, progress: null, trouble: null, troubleSince: null };
    this.details = before?.jobId === jobId ? { ...unseen, ...before } : unseen;
    this.files = new CollectedFiles(this.details.files);
    if (this.files.hasMain) this.completedAt = this.now();
  }

  /** Current time, in ms since the epoch by the server's clock. */
  now(): number {
    return this.clock.now();
  }

  /** Time since the job was accepted, in ms. */
  get elapsedMs(): number {
    return Math.max(0, this.now() - this.input.job.acceptedAt);
  }

  /** Time until the item's deadline, in ms. */
  get leftMs(): number {
    return this.input.deadlineAt - this.now();
  }

  /** The item's deadline by this worker's clock, in ms since the epoch. */
  get localDeadlineAt(): number {
    return this.dependencies.now() + this.leftMs;
  }

  sawRunning(state: string, progress: number | null): void {
    this.troubles = 0;
    this.hasReportedKey = false;
    this.details = { ...this.details, state, progress, trouble: null, troubleSince: null };
    this.runningMs = this.elapsedMs;
    const hasEstimate = progress !== null && progress >= MIN_PROGRESS && progress < 100;
    if (hasEstimate) this.projectedMs ??= (this.runningMs * 100) / progress;
  }

  /** Records the first completion only: a job whose result cannot be downloaded is read again many times. */
  sawCompleted(ranMs: number | null): void {
    if (this.completedAt !== null) return;
    this.completedAt = this.now();
    this.troubles = 0;
    this.details = { ...this.details, trouble: null, troubleSince: null };
    const { elapsedMs: seenEndedMs, projectedMs } = this;
    const { operation, job, hasCallback = false } = this.input;
    // A callback arrives at the end, so the first read after it dates the end as well as two close reads would.
    const seenRunningMs = hasCallback && this.reads === 1 ? seenEndedMs : this.runningMs;
    const ended = { estimatedMs: job.estimatedMs, projectedMs, seenRunningMs, seenEndedMs, ranMs };
    this.dependencies.jobTimes.learn(operation, ended);
    recordJobEnd(this.input, 'completed', { seconds: (ranMs ?? seenEndedMs) / 1_000, reads: this.reads });
  }

  /** Reports the stored files at once: they are paid, and no later attempt has to download them again. */
  sawStored(): void {
    this.details = { ...this.details, files: this.files.all };
    heartbeat(this.details);
  }

  sawFailed(): void {
    recordJobEnd(this.input, 'failed', { seconds: this.elapsedMs / 1_000, reads: this.reads });
  }

  /** Waits until the next read of an unfinished job is due. */
  untilNextRead(): Promise<void> {
    return this.pause(this.nextReadInMs(this.runningMs));
  }

  /** Time until the next read, in ms from now. */
  private nextReadInMs(runningMs: number): number {
    const { dependencies, input, elapsedMs, projectedMs } = this;
    const { estimatedMs } = input.job;
    const forecast = dependencies.jobTimes.forecast(input.operation, { estimatedMs, projectedMs });
    const { readCost, random } = dependencies;
    return computeNextReadMs({ runningMs, elapsedMs, forecast, estimatedMs, readCost }, random);
  }

  /** Waits after a failed read, or ends the attempt if the job's time is over. */
  async unreadable({ code, problem, retryAfterMs }: Extract<StatusVerdict, { kind: 'trouble' }>): Promise<null> {
    const isWaitedOut = ACCESS_CODES.includes(code) && this.input.isOver !== true;
    if (!isWaitedOut && this.isGivenUp(code)) this.failUnread(code, problem);
    return this.waitOutTrouble(problem, retryAfterMs);
  }

  private isGivenUp(code: TroubleCode): boolean {
    const { job, jobTimeBudgetMs } = this.input;
    if (this.troubles + 1 < MIN_TROUBLES) return false;
    const isUnknown = job.isClaimed === true && code === 'JOB_NOT_FOUND';
    return this.elapsedMs > (isUnknown ? this.dependencies.timings.missingGraceMs : jobTimeBudgetMs);
  }

  private failUnread(code: TroubleCode, problem: string): never {
    const { jobId, isClaimed } = this.input.job;
    const { troubleSince } = this.details;
    const since = troubleSince === null ? '' : ` since ${troubleSince}`;
    if (isClaimed === true && code === 'JOB_NOT_FOUND') {
      this.failOurs(code, `The provider does not know a job ${JSON.stringify(jobId)} for this key (${problem}).`);
    }
    const job = isClaimed === true ? 'The status of the job' : 'The job was accepted, but its status';
    this.failOurs(UNREAD_CODES[code], `${job} could not be read${since}: ${problem}.`);
  }

  /** Waits before a retry, longer after each failure. */
  async waitOutTrouble(problem: string, retryAfterMs?: number): Promise<null> {
    this.troubles += 1;
    const troubleSince = this.details.troubleSince ?? new Date(this.now()).toISOString();
    this.details = { ...this.details, trouble: problem, troubleSince };
    // Persistent trouble is reported to the server at once.
    if (this.troubles === 2) heartbeat(this.details);
    const { backoff } = getFailureRow('PROVIDER_UNREACHABLE');
    const extraMs = backoff === null ? 0 : drawFullJitterMs(backoff, this.troubles, this.dependencies.random);
    // A response header must not leave a finished job unread for hours.
    const askedMs = retryAfterMs === undefined ? undefined : Math.min(retryAfterMs, MAX_GAP_MS);
    await this.pause(computeRetryDelayMs(this.nextReadInMs(this.elapsedMs) + extraMs, askedMs));
    return null;
  }

  /**
   * Waits at most until the deadline, and allows one last read when the job's time is over. Throws the reason if the
   * attempt is cancelled or the worker shuts down.
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

  /** Ends the attempt with what the job reports about itself. */
  fail(fault: Omit<Fault, 'jobId'>): never {
    const { met, job } = this.input;
    const { request, localDeadlineAt: deadlineAt } = this;
    throwFault(judgeFault(this.dependencies, { ...fault, jobId: job.jobId }, { met, deadlineAt, request }));
  }

  /** Ends the attempt with one of our own codes. */
  failOurs(code: FailureCode, message: string): never {
    this.fail({ code, origin: 'read', message });
  }

  outOfTime(): never {
    const { state, trouble } = this.details;
    const code = this.completedAt === null ? 'DEADLINE_EXCEEDED' : 'RESULT_UNAVAILABLE';
    this.failOurs(code, `The deadline passed while the job was ${state}${trouble === null ? '' : `: ${trouble}`}.`);
  }
}
