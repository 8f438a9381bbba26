/** The one function that knows the life of an item. Every workflow that makes images calls it. */
import { CancellationScope, sleep, workflowInfo } from '@temporalio/workflow';
import type { CodeCounts } from '../domain/failures/failures';
import { MAX_SUBMISSIONS } from '../domain/failures/policies';
import type { JournalTerms, SubmitHeartbeat } from '../domain/item/activity-contract';
import { activityProblem } from '../domain/item/application-failure';
import { callbackPatienceMs, saysEnded } from '../domain/item/callback';
import {
  CANCELLED_BY_REQUEST,
  type ItemEnd,
  isAnswerLost,
  isUnsent,
  landingOf,
  mayBeEchoed,
  NEVER_READ,
  newsOf,
  nextStep,
  type SubmissionEnd,
  settleEnd,
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
  accepted,
  begun,
  closed,
  found,
  type ItemRecord,
  NEW_RECORD,
  type NextTask,
  nextTaskOf,
  opened,
  progressOf,
  reportOf,
  resumeRecord,
  submitAfterFetch,
  unsent,
} from '../domain/item/item-record';
import type { Permits, SubmitTerms, Wish } from '../domain/item/permits';
import { operationRow } from '../domain/operations/operations';
import { unlessCancelled } from '../temporal/unless-cancelled';
import type { Echoes } from './callback-inbox';
import { countItem } from './count-item';
import { awaitJob, submitJob } from './item-activities';

/** Called whenever the item's progress has changed, with all that is remembered of it. */
export type Observe = (progress: ItemProgress, record: ItemRecord) => void;

export interface Surroundings {
  readonly observe: Observe;
  readonly permits: Permits;
  /** Callbacks for this workflow's items. */
  readonly echoes: Echoes;
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
export function runImageJob(item: Item, surroundings: Surroundings): Promise<ItemReport> {
  return new ImageJob(item, surroundings).run();
}

/** A callback comes within seconds of the job's end, or never. */
const ECHO_GRACE_MS = 20_000;

/** What needs a permit. */
type PermitTask = Exclude<NextTask, { do: 'await-callback' }>;

type Begun = ItemRecord & { readonly deadlineAt: number };

class ImageJob {
  private record: ItemRecord;
  /** The permit was given back before the result was fetched. */
  private isVacated = false;

  constructor(
    private readonly item: Item,
    private readonly surroundings: Surroundings,
  ) {
    const { record = NEW_RECORD } = surroundings;
    this.record = resumeRecord(record, Date.now(), this.echoPatienceMs);
  }

  async run(): Promise<ItemReport> {
    if (!(await this.untilRetry())) return this.finish(CANCELLED_BY_REQUEST, null);
    for (;;) {
      const task = nextTaskOf(this.record);
      const end = task.do === 'await-callback' ? await this.echo() : await this.turn(task);
      if ('next' in end) return this.finish(end, null);
      if (end.kind === 'superseded') this.surroundings.onSuperseded?.();
      const step = nextStep(end, this.stepContext());
      if (step.next === 'end' && isAnswerLost(end) && this.mayGoOn(end)) continue;
      if (step.next === 'end') return this.finish(step, end.kind === 'completed' ? end.job : null);
      if (this.record.orphan === null) this.record = submitAfterFetch(this.record);
      if (step.next === 'requeue') continue;
      this.record = { ...this.record, retryAt: Date.now() + step.delayMs };
      if (!(await this.untilRetry(step.code))) return this.finish(CANCELLED_BY_REQUEST, null);
    }
  }

  /** One permit and what was done with it; or the end, if there will be none. */
  private async turn(task: PermitTask): Promise<SubmissionEnd | ItemEnd> {
    const { permits, price = 0 } = this.surroundings;
    const { submissions, refused } = this.record;
    const again = submissions.length > 0 || Object.keys(refused).length > 0;
    const { deadlineAt, met } = this.record;
    const last = Object.hasOwn(met, 'FORBIDDEN') ? { last: true as const } : {};
    const wish: Wish = task.do === 'submit' ? { again, ...last, price, deadlineAt } : this.wishToLook(again);
    const askedAt = Date.now();
    this.show('waiting-for-permit');
    const turn = await permits.acquire(wish);
    if (!turn.go) return task.do === 'look-after-job' && permits.isOver ? NEVER_READ : withRefusals(turn.end, refused);
    const waitedMs = permits.stopsClock ? Date.now() - askedAt : 0;
    const record = begun(this.record, Date.now(), { deadlineMs: this.item.deadlineMs, waitedMs });
    const end = task.do === 'submit' ? await this.submit(record, turn, wish) : await this.look(record, task.job);
    permits.release(wish, landingOf(end), newsOf(end, { item: this.name, isProbe: turn.isProbe }), this.isVacated);
    this.isVacated = false;
    return end;
  }

  private wishToLook(again: boolean): Wish {
    const { deadlineAt, rescued } = this.record;
    const isOwn = rescued === null || rescued.then === null;
    return { again, price: null, deadlineAt, ...(isOwn ? { isInFlight: true } : {}) };
  }

  private async submit(begunRecord: Begun, terms: SubmitTerms, wish: Wish): Promise<SubmissionEnd> {
    const { permits } = this.surroundings;
    const record = { ...opened(begunRecord), deadlineAt: begunRecord.deadlineAt };
    this.record = record;
    this.show('submitting');
    const answer = this.asRefusalOfKey(await this.post(record, terms));
    if ('kind' in answer) {
      this.record =
        answer.kind === 'superseded' || (isUnsent(answer) && this.goesOn(answer))
          ? unsent(record, answer)
          : closed(record, answer);
      return answer;
    }
    permits.accepted(wish);
    this.record = accepted(record, answer);
    this.show('awaiting');
    const job = { ...answer, acceptedAt: Date.now() };
    if (answer.isEchoed === true) await this.untilCalled(answer);
    return this.look({ ...this.record, deadlineAt: record.deadlineAt }, job);
  }

  /** An item that is forbidden after another one shows that the key is: then no item is at fault, and it waits. */
  private asRefusalOfKey(answer: AcceptedJob | SubmissionEnd): AcceptedJob | SubmissionEnd {
    if (!('kind' in answer) || answer.kind !== 'fault' || answer.fault.row !== 'FORBIDDEN') return answer;
    if (!this.surroundings.permits.isKeyRefused(this.name)) return answer;
    return { kind: 'fault', fault: { ...answer.fault, code: 'UNAUTHENTICATED', row: 'UNAUTHENTICATED' } };
  }

  /** Unlike that of any other item of the account. */
  private get name(): string {
    return `${this.item.folder}/${this.item.key}`;
  }

  /** What is done about a submission whose answer was lost: first its callback is waited for, then it may be repeated. */
  private mayGoOn(end: SubmissionEnd): boolean {
    if (this.record.echoUntil === null && mayBeEchoed(end)) {
      this.record = { ...this.record, echoUntil: Date.now() + this.echoPatienceMs };
      return true;
    }
    this.record = { ...this.record, echoUntil: null };
    return this.record.submissions.length < MAX_SUBMISSIONS && this.surroundings.permits.mayDuplicate();
  }

  /** Waits for the callback that tells the job of a submission whose answer was lost. Holds no permit. */
  private async echo(): Promise<SubmissionEnd> {
    const { key } = this.item;
    const { submissions, echoUntil } = this.record;
    this.show('waiting-for-echo');
    const patienceMs = (echoUntil ?? 0) - Date.now();
    const { echoes } = this.surroundings;
    const told = () => echoes.jobOf(key, submissions.length, patienceMs).then((jobId) => ({ jobId }));
    const callback = await unlessCancelled(this.collect(told));
    if (callback === 'cancelled') return { kind: 'cancelled', origin: 'read' };
    const before = this.record;
    const unsettled = (why: string): SubmissionEnd => {
      this.record = before;
      return { kind: 'lost', isEchoed: true, message: `${submissions.at(-1)?.message ?? ''} ${why}`.trim() };
    };
    if (callback.jobId === null) return unsettled('No callback told its job.');
    const { jobId } = callback;
    this.surroundings.permits.found();
    const deadlineAt = before.deadlineAt ?? Date.now() + this.item.deadlineMs;
    const job = { jobId, acceptedAt: Date.now(), estimatedMs: null, refusals: {}, isClaimed: true as const };
    const end = await this.look({ ...found(before, jobId), deadlineAt }, job);
    const isStrange = end.kind === 'fault' && end.fault.row === 'JOB_NOT_FOUND';
    return isStrange ? unsettled('A callback named a job that the provider does not know.') : end;
  }

  /** Until the job is said to have ended, or long enough to go and see. */
  private async untilCalled(job: AcceptedJob): Promise<void> {
    const { key, operation } = this.item;
    const { permits, echoes } = this.surroundings;
    const patienceMs = callbackPatienceMs(job, operationRow(operation).typicalMs);
    const { length } = this.record.submissions;
    const callback = await unlessCancelled(this.collect(() => echoes.of(key, length, patienceMs)));
    // What is cancelled is cancelled by the step that follows.
    if (callback === null || callback === 'cancelled') return;
    // A job that has not ended is in flight, whatever else is told of it.
    if (!saysEnded(callback)) return;
    permits.vacate();
    this.isVacated = true;
    this.show('collecting');
  }

  private get echoPatienceMs(): number {
    return this.item.jobTimeBudgetMs + ECHO_GRACE_MS;
  }

  private goesOn(end: SubmissionEnd): boolean {
    return nextStep(end, this.stepContext()).next === 'requeue';
  }

  private stepContext() {
    const { permits } = this.surroundings;
    const { isGoverned } = permits;
    const leftMs = (this.record.deadlineAt ?? Number.POSITIVE_INFINITY) - Date.now();
    const afterFetch = this.record.rescued?.then ?? null;
    const submissions = this.record.submissions.length;
    const isRecalled = permits.recalled !== null && !permits.isOver;
    return { leftMs, submissions, isGoverned, afterFetch, isRecalled, isOver: permits.isOver };
  }

  /** One POST. Called back as long as it is not sent, if nothing may be submitted any more. */
  private async post(record: Begun, terms: SubmitTerms): Promise<AcceptedJob | SubmissionEnd> {
    const { key, operation, source } = this.item;
    const { deadlineAt, met, submissions, calls } = record;
    const { journal } = this.surroundings;
    const kept = journal === undefined ? {} : { journal: { ...journal, call: calls } };
    // A POST under way is waited for, since its job is paid.
    const posting = new CancellationScope();
    void this.surroundings.permits.recalled?.then(() => posting.cancel());
    const run = workflowInfo().firstExecutionRunId;
    const input = { key, operation, ...source, run, deadlineAt, met, submission: submissions.length, ...kept };
    try {
      const answer = await posting.run(() => submitJob(input, terms));
      return 'queued' in answer ? { kind: 'queued', refusals: answer.refusals } : answer;
    } catch (error) {
      return submitEnd(error);
    }
  }

  /** From an accepted job to its stored result. */
  private async look(record: Begun, job: RunningJob): Promise<SubmissionEnd> {
    this.record = { ...record, orphan: null };
    if (!this.isVacated) this.show('awaiting');
    const end = await this.result(record, job);
    const isOrphan = end.kind === 'fault' && end.fault.origin === 'read' && this.goesOn(end);
    this.record = isOrphan ? { ...record, orphan: job } : closed({ ...record, orphan: null }, end);
    return end;
  }

  private async result(record: Begun, job: RunningJob): Promise<SubmissionEnd> {
    const { key, operation, source, folder, jobTimeBudgetMs } = this.item;
    const { deadlineAt, met } = record;
    if (job.completed !== undefined) return { kind: 'completed', job: job.completed };
    try {
      const { permits, journal, account: storeAccount } = this.surroundings;
      // Nobody is going to look after it again: what is in the way is waited out in the activity.
      const ends = permits.isOver ? { isOver: true as const } : {};
      const isGoverned = permits.isGoverned && !permits.isOver;
      // It never had a permit that could be given back.
      const account = job.isTakenOver === true ? null : permits.account;
      const kept = journal === undefined ? {} : { singleRun: workflowInfo().firstExecutionRunId };
      const returns = isGoverned ? { isGoverned: true as const } : {};
      const tell = account === null ? returns : { account, waitsWhileHeld: isGoverned };
      const called = this.isVacated ? { isCalled: true } : {};
      const times = { deadlineAt, jobTimeBudgetMs };
      const held = storeAccount === undefined ? {} : { storeAccount };
      const told = { ...tell, ...ends, ...called, ...kept, ...held };
      const input = { key, operation, ...source, folder, job, ...times, met, ...told };
      return { kind: 'completed', job: await this.collect(() => awaitJob(input)) };
    } catch (error) {
      return awaitEnd(error);
    }
  }

  private collect<T>(work: () => Promise<T>): Promise<T> {
    const { collecting } = this.surroundings;
    return collecting === undefined ? work() : collecting.run(work);
  }

  /** Whether the time came, rather than a cancellation or the end of all submissions. */
  private async untilRetry(code = ''): Promise<boolean> {
    const { retryAt } = this.record;
    if (retryAt === null || retryAt <= Date.now()) return true;
    this.show('waiting-to-retry', new Date(retryAt).toISOString());
    const { permits } = this.surroundings;
    const summary = `${this.item.key} · again${code === '' ? '' : ` after ${code}`}`;
    for (;;) {
      const { recalled } = permits;
      const waited = await waitOrRecall(retryAt - Date.now(), summary, recalled);
      // A pause does not end the wait; only the end of all submissions does.
      if (waited !== 'recalled') return waited === 'waited';
      if (permits.isOver) return false;
    }
  }

  private show(state: ItemState, nextRetryAt: string | null = null): void {
    this.surroundings.observe(progressOf(this.record, state, nextRetryAt), this.record);
  }

  private finish(how: ItemEnd, job: CompletedJob | null): ItemReport {
    const end = settleEnd(how, this.record.submissions);
    this.show('ended');
    countItem(this.item.operation, end);
    return reportOf(this.record, end, job);
  }
}

/** What a submission waited for in vain says why it had to wait. */
function withRefusals(end: ItemEnd, refused: CodeCounts): ItemEnd {
  const codes = Object.entries(refused).map(([code, count]) => `${count} × ${code}`);
  return codes.length === 0 ? end : { ...end, message: `${end.message ?? ''} Refused before: ${codes.join(', ')}.` };
}

/** A timeout of a POST that had begun leaves its outcome unknown; one that never began was not sent. */
function submitEnd(error: unknown): SubmissionEnd {
  const problem = activityProblem(error);
  if (problem.kind === 'cancelled') return { kind: 'cancelled', origin: 'submit' };
  if (problem.kind === 'other') return { kind: 'broken', origin: 'submit', message: problem.message };
  if (problem.kind !== 'timeout') return problem;
  const { timeoutType, isStarted } = problem;
  // By the server's word, not by the time: the clock of a worker may be slow, so that it sends after our deadline.
  const neverBegan = !isStarted && (timeoutType === 'SCHEDULE_TO_CLOSE' || timeoutType === 'SCHEDULE_TO_START');
  if (neverBegan) return { kind: 'out-of-time', origin: 'submit' };
  const heartbeat = problem.heartbeat as SubmitHeartbeat | undefined;
  return { kind: 'lost', isEchoed: heartbeat?.isEchoed === true, message: lostWorker(timeoutType) };
}

function lostWorker(timeoutType: string): string {
  return `The worker was lost while it sent the request (timeout ${timeoutType}).`;
}

function awaitEnd(error: unknown): SubmissionEnd {
  const problem = activityProblem(error);
  if (problem.kind === 'cancelled') return { kind: 'cancelled', origin: 'read' };
  if (problem.kind === 'timeout') return { kind: 'out-of-time', origin: 'read' };
  return problem.kind === 'other' ? { kind: 'broken', origin: 'read', message: problem.message } : problem;
}

async function waitOrRecall(
  delayMs: number,
  summary: string,
  recalled: Promise<void> | null,
): Promise<'waited' | 'recalled' | 'cancelled'> {
  const timer = new CancellationScope();
  try {
    const slept = timer.run(() => sleep(Math.max(1, delayMs), { summary })).then(() => 'waited' as const);
    const called = recalled?.then(() => 'recalled' as const);
    return await unlessCancelled(called === undefined ? slept : Promise.race([slept, called]));
  } finally {
    timer.cancel();
  }
}
