/** The life of one step of an item, from its first permit to its files. */
import { MAX_SUBMISSIONS } from '../domain/failures/policies';
import { computeCallbackPatienceMs } from '../domain/item/callback';
import {
  addRefusals,
  CANCELLED_BY_REQUEST,
  type DecisionContext,
  decideNext,
  expectLateOutcome,
  type ItemEnd,
  isAnswerLost,
  isUnsent,
  mayBeStaleUpload,
  NEVER_READ,
  type SubmissionEnd,
  settleEnd,
  toBillingOutcome,
  toFeedback,
} from '../domain/item/decide-next';
import { toDecisionContext } from '../domain/item/decision-context';
import { HeldPermit } from '../domain/item/held-permit';
import type { AcceptedJob, CompletedJob, ItemState, ItemStep, RunningJob } from '../domain/item/item';
import { nameStep } from '../domain/item/item-name';
import {
  closeSubmission,
  countSubmissions,
  decideTask,
  type ItemRecord,
  type NextTask,
  openSubmission,
  recordAcceptance,
  recordFoundJob,
  recordUnsent,
  renewUploads,
  resumeRecord,
  type StartedRecord,
  startClock,
  submitAfterFetch,
  toProgress,
} from '../domain/item/item-record';
import type { PermitRequest, SubmitTerms } from '../domain/item/permits';
import type { ProviderFeedback } from '../domain/leases/feedback';
import { getOperationRow } from '../domain/operations/operations';
import { unlessCancelled } from '../temporal/unless-cancelled';
import { waitForRetry } from '../temporal/wait-unless-revoked';
import { AheadUpload } from './ahead-upload';
import { collectJob, runCollecting } from './collect-job';
import type { ItemContext } from './item-context';
import { findLostJob, postItem } from './post-item';

/** How a step ended, with the record of its item. */
export interface StepEnd {
  readonly end: ItemEnd;
  readonly job: CompletedJob | null;
  readonly record: ItemRecord;
}

/**
 * Submits, polls, and resubmits by the failure table until the step has an outcome. Never throws for a provider failure
 * or a cancellation: both are outcomes.
 *
 * @param record of the item, whose earlier steps are finished
 */
export function runStep(step: ItemStep, context: ItemContext, record: ItemRecord): Promise<StepEnd> {
  return new StepRun(step, context, record).run();
}

/** How long after a job's end its callback may arrive, in ms. */
const CALLBACK_GRACE_MS = 20_000;

/** What a POST needs to know beside its record. */
interface PostTerms {
  readonly decision: SubmitTerms;
  readonly permitRequest: PermitRequest;
  readonly uploaded: AheadUpload['usable'];
}

/** Tasks that need a permit. */
type PermitTask = Exclude<NextTask, { do: 'await-callback' }>;

class StepRun {
  private record: ItemRecord;
  private readonly permit: HeldPermit;
  /** How the upload failed for which the request for a permit was withdrawn. */
  private uploadEnd: SubmissionEnd | null = null;

  constructor(
    private readonly step: ItemStep,
    private readonly context: ItemContext,
    record: ItemRecord,
  ) {
    this.permit = new HeldPermit(context.permits.shared);
    this.record = resumeRecord(record, Date.now(), this.lostAnswerPatienceMs);
  }

  async run(): Promise<StepEnd> {
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
      if (mayBeStaleUpload(end, this.buildDecisionContext())) this.record = renewUploads(this.record);
      if (decision.next === 'requeue') continue;
      this.record = { ...this.record, retryAt: Date.now() + decision.delayMs };
      if (!(await this.untilRetry(decision.code))) return this.finish(CANCELLED_BY_REQUEST, null);
    }
  }

  /** Acquires one permit and runs the task; returns the end if there will be no permit. */
  private async takeTask(task: PermitTask): Promise<SubmissionEnd | ItemEnd> {
    const { permits } = this.context;
    const { operation, price } = this.step;
    const { submissions, refused, finished, deadlineAt, met } = this.record;
    const again = submissions.length + finished.length > 0 || Object.keys(refused).length > 0;
    const last = Object.hasOwn(met, 'FORBIDDEN') ? { last: true as const } : {};
    const permitRequest: PermitRequest =
      task.do === 'submit'
        ? { again, ...last, ...this.buildProgress(), operation, price, deadlineAt }
        : this.buildReadRequest(again);
    const ahead = task.do === 'submit' ? this.planUpload(permitRequest) : null;
    const askedAt = Date.now();
    this.show('waiting');
    const decision = await permits.acquire(permitRequest, ahead?.begin);
    ahead?.stop();
    if (!decision.go) {
      if (decision.end === null) return this.closeUnuploaded();
      return task.do === 'look-after-job' && permits.isOver ? NEVER_READ : addRefusals(decision.end, refused);
    }
    const waitedMs = permits.policy.stopsClock ? Date.now() - askedAt : 0;
    const record = startClock(this.record, Date.now(), { deadlineMs: this.step.deadlineMs, waitedMs });
    this.permit.take();
    const terms = { decision, permitRequest, uploaded: ahead?.usable ?? null };
    const end = task.do === 'submit' ? await this.submit(record, terms) : await this.readJob(record, task.job);
    permits.release(permitRequest, {
      billingOutcome: toBillingOutcome(end),
      feedback: this.toFeedback(end, decision.isProbe),
      isReleasedEarly: this.permit.isReleasedEarly,
      ...(end.kind === 'completed' && this.hasNext ? { hasNextStep: true } : {}),
      ...(end.kind === 'queued' ? { isInQueue: end.isInQueue, askAgainMs: end.askAgainMs } : {}),
    });
    this.permit.giveBack();
    return end;
  }

  private toFeedback(end: SubmissionEnd, isProbe: boolean): ProviderFeedback {
    return toFeedback(end, { item: this.name, operation: this.step.operation, isProbe });
  }

  /** A single item uploads its files before it requests its permit. */
  private planUpload(permitRequest: PermitRequest): AheadUpload | null {
    const { permits } = this.context;
    const { shared } = permits;
    if (this.step.hasFiles !== true || shared === null) return null;
    return new AheadUpload(this.step, this.record, permits, {
      onUploaded: () => shared.onUploaded(permitRequest),
      onFailed: (failed) =>
        shared.withdraw(permitRequest, () => {
          this.uploadEnd = this.asRefusalOfKey(failed);
          return this.toFeedback(this.uploadEnd, false);
        }),
    });
  }

  /** The upload failed while the item waited for its permit, so nothing was submitted. */
  private closeUnuploaded(): SubmissionEnd {
    const end = this.uploadEnd ?? { kind: 'cancelled', origin: 'submit' };
    this.uploadEnd = null;
    this.record = { ...openSubmission(this.record), rememberedUpload: null };
    return this.closeUnaccepted(end);
  }

  private get hasNext(): boolean {
    const { step } = this.step.source;
    return step !== undefined && step.isLast !== true;
  }

  private buildReadRequest(again: boolean): PermitRequest {
    const { deadlineAt, rescued } = this.record;
    const isOwn = rescued === null || rescued.then === null;
    const inFlight = isOwn ? { isInFlight: true as const } : {};
    return { again, ...this.buildProgress(), operation: this.step.operation, price: null, deadlineAt, ...inFlight };
  }

  /** Nothing for the first step. */
  private buildProgress(): Pick<PermitRequest, 'stepsDone'> {
    const { length } = this.record.finished;
    return length === 0 ? {} : { stepsDone: length };
  }

  private async submit(
    begunRecord: StartedRecord,
    { decision, permitRequest, uploaded }: PostTerms,
  ): Promise<SubmissionEnd> {
    const { permits } = this.context;
    const record = { ...openSubmission(begunRecord), deadlineAt: begunRecord.deadlineAt };
    this.record = record;
    this.show('submitting');
    const { answer: posted, rememberedUpload } = await postItem(this.step, this.context, record, decision, uploaded);
    const answer = this.asRefusalOfKey(posted);
    this.record = { ...record, rememberedUpload };
    if ('kind' in answer) return this.closeUnaccepted(answer);
    permits.shared?.onAccepted(permitRequest);
    this.record = recordAcceptance(this.record, answer);
    this.show('running');
    const job = { ...answer, acceptedAt: Date.now() };
    if (answer.expectsCallback === true) await this.untilCallback(answer);
    return this.readJob({ ...this.record, deadlineAt: record.deadlineAt }, job);
  }

  private closeUnaccepted(end: SubmissionEnd): SubmissionEnd {
    this.record =
      end.kind === 'superseded' || (isUnsent(end) && this.isRequeued(end))
        ? recordUnsent(this.record, end)
        : closeSubmission(this.record, end);
    return end;
  }

  /** An item forbidden after another one shows that the key is refused: no item is at fault, and this one waits. */
  private asRefusalOfKey<T extends AcceptedJob | SubmissionEnd>(answer: T): T | SubmissionEnd {
    if (!('kind' in answer) || answer.kind !== 'fault' || answer.fault.row !== 'FORBIDDEN') return answer;
    if (this.context.permits.shared?.isKeyRefused(this.name) !== true) return answer;
    return { kind: 'fault', fault: { ...answer.fault, code: 'UNAUTHENTICATED', row: 'UNAUTHENTICATED' } };
  }

  /** Unique within the account. */
  private get name(): string {
    return `${this.step.folder}/${this.step.key}`;
  }

  /** Handles a submission whose answer was lost: waits until its job is known first, then may repeat it. */
  private mayContinue(end: SubmissionEnd): boolean {
    const late = expectLateOutcome(end, this.lostAnswerPatienceMs);
    if (this.record.callbackDeadline === null && late !== null) {
      const now = Date.now();
      const lookForJobAt = late.lookInMs === null ? null : now + late.lookInMs;
      this.record = { ...this.record, callbackDeadline: now + late.patienceMs, lookForJobAt };
      return true;
    }
    this.record = { ...this.record, callbackDeadline: null, lookForJobAt: null };
    const { shared } = this.context.permits;
    return this.record.submissions.length < MAX_SUBMISSIONS && shared !== null && shared.mayDuplicate();
  }

  /** Waits until the job of a submission whose answer was lost is known. Holds no permit. */
  private async awaitCallback(): Promise<SubmissionEnd> {
    const { submissions } = this.record;
    this.show('awaiting-callback');
    const found = await unlessCancelled(
      runCollecting(this.context, () => findLostJob(this.step, this.context, this.record)),
    );
    if (found === 'cancelled') return { kind: 'cancelled', origin: 'read' };
    const before = this.record;
    const unsettled = (why: string): SubmissionEnd => {
      this.record = before;
      return { kind: 'lost', expectsCallback: true, message: `${submissions.at(-1)?.message ?? ''} ${why}`.trim() };
    };
    if (found.jobId === null) return unsettled('Its job did not become known.');
    const { jobId, ...claim } = found;
    this.context.permits.shared?.onJobFound();
    const deadlineAt = before.deadlineAt ?? Date.now() + this.step.deadlineMs;
    const job = { jobId, ...claim, acceptedAt: Date.now(), estimatedMs: null, refusals: {} };
    const end = await this.readJob({ ...recordFoundJob(before, jobId), deadlineAt }, job);
    const isStrange = end.kind === 'fault' && end.fault.row === 'JOB_NOT_FOUND';
    return isStrange ? unsettled('A callback named a job that the provider does not know.') : end;
  }

  /** Waits for a callback, or until a read is worthwhile. The next step handles a cancellation. */
  private async untilCallback(job: AcceptedJob): Promise<void> {
    const { key, operation } = this.step;
    const { callbacks } = this.context;
    const patienceMs = computeCallbackPatienceMs(job, getOperationRow(operation).typicalMs);
    const number = countSubmissions(this.record);
    await unlessCancelled(runCollecting(this.context, () => callbacks.waitFor(key, number, patienceMs)));
  }

  private get lostAnswerPatienceMs(): number {
    return this.step.jobTimeBudgetMs + CALLBACK_GRACE_MS;
  }

  private isRequeued(end: SubmissionEnd): boolean {
    return decideNext(end, this.buildDecisionContext()).next === 'requeue';
  }

  private buildDecisionContext(): DecisionContext {
    return toDecisionContext(this.record, this.context.permits, Date.now());
  }

  /** Follows an accepted job to its stored result. Returns the permit as soon as the job is reported as ended. */
  private async readJob(record: StartedRecord, job: RunningJob): Promise<SubmissionEnd> {
    const { step, context, permit } = this;
    this.record = { ...record, pendingJob: null };
    const onEnd = () => permit.releaseEarly() && this.show('collecting');
    const end = await context.callbacks.listenForEnd(step.key, countSubmissions(record), onEnd, () => {
      if (!permit.isReleasedEarly) this.show('running');
      return collectJob(step, context, { record, job, ...permit.terms });
    });
    const isPending = end.kind === 'fault' && end.fault.origin === 'read' && this.isRequeued(end);
    this.record = isPending ? { ...record, pendingJob: job } : closeSubmission({ ...record, pendingJob: null }, end);
    return end;
  }

  /** Returns true if the retry is due, false after a cancellation or when submissions have stopped. */
  private async untilRetry(code = ''): Promise<boolean> {
    const { retryAt } = this.record;
    if (retryAt === null || retryAt <= Date.now()) return true;
    this.show('retrying', new Date(retryAt).toISOString());
    const summary = `${nameStep(this.step)} · again${code === '' ? '' : ` after ${code}`}`;
    return waitForRetry(this.context.permits, retryAt, summary);
  }

  private show(state: ItemState, nextRetryAt: string | null = null): void {
    this.context.observe(toProgress(this.record, state, nextRetryAt), this.record);
  }

  private finish(how: ItemEnd, job: CompletedJob | null): StepEnd {
    const { record } = this;
    return { end: settleEnd(how, record.submissions), job, record };
  }
}
