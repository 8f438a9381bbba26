/** The permits of a page, shared by its items. */
import { deferred } from '../base/deferred';
import { CANCELLED_BY_REQUEST } from '../item/decide-next';
import type { PermitDecision, PermitPolicy, PermitRequest, Permits, PermitUse, SharedPermits } from '../item/permits';
import { isAccountRefusal, markAsProbe, NO_FEEDBACK, needsReply, type ProviderFeedback } from '../leases/feedback';
import type { Spending } from '../money/spending';
import { AnswerStreaks } from './answer-streaks';
import { OperationGate } from './operation-gate';
import type { PageGrant } from './page-protocol';
import { PageSpending } from './page-spending';
import { countUploadsAhead } from './page-uploads';
import { PermitQueue, type Waiter } from './permit-queue';
import { SubmissionClock } from './submission-clock';

/**
 * How long before its time a permit may be given out, in ms. A permit given out earlier is hard to revoke and occupies
 * a place meanwhile; giving out several at once saves the history of one timer each.
 */
const HORIZON_MS = 1_000;
const WAKE_BEFORE_MS = HORIZON_MS / 2;

export interface PagePermitsOptions {
  /** Spending in earlier runs of the page. */
  readonly spent: Spending;
  /** Current time, in ms since the epoch. */
  readonly now: () => number;
  /** Schedules a call of `dispatch` after this time, in ms. */
  readonly wakeIn: (ms: number) => void;
  readonly onFeedback: (feedback: ProviderFeedback) => void;
}

const POLICY: PermitPolicy = { account: null, stopsClock: true, isGoverned: true, retriedBy: 'permits' };

/**
 * The permits of the newest grant, given out in the order of the requests. Of the next items, those whose files are uploaded
 * go first.
 */
export class PagePermits implements Permits, SharedPermits {
  /** Number of items with a permit. */
  held = 0;
  /** Number of items that returned their permit before their result was stored. */
  private unstored = 0;
  isOver = false;
  readonly policy = POLICY;
  readonly shared = this;
  readonly gate = new OperationGate();
  private limit = 0;
  /** Permits refused by the limit, or all permits after an account-wide refusal: unused until the next grant. */
  private frozen = 0;
  private draining = false;
  /** Whether the newest grant allows one probe. */
  private isProbing = false;
  private revocation = deferred();
  private readonly clock: SubmissionClock;
  private readonly spending: PageSpending;
  private readonly queue = new PermitQueue();
  private readonly streaks = new AnswerStreaks();
  /** Probes in flight, beside the submissions from before the hold. */
  private readonly probes = new Set<PermitRequest>();

  constructor(private readonly options: PagePermitsOptions) {
    this.spending = new PageSpending(options.spent);
    this.clock = new SubmissionClock(options);
  }

  get revoked(): Promise<void> {
    return this.revocation.promise;
  }

  /** Number of items that wait for a permit. */
  get waiting(): number {
    return this.queue.length;
  }

  /** Whether all permits are in use while work waits. */
  get isSaturated(): boolean {
    return this.limit > 0 && this.used >= this.limit && this.first !== undefined;
  }

  /** Permits that it could use: for its open items, or for those that have not begun. */
  usable(openItems: number): number {
    return this.isProbing ? openItems - this.held + this.probes.size : openItems;
  }

  /** Permits that count towards the limit; a probe does not. */
  private get used(): number {
    return (this.isProbing ? this.probes.size : this.held) + this.frozen;
  }

  /** While results cannot be stored, twice the limit bounds the paid results that are not stored yet. */
  private get hasRoom(): boolean {
    return this.used + Math.max(0, this.unstored - this.limit) < this.limit;
  }

  /** Items whose permit was given out before its time. */
  get scheduled(): number {
    return this.clock.scheduled;
  }

  /** Whether nothing is in flight and every item that may be submitted exceeds the allowance. */
  get needsFunds(): boolean {
    return this.held === 0 && this.first === undefined && this.gate.findOpen(this.queue, () => true) !== undefined;
  }

  /**
   * A larger grant releases waiting items at once; a smaller one takes effect as jobs end, and revokes what is unsent.
   */
  applyGrant(grant: PageGrant): void {
    const { permits, stop, allowance, probe } = grant;
    this.limit = permits;
    this.spending.allowance = allowance;
    this.clock.apply(grant);
    this.gate.applyGrant(grant);
    this.isProbing = probe;
    this.frozen = 0;
    this.streaks.applyGrant(grant);
    if (!probe) this.probes.clear();
    if (stop) this.stop();
    if (permits === 0) this.revokeUnsent();
    this.dispatch();
  }

  /** Reduces the permits by the page's own decision. */
  lowerTo(permits: number): void {
    this.limit = Math.min(this.limit, permits);
  }

  /** Prepares the page's end: starts nothing new and revokes what is unsent. */
  drain(): void {
    this.draining = true;
    this.revokeUnsent();
  }

  /** Stops all further submissions; jobs in flight run to their end. */
  stop(): void {
    this.isOver = true;
    this.revokeUnsent();
    for (const waiter of this.queue.takeAll()) this.dismiss(waiter);
  }

  /** A waiter with a job in flight proceeds anyway, because its job is paid. */
  private dismiss(waiter: Waiter): void {
    if (waiter.permitRequest.isInFlight === true) this.begin(waiter, 0);
    else waiter.resolve({ go: false, end: CANCELLED_BY_REQUEST });
  }

  acquire(permitRequest: PermitRequest, beginUpload?: () => void): Promise<PermitDecision> {
    const decision = new Promise<PermitDecision>((resolve) => {
      const waiter = { permitRequest, resolve, beginUpload };
      if (this.isOver) this.dismiss(waiter);
      else this.queue.add(waiter);
    });
    this.dispatch();
    return decision;
  }

  onAccepted(permitRequest: PermitRequest): void {
    this.options.onFeedback(this.toFeedback(permitRequest, { ...NO_FEEDBACK, accepted: 1 }));
    if (this.streaks.onAccepted(permitRequest)) this.dispatch();
  }

  onUploaded(permitRequest: PermitRequest): void {
    this.queue.finishUpload(permitRequest);
    this.dispatch();
  }

  withdraw(permitRequest: PermitRequest, toFeedback: () => ProviderFeedback): void {
    const waiter = this.queue.find((one) => one === permitRequest);
    if (waiter === undefined) return;
    this.queue.remove(waiter);
    this.applyFeedback(permitRequest, toFeedback());
    waiter.resolve({ go: false, end: null });
    this.dispatch();
  }

  onJobFound(): void {
    this.record({ ...NO_FEEDBACK, found: 1 });
  }

  private toFeedback(permitRequest: PermitRequest, feedback: ProviderFeedback): ProviderFeedback {
    const own = this.gate.attribute(permitRequest, feedback);
    return this.probes.has(permitRequest) ? markAsProbe(own) : own;
  }

  isKeyRefused(item: string): boolean {
    return this.streaks.isOtherForbidden(item);
  }

  releaseEarly(): void {
    this.held -= 1;
    this.unstored += 1;
    this.dispatch();
  }

  mayDuplicate(): boolean {
    return !this.isOver && this.spending.reserveDuplicate();
  }

  release(permitRequest: PermitRequest, { billingOutcome, feedback, isReleasedEarly, hasNextStep }: PermitUse): void {
    if (isReleasedEarly) this.unstored -= 1;
    else this.held -= 1;
    this.spending.settle(permitRequest.price, billingOutcome);
    this.streaks.end(permitRequest);
    this.applyFeedback(permitRequest, feedback);
    this.gate.end(permitRequest, feedback);
    this.probes.delete(permitRequest);
    if (hasNextStep !== true) this.dispatch();
  }

  private applyFeedback(permitRequest: PermitRequest, feedback: ProviderFeedback): void {
    if (needsReply(feedback)) this.frozen += 1;
    const hasLimitFallen = this.streaks.countRefused(feedback);
    // The next submission would be refused too.
    if (hasLimitFallen || isAccountRefusal(feedback)) this.frozen = Math.max(this.frozen, this.limit);
    if (feedback.refusals.rate > 0) this.clock.spendSavings();
    this.record(this.toFeedback(permitRequest, feedback));
  }

  private record(feedback: ProviderFeedback): void {
    this.streaks.countLost(feedback);
    this.options.onFeedback(feedback);
  }

  /** The first item in line that the allowance covers. */
  private get first(): Waiter | undefined {
    return this.gate.findOpen(this.queue, ({ price }) => this.spending.canPay(price));
  }

  /** The next item to proceed. A probe does not upload before it has its permit: the answer to its upload counts as its own. */
  private get next(): Waiter | undefined {
    const { first } = this;
    if (first === undefined || this.isProbing || !this.gate.isOpen(first.permitRequest)) return first;
    return this.queue.findUploaded(this.limit, this.options.now(), this.isAble);
  }

  dispatch(): void {
    while (!this.draining && this.hasRoom && this.first !== undefined) {
      const { waitMs } = this.clock;
      if (waitMs > HORIZON_MS) {
        this.clock.wakeIn(waitMs - WAKE_BEFORE_MS);
        break;
      }
      const { next } = this;
      if (next === undefined || !(this.isProbing || this.streaks.canTry(next.permitRequest))) break;
      this.queue.remove(next);
      this.begin(next, waitMs);
    }
    this.uploadAhead();
  }

  /** After a refusal nothing is uploaded until the governor has replied and the provider's rest is almost over. */
  private uploadAhead(): void {
    if (this.draining || this.isProbing || this.frozen > 0 || this.clock.restMs > HORIZON_MS) return;
    this.queue.beginUploads(countUploadsAhead(this.limit), this.options.now(), this.isAble);
    if (this.hasRoom) this.wakeForSlowUpload();
  }

  private wakeForSlowUpload(): void {
    const inMs = (this.queue.findSlowUploadAt(this.limit, this.isAble) ?? 0) - this.options.now();
    if (inMs > 0) this.clock.wakeIn(inMs);
  }

  private readonly isAble = (permitRequest: PermitRequest): boolean =>
    this.gate.isOpen(permitRequest) && this.spending.canPay(permitRequest.price);

  private begin({ permitRequest, resolve }: Waiter, waitMs: number): void {
    this.streaks.begin(permitRequest);
    if (this.isProbing) this.probes.add(permitRequest);
    this.gate.begin(permitRequest);
    this.held += 1;
    this.clock.schedule(waitMs);
    this.spending.reserve(permitRequest.price);
    resolve({ go: true, waitMs, isProbe: this.isProbing || this.gate.isProbe(permitRequest), ask: null });
  }

  /** Called when the time requested by `wakeIn` has come. */
  onWake(): void {
    this.clock.onWake();
    this.dispatch();
  }

  private revokeUnsent(): void {
    this.queue.revokeUploads();
    this.revocation.resolve();
    if (!this.isOver) this.revocation = deferred();
  }
}
