/** The one function that knows the life of an item. Every workflow that makes images calls it. */
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

/** Called whenever the item's progress has changed, with all that is remembered of it. */
export type Observe = (progress: ItemProgress, record: ItemRecord) => void;

export interface ItemContext {
  readonly observe: Observe;
  readonly permits: Permits;
  /** Callbacks for this workflow's items. */
  readonly callbacks: CallbackInbox;
  /** In which jobs are looked after: a cancellation of it leaves them alone. Default: they always are. */
  readonly collecting?: CancellationScope;
  /** The item turns out to be that of another run of its page; how it ended is not in the report. */
  readonly onSuperseded?: () => void;
  /** What a submission costs, in the unit of the batch's budget. Default 0. */
  readonly price?: number;
  /** What is remembered of an item that was begun in an earlier run. */
  readonly record?: ItemRecord;
  /** That is held while results cannot be stored. Default none. */
  readonly account?: string;
  /** For a single item, whose submissions the store remembers. Default: it is a row of a batch. */
  readonly journal?: Omit<JournalTerms, 'call'>;
}

/**
 * Submits, awaits, and resubmits by the failure table until the item has an outcome. Never throws for a failure of
 * the provider or for a cancellation: both are outcomes.
 */
export function runItem(item: Item, context: ItemContext): Promise<ItemReport> {
  return new ItemRun(item, context).run();
}

/** A callback comes within seconds of the job's end, or never. */
const CALLBACK_GRACE_MS = 20_000;

/** What needs a permit. */
type PermitTask = Exclude<NextTask, { do: 'await-callback' }>;

type StartedRecord = ItemRecord & { readonly deadlineAt: number };

class ItemRun {
  private record: ItemRecord;
  /** The permit was given back before the result was fetched. */
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

  /** One permit and what was done with it; or the end, if there will be none. */
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

  /** An item that is forbidden after another one shows that the key is: then no item is at fault, and it waits. */
  private asRefusalOfKey(answer: AcceptedJob | SubmissionEnd): AcceptedJob | SubmissionEnd {
    if (!('kind' in answer) || answer.kind !== 'fault' || answer.fault.row !== 'FORBIDDEN') return answer;
    if (!this.context.permits.isKeyRefused(this.name)) return answer;
    return { kind: 'fault', fault: { ...answer.fault, code: 'UNAUTHENTICATED', row: 'UNAUTHENTICATED' } };
  }

  /** Unlike that of any other item of the account. */
  private get name(): string {
    return `${this.item.folder}/${this.item.key}`;
  }

  /** What is done about a submission whose answer was lost: first its callback is waited for, then it may be repeated. */
  private mayContinue(end: SubmissionEnd): boolean {
    if (this.record.callbackDeadline === null && mayGetCallback(end)) {
      this.record = { ...this.record, callbackDeadline: Date.now() + this.lostAnswerPatienceMs };
      return true;
    }
    this.record = { ...this.record, callbackDeadline: null };
    return this.record.submissions.length < MAX_SUBMISSIONS && this.context.permits.mayDuplicate();
  }

  /** Waits for the callback that tells the job of a submission whose answer was lost. Holds no permit. */
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
    if (callback.jobId === null) return unsettled('No callback told its job.');
    const { jobId } = callback;
    this.context.permits.onJobFound();
    const deadlineAt = before.deadlineAt ?? Date.now() + this.item.deadlineMs;
    const job = { jobId, acceptedAt: Date.now(), estimatedMs: null, refusals: {}, isClaimed: true as const };
    const end = await this.readJob({ ...recordFoundJob(before, jobId), deadlineAt }, job);
    const isStrange = end.kind === 'fault' && end.fault.row === 'JOB_NOT_FOUND';
    return isStrange ? unsettled('A callback named a job that the provider does not know.') : end;
  }

  /** Until the job is said to have ended, or long enough to go and see. */
  private async untilCallback(job: AcceptedJob): Promise<void> {
    const { key, operation } = this.item;
    const { permits, callbacks } = this.context;
    const patienceMs = computeCallbackPatienceMs(job, getOperationRow(operation).typicalMs);
    const { length } = this.record.submissions;
    const callback = await unlessCancelled(this.collect(() => callbacks.waitFor(key, length, patienceMs)));
    // What is cancelled is cancelled by the step that follows.
    if (callback === null || callback === 'cancelled') return;
    // A job that has not ended is in flight, whatever else is told of it.
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

  /** One POST. Called back as long as it is not sent, if nothing may be submitted any more. */
  private async post(record: StartedRecord, terms: SubmitTerms): Promise<AcceptedJob | SubmissionEnd> {
    const { key, operation, source } = this.item;
    const { deadlineAt, met, submissions, calls } = record;
    const { journal } = this.context;
    const kept = journal === undefined ? {} : { journal: { ...journal, call: calls } };
    // A POST under way is waited for, since its job is paid.
    const posting = new CancellationScope();
    void this.context.permits.revoked?.then(() => posting.cancel());
    const run = workflowInfo().firstExecutionRunId;
    const input = { key, operation, ...source, run, deadlineAt, met, submission: submissions.length, ...kept };
    try {
      const answer = await posting.run(() => submitJob(input, terms));
      return 'queued' in answer ? { kind: 'queued', refusals: answer.refusals } : answer;
    } catch (error) {
      return toSubmitEnd(error);
    }
  }

  /** From an accepted job to its stored result. */
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
      // Nobody is going to look after it again: what is in the way is waited out in the activity.
      const ends = permits.isOver ? { isOver: true as const } : {};
      const isGoverned = permits.isGoverned && !permits.isOver;
      // It never had a permit that could be given back.
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

  /** Whether the time came, rather than a cancellation or the end of all submissions. */
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

/** What a submission waited for in vain says why it had to wait. */
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
  // By the server's word, not by the time: the clock of a worker may be slow, so that it sends after our deadline.
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
