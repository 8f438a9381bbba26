/** The permits of a page, which its items share. */
import { deferred } from '../base/deferred';
import { CANCELLED_BY_REQUEST } from '../item/decide-next';
import type { Permits, Turn, Wish } from '../item/permits';
import { MAX_LOST_IN_A_ROW } from '../leases/fault-streaks';
import { forbiddenAfter, isWall, lostAfter, markAsProbe, type News, NO_NEWS, wantsAnswer } from '../leases/feedback';
import { isWithin } from '../money/batch-budget';
import type { Allowance, Landing, Spending } from '../money/spending';
import type { Orders, Pacing } from './batch-schedule';

/**
 * A permit is not given out longer before its time than this, in ms: what is on its way can hardly be called back, and
 * its place is empty until then. Several are given out at once, since every time that is waited for costs history.
 */
const HORIZON_MS = 1_000;
const WAKE_BEFORE_MS = HORIZON_MS / 2;
/** A provider that limits the rate saves up what it did not get, but not more than of this time, in ms. */
const BURST_MS = 1_000;

interface Waiter {
  readonly wish: Wish;
  readonly resolve: (turn: Turn) => void;
}

export interface PagePermitsOptions {
  /** Spent in earlier runs of the page. */
  readonly spent: Spending;
  /** In ms since the epoch. */
  readonly now: () => number;
  /** Calls `giveOut` after this time, in ms. */
  readonly wakeIn: (ms: number) => void;
  readonly onNews: (news: News) => void;
}

/** The permits of a page, by the newest orders, given out in the order in which they were asked for. */
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
  /** Permits that met the limit, or all of them if the account was refused: they rest until the next orders. */
  private frozen = 0;
  private draining = false;
  private pacing: Pacing | null = null;
  private allowance: Allowance = { submissions: 0, cost: 0, duplicates: 0 };
  private spent: Spending;
  /** The time from which on the next submission may go, in ms since the epoch. */
  private nextAt: number;
  private waking = false;
  private parkedUntil: readonly number[] = [];
  private recall = deferred();
  private readonly again: Waiter[] = [];
  private readonly first: Waiter[] = [];
  private readonly last: Waiter[] = [];
  /** Items that were forbidden since a submission was accepted. */
  private forbidden: readonly string[] = [];
  /** Submissions in a row whose answer was lost. The account may count fewer, and gives permits by what it counts. */
  private lost = 0;
  /** Submissions since then that are under way. */
  private readonly trials = new Set<Wish>();
  /** What goes ahead to see whether a hold is over, beside all that was under way before. */
  private readonly probes = new Set<Wish>();

  constructor(private readonly options: PagePermitsOptions) {
    this.spent = options.spent;
    this.nextAt = options.now();
  }

  get recalled(): Promise<void> {
    return this.recall.promise;
  }

  /** Items that wait for a permit. */
  get waiting(): number {
    return this.again.length + this.first.length + this.last.length;
  }

  /** All permits are in use, and work waits. */
  get isFull(): boolean {
    return this.limit > 0 && this.waiting > 0 && this.used >= this.limit;
  }

  /** Permits that it could use: for its open items, or for one of those that are not under way yet. */
  usable(openItems: number): number {
    return this.isProbing ? openItems - this.held + this.probes.size : openItems;
  }

  private get isProbing(): boolean {
    return this.pacing?.probe === true;
  }

  /** Of the limit; one that goes ahead does so whatever else is under way. */
  private get used(): number {
    return (this.isProbing ? this.probes.size : this.held) + this.frozen;
  }

  /** While results cannot be stored, what is paid and not kept yet is bounded by twice the limit. */
  private get isFree(): boolean {
    return this.used + Math.max(0, this.unstored - this.limit) < this.limit;
  }

  /** Items whose permit was given out before its time. */
  get parked(): number {
    const now = this.options.now();
    this.parkedUntil = this.parkedUntil.filter((at) => at > now);
    return this.parkedUntil.length;
  }

  /** Nothing is in flight, and the next item may not be paid, however many permits there are. */
  get isStarved(): boolean {
    const [next] = this.queue;
    return this.held === 0 && next !== undefined && !this.mayPay(next.wish);
  }

  /** More lets waiting items go at once; fewer takes effect as jobs end, but what is not sent yet is called back. */
  obey({ permits, stop, allowance, pacing }: Orders): void {
    this.limit = permits;
    this.allowance = allowance;
    this.pacing = pacing;
    this.frozen = 0;
    if (pacing.answersLost === true) this.lost = Math.min(this.lost, MAX_LOST_IN_A_ROW - 1);
    else if (!pacing.probe) this.forgetLost();
    if (!pacing.probe) this.probes.clear();
    if (stop) this.stop();
    if (permits === 0) this.callBack();
    this.giveOut();
  }

  /** Fewer permits, by the page's own decision. */
  lowerTo(permits: number): void {
    this.limit = Math.min(this.limit, permits);
  }

  /** The page comes to its end: nothing new begins, and what is not sent yet is called back. */
  drain(): void {
    this.draining = true;
    this.callBack();
  }

  /** Nothing further is submitted; jobs in flight go on to their end. */
  stop(): void {
    this.isOver = true;
    this.callBack();
    for (const waiter of [...this.again.splice(0), ...this.first.splice(0), ...this.last.splice(0)]) {
      this.dismiss(waiter);
    }
  }

  /** A job in flight that waits to be looked after is paid, so it is collected all the same. */
  private dismiss(waiter: Waiter): void {
    if (waiter.wish.isInFlight === true) this.begin(waiter, 0);
    else waiter.resolve({ go: false, end: CANCELLED_BY_REQUEST });
  }

  acquire(wish: Wish): Promise<Turn> {
    const turn = new Promise<Turn>((resolve) => {
      const waiter = { wish, resolve };
      if (this.isOver) this.dismiss(waiter);
      else this.queueFor(wish).push(waiter);
    });
    this.giveOut();
    return turn;
  }

  accepted(wish: Wish): void {
    this.forgetLost();
    this.forbidden = [];
    this.options.onNews(this.newsOf(wish, { ...NO_NEWS, accepted: 1 }));
  }

  found(): void {
    this.hear({ ...NO_NEWS, found: 1 });
  }

  private newsOf(wish: Wish, news: News): News {
    return this.probes.has(wish) ? markAsProbe(news) : news;
  }

  isKeyRefused(item: string): boolean {
    const isOther = this.forbidden.some((one) => one !== item);
    this.forbidden = forbiddenAfter(this.forbidden, { ...NO_NEWS, forbidden: [item] });
    return isOther;
  }

  vacate(): void {
    this.held -= 1;
    this.unstored += 1;
    this.giveOut();
  }

  mayDuplicate(): boolean {
    const { duplicates } = this.spent;
    if (this.isOver || !isWithin({ ...this.spent, duplicates: duplicates + 1 }, this.allowance)) return false;
    this.spent = { ...this.spent, duplicates: duplicates + 1 };
    return true;
  }

  release(wish: Wish, landing: Landing, news: News, isVacated: boolean): void {
    const { price } = wish;
    if (isVacated) this.unstored -= 1;
    else this.held -= 1;
    if (wantsAnswer(news)) this.frozen += 1;
    // Whatever is sent next would meet it too.
    if (isWall(news)) this.frozen = Math.max(this.frozen, this.limit);
    // The provider's savings are used up.
    if (news.refusals.rate > 0) this.nextAt = Math.max(this.nextAt, this.options.now());
    if (price !== null && landing !== 'charged') {
      const { submissions, cost } = this.spent;
      this.spent = { ...this.spent, submissions: submissions - (landing === 'unsent' ? 1 : 0), cost: cost - price };
    }
    this.trials.delete(wish);
    this.hear(this.newsOf(wish, news));
    this.probes.delete(wish);
    this.giveOut();
  }

  private forgetLost(): void {
    this.lost = 0;
    this.trials.clear();
  }

  private hear(news: News): void {
    this.lost = lostAfter(this.lost, news);
    this.options.onNews(news);
  }

  giveOut(): void {
    while (!this.draining && this.isFree) {
      const { queue } = this;
      const [next] = queue;
      if (next === undefined || !this.mayPay(next.wish) || !this.mayTry(next.wish)) return;
      const waitMs = this.waitMs();
      if (waitMs > HORIZON_MS) {
        this.wakeIn(waitMs - WAKE_BEFORE_MS);
        return;
      }
      queue.shift();
      this.begin(next, waitMs);
    }
  }

  private queueFor({ again, last }: Wish): Waiter[] {
    if (last === true) return this.last;
    return again ? this.again : this.first;
  }

  /** From which the next item comes. */
  private get queue(): Waiter[] {
    return [this.again, this.first].find(({ length }) => length > 0) ?? this.last;
  }

  private begin({ wish, resolve }: Waiter, waitMs: number): void {
    if (this.lost > 0 && wish.price !== null) this.trials.add(wish);
    if (this.isProbing) this.probes.add(wish);
    const spacingMs = this.pacing?.spacingMs ?? 0;
    const saved = Math.max(0, BURST_MS - spacingMs);
    this.held += 1;
    // Nothing is saved up while the provider has asked for a rest.
    this.nextAt = Math.max(this.nextAt, this.options.now() - saved, this.pacing?.restUntil ?? 0) + spacingMs;
    if (waitMs > 0) this.parkedUntil = [...this.parkedUntil, this.options.now() + waitMs];
    if (wish.price !== null) this.spent = this.after(wish.price);
    resolve({ go: true, waitMs, isProbe: this.isProbing, retriedBy: 'permits', ask: null });
  }

  private mayPay({ price }: Wish): boolean {
    if (price === null) return true;
    return isWithin(this.after(price), this.allowance);
  }

  /** While answers are being lost no more is sent than it takes to know whether they all are. */
  private mayTry({ price }: Wish): boolean {
    if (price === null || this.lost === 0 || this.isProbing) return true;
    return this.lost + this.trials.size < MAX_LOST_IN_A_ROW;
  }

  private after(price: number): Spending {
    const { submissions, cost } = this.spent;
    return { ...this.spent, submissions: submissions + 1, cost: cost + price };
  }

  private waitMs(): number {
    const paced = this.pacing?.spacingMs ? this.nextAt : 0;
    return Math.max(0, paced - this.options.now(), (this.pacing?.restUntil ?? 0) - this.options.now());
  }

  private wakeIn(ms: number): void {
    if (this.waking) return;
    this.waking = true;
    this.options.wakeIn(ms);
  }

  /** The time that `wakeIn` was asked for has come. */
  woken(): void {
    this.waking = false;
    this.giveOut();
  }

  private callBack(): void {
    this.recall.resolve();
    if (!this.isOver) this.recall = deferred();
  }
}
