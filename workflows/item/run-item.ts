/** The life of an item. Every workflow that runs items calls it. */
import { CancellationScope, sleep, workflowInfo } from '@temporalio/workflow';
import type { CodeCounts } from '../domain/failures/failures';
import { MAX_SUBMISSIONS } from '../domain/failures/policies';
import type { JournalTerms, SubmitHeartbeat } from '../domain/item/activity-contract';
import { classifyActivityError } from '../domain/item/application-failure';
import { computeCallbackPatienceMs, saysEnded } from '../domain/item/callback';
import {
  CANCELLED_BY_REQUEST,
  decideNext,
  type ItemEnd,
  isAnswerLost,
  isUnsent,
  mayGetCallback,
  NEVER_READ,
  type SubmissionEnd,
  settleEnd,
  toBillingOutcome,
  toFeedback,
} from '../domain/item/decide-next';
import type {
  AcceptedJob,
  CompletedJob,
  Item,
  ItemProgress,
  ItemReport,
  ItemState,
  RunningJob,
} from '../domain/item/item';
import {
  closeSubmission,
  decideTask,
  type ItemRecord,
  NEW_RECORD,
  type NextTask,
  openSubmission,
  recordAcceptance,
  recordFoundJob,
  recordUnsent,
  resumeRecord,
  startClock,
  submitAfterFetch,
  toProgress,
  toReport,
} from '../domain/item/item-record';
import type { PermitRequest, Permits, SubmitTerms } from '../domain/item/permits';
import { getOperationRow } from '../domain/operations/operations';
import { unlessCancelled } from '../temporal/unless-cancelled';
import type { CallbackInbox } from './callback-inbox';
import { countItem } from './count-item';
import { awaitJob, submitJob } from './item-activities';

/** Called whenever the item's progress changes, with its record. */
export type Observe = (progress: ItemProgress, record: ItemRecord) => void;

export interface ItemContext {
  readonly observe: Observe;
  readonly permits: Permits;
  /** Callbacks for this workflow's items. */
  readonly callbacks: CallbackInbox;
  /** Scope of the job reads; cancelling it abandons the jobs. Default: jobs are never abandoned. */
  readonly collecting?: CancellationScope;
  /** Called if the item belongs to another run of its page; the report does not contain its end then. */
  readonly onSuperseded?: () => void;
  /** Price of a submission, in the unit of the batch's budget. Default 0. */
  readonly price?: number;
  /** Record of an item that began in an earlier run. */
  readonly record?: ItemRecord;
  /** Account that is held while results cannot be stored. Default: none. */
  readonly account?: string;
  /** Set for a single item, whose submissions are recorded in the store. Default: a row of a batch. */
  readonly journal?: Omit<JournalTerms, 'call'>;
}

/**
 * Submits, polls, and resubmits by the failure table until the item has an outcome. Never throws for a provider failure
 * or a cancellation: both are outcomes.
 */
export function runItem(item: Item, context: ItemContext): Promise<ItemReport> {
  return new ItemRun(item, context).run();
}

/** How long after a job's end its callback may arrive, in ms. */
const CALLBACK_GRACE_MS = 20_000;

/** Tasks that need a permit. */
type PermitTask = Exclude<NextTask, { do: 'await-callback' }>;

type StartedRecord = ItemRecord & { readonly deadlineAt: number };

class ItemRun {
  private record: ItemRecord;
  /** Whether the permit was returned before the download. */
  private isReleasedEarly = false;

  constructor(
    private readonly item: Item,
    private readonly context: ItemContext,
  ) {
    const { record = NEW_RECORD } = context;
    this.record = resumeRecord(record, Date.now(), this.lostAnswerPatienceMs);
  }

  async run(): Promise<ItemReport> {
    if (!(await this.untilRetry())) return this.finish(CANCELLED_BY_REQUEST, null);
    for (;;) {
      const task = decideTask(this.record);
      const end = task.do === 'await-callback' ? await this.awaitCallback() : await this.takeTask(task);
      if ('next' in end) return this.finish(end, null);
      if (end.kind === 'superseded') this.context.onSuperseded?.();
      const decision = decideNext(end, this.buildDecisionContext());
      if (decision.next === 'end' && isAnswerLost(end) && this.mayContinue(end)) continue;
      if (decision.next === 'end') return this.finish(decision, end.kind === 'completed' ? end.job : null);
      if (this.record.pendingJob === null) this.record = submitAfterFetch(this.record);
      if (decision.next === 'requeue') continue;
      this.record = { ...this.record, retryAt: Date.now() + decision.delayMs };
      if (!(await this.untilRetry(decision.code))) return this.finish(CANCELLED_BY_REQUEST, null);
    }
  }

  /** Acquires one permit and runs the task; returns the end if there will be no permit. */
  private async takeTask(task: PermitTask): Promise<SubmissionEnd | ItemEnd> {
    const { permits, price = 0 } = this.context;
    const { submissions, refused } = this.record;
    const again = submissions.length > 0 || Object.keys(refused).length > 0;
    const { deadlineAt, met } = this.record;
    const last = Object.hasOwn(met, 'FORBIDDEN') ? { last: true as const } : {};
    const permitRequest: PermitRequest =
      task.do === 'submit' ? { again, ...last, price, deadlineAt } : this.buildReadRequest(again);
    const askedAt = Date.now();
    this.show('waiting');
    const decision = await permits.acquire(permitRequest);
    if (!decision.go)
      return task.do === 'look-after-job' && permits.isOver ? NEVER_READ : addRefusals(decision.end, refused);
    const waitedMs = permits.stopsClock ? Date.now() - askedAt : 0;
    const record = startClock(this.record, Date.now(), { deadlineMs: this.item.deadlineMs, waitedMs });
    const end =
      task.do === 'submit' ? await this.submit(record, decision, permitRequest) : await this.readJob(record, task.job);
    permits.release(
      permitRequest,
      toBillingOutcome(end),
      toFeedback(end, { item: this.name, isProbe: decision.isProbe }),
      this.isReleasedEarly,
    );
    this.isReleasedEarly = false;
    return end;
  }

  private buildReadRequest(again: boolean): PermitRequest {
    const { deadlineAt, rescued } = this.record;
    const isOwn = rescued === null || rescued.then === null;
    return { again, price: null, deadlineAt, ...(isOwn ? { isInFlight: true } : {}) };
  }

  private async submit(
    begunRecord: StartedRecord,
    terms: SubmitTerms,
    permitRequest: PermitRequest,
  ): Promise<SubmissionEnd> {
    const { permits } = this.context;
    const record = { ...openSubmission(begunRecord), deadlineAt: begunRecord.deadlineAt };
    this.record = record;
    this.show('submitting');
    const answer = this.asRefusalOfKey(await this.post(record, terms));
    if ('kind' in answer) {
      this.record =
        answer.kind === 'superseded' || (isUnsent(answer) && this.isRequeued(answer))
          ? recordUnsent(record, answer)
          : closeSubmission(record, answer);
      return answer;
    }
    permits.onAccepted(permitRequest);
    this.record = recordAcceptance(record, answer);
    this.show('running');
    const job = { ...answer, acceptedAt: Date.now() };
    if (answer.expectsCallback === true) await this.untilCallback(answer);
    return this.readJob({ ...this.record, deadlineAt: record.deadlineAt }, job);
  }

  /** An item forbidden after another one shows that the key is refused: no item is at fault, and this one waits. */
  private asRefusalOfKey(answer: AcceptedJob | SubmissionEnd): AcceptedJob | SubmissionEnd {
    if (!('kind' in answer) || answer.kind !== 'fault' || answer.fault.row !== 'FORBIDDEN') return answer;
    if (!this.context.permits.isKeyRefused(this.name)) return answer;
    return { kind: 'fault', fault: { ...answer.fault, code: 'UNAUTHENTICATED', row: 'UNAUTHENTICATED' } };
  }

  /** Unique within the account. */
  private get name(): string {
    return `${this.item.folder}/${this.item.key}`;
  }

  /** Handles a submission whose answer was lost: waits for its callback first, then may repeat it. */
  private mayContinue(end: SubmissionEnd): boolean {
    if (this.record.callbackDeadline === null && mayGetCallback(end)) {
      this.record = { ...this.record, callbackDeadline: Date.now() + this.lostAnswerPatienceMs };
      return true;
    }
    this.record = { ...this.record, callbackDeadline: null };
    return this.record.submissions.length < MAX_SUBMISSIONS && this.context.permits.mayDuplicate();
  }

  /** Waits for the callback that names the job of a submission whose answer was lost. Holds no permit. */
  private async awaitCallback(): Promise<SubmissionEnd> {
    const { key } = this.item;
    const { submissions, callbackDeadline } = this.record;
    this.show('awaiting-callback');
    const patienceMs = (callbackDeadline ?? 0) - Date.now();
    const { callbacks } = this.context;
    const findJob = () => callbacks.waitForJob(key, submissions.length, patienceMs).then((jobId) => ({ jobId }));
    const callback = await unlessCancelled(this.collect(findJob));
    if (callback === 'cancelled') return { kind: 'cancelled', origin: 'read' };
    const before = this.record;
    const unsettled = (why: string): SubmissionEnd => {
      this.record = before;
      return { kind: 'lost', expectsCallback: true, message: `${submissions.at(-1)?.message ?? ''} ${why}`.trim() };
    };
    if (callback.jobId === null) return unsettled('No callback named its job.');
    const { jobId } = callback;
    this.context.permits.onJobFound();
    const deadlineAt = before.deadlineAt ?? Date.now() + this.item.deadlineMs;
    const job = { jobId, acceptedAt: Date.now(), estimatedMs: null, refusals: {}, isClaimed: true as const };
    const end = await this.readJob({ ...recordFoundJob(before, jobId), deadlineAt }, job);
    const isStrange = end.kind === 'fault' && end.fault.row === 'JOB_NOT_FOUND';
    return isStrange ? unsettled('A callback named a job that the provider does not know.') : end;
  }

  /** Waits for a callback that reports the job's end, or until a read is worthwhile. */
  private async untilCallback(job: AcceptedJob): Promise<void> {
    const { key, operation } = this.item;
    const { permits, callbacks } = this.context;
    const patienceMs = computeCallbackPatienceMs(job, getOperationRow(operation).typicalMs);
    const { length } = this.record.submissions;
    const callback = await unlessCancelled(this.collect(() => callbacks.waitFor(key, length, patienceMs)));
    // The next step handles the cancellation.
    if (callback === null || callback === 'cancelled') return;
    // An unfinished job is in flight, whatever else the callback says.
    if (!saysEnded(callback)) return;
    permits.releaseEarly();
    this.isReleasedEarly = true;
    this.show('collecting');
  }

  private get lostAnswerPatienceMs(): number {
    return this.item.jobTimeBudgetMs + CALLBACK_GRACE_MS;
  }

  private isRequeued(end: SubmissionEnd): boolean {
    return decideNext(end, this.buildDecisionContext()).next === 'requeue';
  }

  private buildDecisionContext() {
    const { permits } = this.context;
    const { isGoverned } = permits;
    const leftMs = (this.record.deadlineAt ?? Number.POSITIVE_INFINITY) - Date.now();
    const afterFetch = this.record.rescued?.then ?? null;
    const submissions = this.record.submissions.length;
    const isRevoked = permits.revoked !== null && !permits.isOver;
    return { leftMs, submissions, isGoverned, afterFetch, isRevoked, isOver: permits.isOver };
  }

  /** Sends one POST. It is revoked if it is unsent when submissions stop. */
  private async post(record: StartedRecord, terms: SubmitTerms): Promise<AcceptedJob | SubmissionEnd> {
    const { key, operation, source } = this.item;
    const { deadlineAt, met, submissions, calls } = record;
    const { journal } = this.context;
    const kept = journal === undefined ? {} : { journal: { ...journal, call: calls } };
    // Waits for a POST in flight, because its job is paid.
    const posting = new CancellationScope();
    void this.context.permits.revoked?.then(() => posting.cancel());
    const run = workflowInfo().firstExecutionRunId;
    const input = { key, operation, ...source, run, deadlineAt, met, submission: submissions.length, ...kept };
    try {
      const answer = await posting.run(() => submitJob(input, terms));
      if (!('queued' in answer)) return answer;
      this.context.permits.onQueued(answer.askAgainMs);
      return { kind: 'queued', refusals: answer.refusals };
    } catch (error) {
      return toSubmitEnd(error);
    }
  }

  /** Follows an accepted job to its stored result. */
  private async readJob(record: StartedRecord, job: RunningJob): Promise<SubmissionEnd> {
    this.record = { ...record, pendingJob: null };
    if (!this.isReleasedEarly) this.show('running');
    const end = await this.result(record, job);
    const isPending = end.kind === 'fault' && end.fault.origin === 'read' && this.isRequeued(end);
    this.record = isPending ? { ...record, pendingJob: job } : closeSubmission({ ...record, pendingJob: null }, end);
    return end;
  }

  private async result(record: StartedRecord, job: RunningJob): Promise<SubmissionEnd> {
    const { key, operation, source, folder, jobTimeBudgetMs } = this.item;
    const { deadlineAt, met } = record;
    if (job.completed !== undefined) return { kind: 'completed', job: job.completed };
    try {
      const { permits, journal, account: storeAccount } = this.context;
      // There is no later attempt to read it, so the activity waits out all trouble.
      const ends = permits.isOver ? { isOver: true as const } : {};
      const isGoverned = permits.isGoverned && !permits.isOver;
      // The job was taken over and never had a permit to return.
      const account = job.isTakenOver === true ? null : permits.account;
      const kept = journal === undefined ? {} : { singleRun: workflowInfo().firstExecutionRunId };
      const returns = isGoverned ? { isGoverned: true as const } : {};
      const reporting = account === null ? returns : { account, waitsWhileHeld: isGoverned };
      const callback = this.isReleasedEarly ? { hasCallback: true } : {};
      const times = { deadlineAt, jobTimeBudgetMs };
      const held = storeAccount === undefined ? {} : { storeAccount };
      const terms = { ...reporting, ...ends, ...callback, ...kept, ...held };
      const input = { key, operation, ...source, folder, job, ...times, met, ...terms };
      return { kind: 'completed', job: await this.collect(() => awaitJob(input)) };
    } catch (error) {
      return toReadEnd(error);
    }
  }

  private collect<T>(work: () => Promise<T>): Promise<T> {
    const { collecting } = this.context;
    return collecting === undefined ? work() : collecting.run(work);
  }

  /** Returns true if the retry is due, false after a cancellation or when submissions have stopped. */
  private async untilRetry(code = ''): Promise<boolean> {
    const { retryAt } = this.record;
    if (retryAt === null || retryAt <= Date.now()) return true;
    this.show('retrying', new Date(retryAt).toISOString());
    const { permits } = this.context;
    const summary = `${this.item.key} · again${code === '' ? '' : ` after ${code}`}`;
    for (;;) {
      const { revoked } = permits;
      const waited = await waitUnlessRevoked(retryAt - Date.now(), summary, revoked);
      // A pause does not end the wait; only the end of all submissions does.
      if (waited !== 'revoked') return waited === 'waited';
      if (permits.isOver) return false;
    }
  }

  private show(state: ItemState, nextRetryAt: string | null = null): void {
    this.context.observe(toProgress(this.record, state, nextRetryAt), this.record);
  }

  private finish(how: ItemEnd, job: CompletedJob | null): ItemReport {
    const end = settleEnd(how, this.record.submissions);
    this.show('ended');
    countItem(this.item.operation, end);
    return toReport(this.record, end, job);
  }
}

/** Adds to the end of a submission what it had waited for. */
function addRefusals(end: ItemEnd, refused: CodeCounts): ItemEnd {
  const codes = Object.entries(refused).map(([code, count]) => `${count} × ${code}`);
  return codes.length === 0 ? end : { ...end, message: `${end.message ?? ''} Refused before: ${codes.join(', ')}.` };
}

/** A timeout of a POST that had begun leaves its outcome unknown; one that never began was not sent. */
function toSubmitEnd(error: unknown): SubmissionEnd {
  const problem = classifyActivityError(error);
  if (problem.kind === 'cancelled') return { kind: 'cancelled', origin: 'submit' };
  if (problem.kind === 'other') return { kind: 'broken', origin: 'submit', message: problem.message };
  if (problem.kind !== 'timeout') return problem;
  const { timeoutType, isStarted } = problem;
  // By the server's information and not by time: a worker with a slow clock may send after our deadline.
  const neverBegan = !isStarted && (timeoutType === 'SCHEDULE_TO_CLOSE' || timeoutType === 'SCHEDULE_TO_START');
  if (neverBegan) return { kind: 'out-of-time', origin: 'submit' };
  const heartbeat = problem.heartbeat as SubmitHeartbeat | undefined;
  return {
    kind: 'lost',
    expectsCallback: heartbeat?.expectsCallback === true,
    message: describeLostWorker(timeoutType),
  };
}

function describeLostWorker(timeoutType: string): string {
  return `The worker was lost while it sent the request (timeout ${timeoutType}).`;
}

function toReadEnd(error: unknown): SubmissionEnd {
  const problem = classifyActivityError(error);
  if (problem.kind === 'cancelled') return { kind: 'cancelled', origin: 'read' };
  if (problem.kind === 'timeout') return { kind: 'out-of-time', origin: 'read' };
  return problem.kind === 'other' ? { kind: 'broken', origin: 'read', message: problem.message } : problem;
}

async function waitUnlessRevoked(
  delayMs: number,
  summary: string,
  revoked: Promise<void> | null,
): Promise<'waited' | 'revoked' | 'cancelled'> {
  const timer = new CancellationScope();
  try {
    const slept = timer.run(() => sleep(Math.max(1, delayMs), { summary })).then(() => 'waited' as const);
    const revocation = revoked?.then(() => 'revoked' as const);
    return await unlessCancelled(revocation === undefined ? slept : Promise.race([slept, revocation]));
  } finally {
    timer.cancel();
  }
}
