/** The permits of a page, shared by its items. */
import { deferred } from '../base/deferred';
import { CANCELLED_BY_REQUEST } from '../item/decide-next';
import type { PermitDecision, PermitPolicy, PermitRequest, Permits, PermitUse, SharedPermits } from '../item/permits';
import { MAX_LOST_IN_A_ROW } from '../leases/fault-streaks';
import {
  addForbidden,
  countLost,
  isAccountRefusal,
  markAsProbe,
  NO_FEEDBACK,
  needsReply,
  type ProviderFeedback,
} from '../leases/feedback';
import type { Spending } from '../money/spending';
import { OperationGate } from './operation-gate';
import type { PageGrant } from './page-protocol';
import { PageSpending } from './page-spending';
import { PermitQueue, type Waiter } from './permit-queue';
import { SubmissionClock } from './submission-clock';

/**
 * How long before its time a permit may be given out, in ms. A permit given out earlier is hard to revoke and occupies
 * a place meanwhile; giving out several at once saves the history of one timer each.
 */
const HORIZON_MS = 1_000;
const WAKE_BEFORE_MS = HORIZON_MS / 2;

/** Refusals in a row by the limit of jobs in flight after which the limit has fallen: each further one is in vain. */
const MAX_REFUSED_IN_A_ROW = 2;

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

/** The permits of the newest grant, given out in the order of the requests. */
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
  /** Submissions refused by the limit of jobs in flight since the last accepted one. */
  private refusedInARow = 0;
  private draining = false;
  /** Whether the newest grant allows one probe. */
  private isProbing = false;
  private waking = false;
  private revocation = deferred();
  private readonly clock: SubmissionClock;
  private readonly spending: PageSpending;
  private readonly queue = new PermitQueue();
  /** Items forbidden since the last accepted submission. */
  private forbidden: readonly string[] = [];
  /** Lost answers in a row. The account may count fewer; it grants permits by its own count. */
  private lost = 0;
  /** Submissions since then that are in flight. */
  private readonly trials = new Set<PermitRequest>();
  /** Probes in flight, beside the submissions from before the hold. */
  private readonly probes = new Set<PermitRequest>();

  constructor(private readonly options: PagePermitsOptions) {
    this.spending = new PageSpending(options.spent);
    this.clock = new SubmissionClock(options.now);
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
    return this.limit > 0 && this.used >= this.limit && this.next !== undefined;
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
    return this.held === 0 && this.next === undefined && this.findReady(() => true) !== undefined;
  }

  /**
   * A larger grant releases waiting items at once; a smaller one takes effect as jobs end, and revokes what is unsent.
   */
  applyGrant(grant: PageGrant): void {
    const { permits, stop, allowance, answersLost, probe } = grant;
    this.limit = permits;
    this.spending.allowance = allowance;
    this.clock.apply(grant);
    this.gate.applyGrant(grant);
    this.isProbing = probe;
    this.frozen = 0;
    if (answersLost) this.lost = Math.min(this.lost, MAX_LOST_IN_A_ROW - 1);
    else if (!probe) this.forgetLost();
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

  acquire(permitRequest: PermitRequest): Promise<PermitDecision> {
    const decision = new Promise<PermitDecision>((resolve) => {
      const waiter = { permitRequest, resolve };
      if (this.isOver) this.dismiss(waiter);
      else this.queue.add(waiter);
    });
    this.dispatch();
    return decision;
  }

  onAccepted(permitRequest: PermitRequest): void {
    this.forgetLost();
    this.refusedInARow = 0;
    this.forbidden = [];
    this.options.onFeedback(this.toFeedback(permitRequest, { ...NO_FEEDBACK, accepted: 1 }));
  }

  onJobFound(): void {
    this.record({ ...NO_FEEDBACK, found: 1 });
  }

  private toFeedback(permitRequest: PermitRequest, feedback: ProviderFeedback): ProviderFeedback {
    const own = this.gate.attribute(permitRequest, feedback);
    return this.probes.has(permitRequest) ? markAsProbe(own) : own;
  }

  isKeyRefused(item: string): boolean {
    const isOther = this.forbidden.some((one) => one !== item);
    this.forbidden = addForbidden(this.forbidden, { ...NO_FEEDBACK, forbidden: [item] });
    return isOther;
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
    if (needsReply(feedback)) this.frozen += 1;
    const { concurrency } = feedback.refusals;
    this.refusedInARow += concurrency;
    const hasLimitFallen = concurrency > 0 && this.refusedInARow >= MAX_REFUSED_IN_A_ROW;
    // The next submission would be refused too.
    if (hasLimitFallen || isAccountRefusal(feedback)) this.frozen = Math.max(this.frozen, this.limit);
    if (feedback.refusals.rate > 0) this.clock.spendSavings();
    this.spending.settle(permitRequest.price, billingOutcome);
    this.trials.delete(permitRequest);
    this.record(this.toFeedback(permitRequest, feedback));
    this.gate.end(permitRequest, feedback);
    this.probes.delete(permitRequest);
    if (hasNextStep !== true) this.dispatch();
  }

  private forgetLost(): void {
    this.lost = 0;
    this.trials.clear();
  }

  private record(feedback: ProviderFeedback): void {
    this.lost = countLost(this.lost, feedback);
    this.options.onFeedback(feedback);
  }

  /** The next item to proceed: the first that the allowance covers. */
  private get next(): Waiter | undefined {
    return this.findReady(({ price }) => this.spending.canPay(price));
  }

  /** The first item that may be submitted: the probe of an operation, else one whose operation is open. */
  private findReady(isAble: (permitRequest: PermitRequest) => boolean): Waiter | undefined {
    const { gate, queue } = this;
    const probe = gate.isProbing ? queue.find((request) => gate.mayProbe(request) && isAble(request)) : undefined;
    return probe ?? queue.find((request) => gate.isOpen(request) && isAble(request));
  }

  dispatch(): void {
    while (!this.draining && this.hasRoom) {
      const { next } = this;
      if (next === undefined || !this.canTry(next.permitRequest)) return;
      const { waitMs } = this.clock;
      if (waitMs > HORIZON_MS) {
        this.wakeIn(waitMs - WAKE_BEFORE_MS);
        return;
      }
      this.queue.remove(next);
      this.begin(next, waitMs);
    }
  }

  private begin({ permitRequest, resolve }: Waiter, waitMs: number): void {
    if (this.lost > 0 && permitRequest.price !== null) this.trials.add(permitRequest);
    if (this.isProbing) this.probes.add(permitRequest);
    this.gate.begin(permitRequest);
    this.held += 1;
    this.clock.schedule(waitMs);
    this.spending.reserve(permitRequest.price);
    resolve({ go: true, waitMs, isProbe: this.isProbing || this.gate.isProbe(permitRequest), ask: null });
  }

  /** While answers are being lost, sends only enough to find out whether all of them are. */
  private canTry({ price }: PermitRequest): boolean {
    if (price === null || this.lost === 0 || this.isProbing) return true;
    return this.lost + this.trials.size < MAX_LOST_IN_A_ROW;
  }

  private wakeIn(ms: number): void {
    if (this.waking) return;
    this.waking = true;
    this.options.wakeIn(ms);
  }

  /** Called when the time requested by `wakeIn` has come. */
  onWake(): void {
    this.waking = false;
    this.dispatch();
  }

  private revokeUnsent(): void {
    this.revocation.resolve();
    if (!this.isOver) this.revocation = deferred();
  }
}
