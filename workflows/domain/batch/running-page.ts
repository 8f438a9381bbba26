/** The state of a running page, which the parts of its workflow read and change: its items, its permits, its grant. */
import { deferred } from '../base/deferred';
import type { ItemResultRow } from '../item/item';
import type { ItemRecord } from '../item/item-record';
import { type BlockedItems, countBlocked, getProbe, isSameOperations } from '../leases/held-operations';
import { NOTHING_SPENT, type Spending } from '../money/spending';
import { PageFeedback, type PageSnapshot } from './page-feedback';
import { PageItems } from './page-items';
import { PagePermits, type PagePermitsOptions } from './page-permits';
import type { PageGrant, PageReport } from './page-protocol';
import { closeOpenItems, EMPTY_TALLY, type Tally } from './tally';

/** Share of permits that must be idle before the page returns them without waiting for its next report. */
const SPARE_SHARE = 0.1;
const MIN_ROWS_TO_REPORT = 100;

/** What is carried over from an earlier run of the page. */
interface Carried {
  readonly tally: Tally;
  readonly spent: Spending;
  readonly sequence: number;
}

const NEW_PAGE: Carried = { tally: EMPTY_TALLY, spent: NOTHING_SPENT, sequence: 0 };

export class RunningPage {
  items: PageItems;
  readonly permits: PagePermits;
  readonly feedback = new PageFeedback(() => this.snapshot());
  /** Whether all items have ended. */
  isFinished = false;
  /** Whether the page starts nothing more, because its history is long. */
  isDraining = false;
  /** Number of the newest segment of outcomes in the store. */
  sequence: number;
  private readonly stopping = deferred();
  /** Maximum ever granted; a share of it that becomes idle is reported at once. */
  private maxPermits: number;
  /** Version of the items at the last report. */
  private reportedVersion = -1;

  constructor(
    public grant: PageGrant,
    carried: Carried = NEW_PAGE,
    clock: Pick<PagePermitsOptions, 'now' | 'wakeIn'>,
  ) {
    const { tally, spent, sequence } = carried;
    this.items = new PageItems(tally);
    this.sequence = sequence;
    this.maxPermits = grant.permits;
    this.permits = new PagePermits({ ...clock, spent, onFeedback: (feedback) => this.feedback.add(feedback) });
    this.permits.applyGrant(grant);
  }

  /** Resolves when submissions have stopped for good. */
  get stopped(): Promise<void> {
    return this.stopping.promise;
  }

  stop(): void {
    this.permits.stop();
    this.stopping.resolve();
  }

  drain(): void {
    this.isDraining = true;
    this.permits.drain();
  }

  applyGrant(grant: PageGrant): void {
    if (grant.number <= this.grant.number) return;
    const before = this.grant;
    this.grant = grant;
    this.maxPermits = Math.max(this.maxPermits, grant.permits);
    this.permits.applyGrant(grant);
    if (grant.stop) this.stopping.resolve();
    this.feedback.onGrant(before);
    // Another page may hold the item that probes, and items of held operations need no permit.
    const isOther = !isSameOperations(before, grant);
    if ((grant.probe || isOther) && this.usable < grant.permits) this.items.touch();
  }

  /** Permits that it could use. */
  private get usable(): number {
    const { blocked, grant } = this;
    const probes = Object.keys(blocked).filter((operation) => getProbe(grant, operation) !== null).length;
    return this.permits.usable(this.items.openItems - countBlocked(blocked, this.permits.gate.held) + probes);
  }

  /** Items that wait for held operations or probe them. */
  private get blocked(): BlockedItems {
    const held = this.permits.gate.held;
    if (Object.keys(held).length === 0) return {};
    const unsent = this.items.countUnsent(held);
    const count = (name: string) => (unsent.get(name) ?? 0) + this.permits.gate.countProbes(name);
    const counts = Object.keys(held).map((name) => [name, count(name)] as const);
    return Object.fromEntries(counts.filter(([, count]) => count !== 0));
  }

  /** Whether something has changed since the last report. */
  get hasNews(): boolean {
    return this.items.version !== this.reportedVersion;
  }

  /** Whether returning idle permits, or the number of outcomes, is worth a report. */
  get isReportWorthwhile(): boolean {
    const spare = this.grant.permits - this.usable;
    return this.items.unreported >= MIN_ROWS_TO_REPORT || spare > this.maxPermits * SPARE_SHARE;
  }

  /** Takes the unreported outcomes and feedback, and returns the permits that exceed the remaining items. */
  takeReport(part: number): { readonly rows: readonly ItemResultRow[]; readonly report: PageReport } {
    const rows = this.items.takeRows();
    const tally = this.items.tally();
    this.reportedVersion = this.items.version;
    const permits = Math.min(this.grant.permits, Math.max(0, this.usable));
    if (permits < this.grant.permits) {
      this.grant = { ...this.grant, permits };
      this.permits.lowerTo(permits);
    }
    return { rows, report: { ...this.feedback.take(part), permits, tally, done: this.isFinished } };
  }

  /** The report of a page that cannot load its items: each of these may have been submitted. */
  takeLostReport(part: number, records: Iterable<readonly [string, ItemRecord]>): PageReport {
    for (const [key, record] of records) this.items.add(key, record, []);
    const tally = closeOpenItems(this.items.tally(), 'unknown');
    return { ...this.feedback.take(part), permits: 0, tally, done: true };
  }

  private snapshot(): PageSnapshot {
    const { held, scheduled, isSaturated, needsFunds } = this.permits;
    const { grant, items, blocked } = this;
    const { inFlight, openCost } = items;
    return { grant, held, inFlight, scheduled, isSaturated, needsFunds, blocked, openCost };
  }
}
