/** What a page has to tell besides its outcomes: how the provider took what it sent. Collected until it is told. */
import { addNews, isUrgent, type News, NO_NEWS, refusalCount } from '../leases/feedback';
import type { Orders, PageNote } from './batch-schedule';

/** What is looked at to know whether there is something to tell. */
export interface PageSight {
  readonly orders: Orders;
  /** Items that have a permit, and of these those with an accepted job. */
  readonly held: number;
  readonly inFlight: number;
  /** Of those with a permit, items that are sent when their time comes, which is soon. */
  readonly parked: number;
  /** All permits are in use, and work waits. */
  readonly isFull: boolean;
  readonly isStarved: boolean;
}

export class PageNews {
  private news: News = NO_NEWS;
  /** The change of pace that was known when the oldest refusal in `news` was met. */
  private paceKnew = 0;
  /** Permits were taken away, and nobody knows yet that they are free. */
  private owesReturn = false;
  /** Numbers of the orders about which these were told last; -1: about none. */
  private toldFull = -1;
  private toldStarved = -1;

  constructor(private readonly look: () => PageSight) {}

  hear(news: News): void {
    const { orders } = this.look();
    if (refusalCount(this.news.refusals) === 0) this.paceKnew = orders.pacing.paceChange;
    this.news = { ...addNews(this.news, news), full: this.news.full || this.isFull() };
  }

  /** New orders have come in the place of those. */
  ordered({ permits }: Orders): void {
    const { held, orders } = this.look();
    this.owesReturn = this.owesReturn || orders.permits < Math.max(permits, held);
    this.news = { ...this.news, full: false };
  }

  isUrgent(): boolean {
    const { orders, held, isStarved } = this.look();
    // Others wait for what was taken from this page, and for what it would spend.
    if (this.owesReturn && held <= orders.permits) return true;
    if (isStarved !== (this.toldStarved === orders.number)) return true;
    if (this.toldFull < orders.number && (this.news.full || this.isFull())) return true;
    const { tellAfter = Number.POSITIVE_INFINITY } = orders.pacing;
    return isUrgent(this.news) || this.news.accepted >= Math.max(1, tellAfter);
  }

  /** Gives what was not told yet; it is told once. */
  take(part: number): PageNote {
    const { orders, held, inFlight, parked, isStarved } = this.look();
    const full = this.news.full || this.isFull();
    if (full) this.toldFull = orders.number;
    this.toldStarved = isStarved ? orders.number : -1;
    if (held <= orders.permits) this.owesReturn = false;
    const { news, paceKnew } = this;
    this.news = NO_NEWS;
    const knew = refusalCount(news.refusals) > 0 ? paceKnew : orders.pacing.paceChange;
    const unanswered = Math.max(0, held - inFlight - parked);
    const rest = { ...(parked === 0 ? {} : { parked }), ...(unanswered === 0 ? {} : { unanswered }) };
    const sight = { held, inFlight, ...rest, starved: isStarved, paceKnew: knew };
    return { part, number: orders.number, ...sight, news: { ...news, full } };
  }

  /** All permits are accepted and in flight, or about to be, and work waits. */
  private isFull(): boolean {
    const { orders, isFull, inFlight, parked } = this.look();
    return isFull && inFlight + parked >= orders.permits;
  }
}
