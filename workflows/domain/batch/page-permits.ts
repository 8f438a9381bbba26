/** The permits of a page, which its items share. */
import { deferred } from '../base/deferred';
import { CANCELLED_BY_REQUEST } from '../item/decide-next';
import type { PermitDecision, PermitRequest, Permits } from '../item/permits';
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
import { isWithin } from '../money/batch-budget';
import type { Allowance, BillingOutcome, Spending } from '../money/spending';
import type { PageGrant } from './page-protocol';
import { PermitQueue, type Waiter } from './permit-queue';
import { SubmissionClock } from './submission-clock';

/**
 * A permit is not given out longer before its time than this, in ms: what is on its way can hardly be called back, and
 * its place is empty until then. Several are given out at once, since every time that is waited for costs history.
 */
const HORIZON_MS = 1_000;
const WAKE_BEFORE_MS = HORIZON_MS / 2;

export interface PagePermitsOptions {
  /** Spent in earlier runs of the page. */
  readonly spent: Spending;
  /** In ms since the epoch. */
  readonly now: () => number;
  /** Calls `dispatch` after this time, in ms. */
  readonly wakeIn: (ms: number) => void;
  readonly onFeedback: (feedback: ProviderFeedback) => void;
}

/** The permits of a page, by the newest grant, given out in the order in which they were asked for. */
export class PagePermits implements Permits {
  /** Items that have a permit. */
  held = 0;
  /** Items that gave their permit back before their result was stored. */
  private unstored = 0;
  isOver = false;
  readonly account = null;
  readonly stopsClock = true;
  readonly isGoverned = true;
  private limit = 0;
  /** Permits that met the limit, or all of them if the account was refused: they rest until the next grant. */
  private frozen = 0;
  private draining = false;
  /** One item goes ahead, by the newest grant. */
  private isProbing = false;
  private allowance: Allowance = { submissions: 0, cost: 0, duplicates: 0 };
  private spent: Spending;
  private waking = false;
  private revocation = deferred();
  private readonly clock: SubmissionClock;
  private readonly queue = new PermitQueue();
  /** Items that were forbidden since a submission was accepted. */
  private forbidden: readonly string[] = [];
  /** Submissions in a row whose answer was lost. The account may count fewer, and gives permits by what it counts. */
  private lost = 0;
  /** Submissions since then that are under way. */
  private readonly trials = new Set<PermitRequest>();
  /** What goes ahead to see whether a hold is over, beside all that was under way before. */
  private readonly probes = new Set<PermitRequest>();

  constructor(private readonly options: PagePermitsOptions) {
    this.spent = options.spent;
    this.clock = new SubmissionClock(options.now);
  }

  get revoked(): Promise<void> {
    return this.revocation.promise;
  }

  /** Items that wait for a permit. */
  get waiting(): number {
    return this.queue.length;
  }

  /** All permits are in use, and work waits. */
  get isSaturated(): boolean {
    return this.limit > 0 && this.waiting > 0 && this.used >= this.limit;
  }

  /** Permits that it could use: for its open items, or for one of those that are not under way yet. */
  usable(openItems: number): number {
    return this.isProbing ? openItems - this.held + this.probes.size : openItems;
  }

  /** Of the limit; one that goes ahead does so whatever else is under way. */
  private get used(): number {
    return (this.isProbing ? this.probes.size : this.held) + this.frozen;
  }

  /** While results cannot be stored, what is paid and not kept yet is bounded by twice the limit. */
  private get hasRoom(): boolean {
    return this.used + Math.max(0, this.unstored - this.limit) < this.limit;
  }

  /** Items whose permit was given out before its time. */
  get scheduled(): number {
    return this.clock.scheduled;
  }

  /** Nothing is in flight, and the next item may not be paid, however many permits there are. */
  get needsFunds(): boolean {
    const { next } = this.queue;
    return this.held === 0 && next !== undefined && !this.canPay(next.permitRequest);
  }

  /** More lets waiting items go at once; fewer takes effect as jobs end, but what is not sent yet is called back. */
  applyGrant(grant: PageGrant): void {
    const { permits, stop, allowance, answersLost, probe } = grant;
    this.limit = permits;
    this.allowance = allowance;
    this.clock.apply(grant);
    this.isProbing = probe;
    this.frozen = 0;
    if (answersLost === true) this.lost = Math.min(this.lost, MAX_LOST_IN_A_ROW - 1);
    else if (!probe) this.forgetLost();
    if (!probe) this.probes.clear();
    if (stop) this.stop();
    if (permits === 0) this.revokeUnsent();
    this.dispatch();
  }

  /** Fewer permits, by the page's own decision. */
  lowerTo(permits: number): void {
    this.limit = Math.min(this.limit, permits);
  }

  /** The page comes to its end: nothing new begins, and what is not sent yet is called back. */
  drain(): void {
    this.draining = true;
    this.revokeUnsent();
  }

  /** Nothing further is submitted; jobs in flight go on to their end. */
  stop(): void {
    this.isOver = true;
    this.revokeUnsent();
    for (const waiter of this.queue.takeAll()) this.dismiss(waiter);
  }

  /** A job in flight that waits to be looked after is paid, so it is collected all the same. */
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
    this.forbidden = [];
    this.options.onFeedback(this.toFeedback(permitRequest, { ...NO_FEEDBACK, accepted: 1 }));
  }

  onJobFound(): void {
    this.record({ ...NO_FEEDBACK, found: 1 });
  }

  private toFeedback(permitRequest: PermitRequest, feedback: ProviderFeedback): ProviderFeedback {
    return this.probes.has(permitRequest) ? markAsProbe(feedback) : feedback;
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
    const { duplicates } = this.spent;
    if (this.isOver || !isWithin({ ...this.spent, duplicates: duplicates + 1 }, this.allowance)) return false;
    this.spent = { ...this.spent, duplicates: duplicates + 1 };
    return true;
  }

  release(
    permitRequest: PermitRequest,
    billingOutcome: BillingOutcome,
    feedback: ProviderFeedback,
    isReleasedEarly: boolean,
  ): void {
    const { price } = permitRequest;
    if (isReleasedEarly) this.unstored -= 1;
    else this.held -= 1;
    if (needsReply(feedback)) this.frozen += 1;
    // Whatever is sent next would meet it too.
    if (isAccountRefusal(feedback)) this.frozen = Math.max(this.frozen, this.limit);
    if (feedback.refusals.rate > 0) this.clock.spendSavings();
    if (price !== null && billingOutcome !== 'charged') {
      const { submissions, cost } = this.spent;
      this.spent = {
        ...this.spent,
        submissions: submissions - (billingOutcome === 'unsent' ? 1 : 0),
        cost: cost - price,
      };
    }
    this.trials.delete(permitRequest);
    this.record(this.toFeedback(permitRequest, feedback));
    this.probes.delete(permitRequest);
    this.dispatch();
  }

  private forgetLost(): void {
    this.lost = 0;
    this.trials.clear();
  }

  private record(feedback: ProviderFeedback): void {
    this.lost = countLost(this.lost, feedback);
    this.options.onFeedback(feedback);
  }

  dispatch(): void {
    while (!this.draining && this.hasRoom) {
      const { next } = this.queue;
      if (next === undefined || !this.canPay(next.permitRequest) || !this.canTry(next.permitRequest)) return;
      const { waitMs } = this.clock;
      if (waitMs > HORIZON_MS) {
        this.wakeIn(waitMs - WAKE_BEFORE_MS);
        return;
      }
      this.queue.shift();
      this.begin(next, waitMs);
    }
  }

  private begin({ permitRequest, resolve }: Waiter, waitMs: number): void {
    if (this.lost > 0 && permitRequest.price !== null) this.trials.add(permitRequest);
    if (this.isProbing) this.probes.add(permitRequest);
    this.held += 1;
    this.clock.schedule(waitMs);
    if (permitRequest.price !== null) this.spent = this.addSpending(permitRequest.price);
    resolve({ go: true, waitMs, isProbe: this.isProbing, retriedBy: 'permits', ask: null });
  }

  private canPay({ price }: PermitRequest): boolean {
    if (price === null) return true;
    return isWithin(this.addSpending(price), this.allowance);
  }

  /** While answers are being lost no more is sent than it takes to know whether they all are. */
  private canTry({ price }: PermitRequest): boolean {
    if (price === null || this.lost === 0 || this.isProbing) return true;
    return this.lost + this.trials.size < MAX_LOST_IN_A_ROW;
  }

  private addSpending(price: number): Spending {
    const { submissions, cost } = this.spent;
    return { ...this.spent, submissions: submissions + 1, cost: cost + price };
  }

  private wakeIn(ms: number): void {
    if (this.waking) return;
    this.waking = true;
    this.options.wakeIn(ms);
  }

  /** The time that `wakeIn` was asked for has come. */
  onWake(): void {
    this.waking = false;
    this.dispatch();
  }

  private revokeUnsent(): void {
    this.revocation.resolve();
    if (!this.isOver) this.revocation = deferred();
  }
}
