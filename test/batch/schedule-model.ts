/**
 * Pages and a governor as the coordinator's schedule sees them, without Temporal: they hear grants late and report
 * late, meet limits, die, and never do more than they were granted. What must always hold is checked after every
 * decision.
 */
import {
  applyGrant,
  applyPageLeaseReport,
  applyPageReport,
  clearFeedback,
  onPageDied,
} from '../../workflows/domain/batch/apply-reports';
import { type BatchSchedule, isFinished, newSchedule, sumTally } from '../../workflows/domain/batch/batch-schedule';
import { computeLimit } from '../../workflows/domain/batch/divide-permits';
import { toHolderReport } from '../../workflows/domain/batch/holder-report';
import { PageFeedback } from '../../workflows/domain/batch/page-feedback';
import { isOutOfBudget } from '../../workflows/domain/batch/page-funds';
import type { PageGrant, PageLeaseReport, PageReport } from '../../workflows/domain/batch/page-protocol';
import { type Command, plan } from '../../workflows/domain/batch/plan';
import {
  countItems,
  EMPTY_TALLY,
  type ItemCounts,
  NO_ITEMS,
  type Tally,
  toSpending,
} from '../../workflows/domain/batch/tally';
import { countRefusals, NO_FEEDBACK } from '../../workflows/domain/leases/feedback';
import type { AccountGrant } from '../../workflows/domain/leases/governor-protocol';
import { NO_PACING } from '../../workflows/domain/leases/lease';
import { computeUnallotted, isWithin } from '../../workflows/domain/money/batch-budget';
import { type Allowance, NO_BUDGET, NOTHING_SPENT, type Spending } from '../../workflows/domain/money/spending';

/** Of every submission; a fraction whose sums miss by a little. */
export const PRICE = 0.1;

export class ModelPage {
  grant: PageGrant;
  running = 0;
  waiting: number;
  succeeded = 0;
  cancelled = 0;
  stopped = false;
  /** Permits that met the limit. */
  frozen = 0;
  submissions = 0;
  cost = 0;
  /** Grants on their way, in the order in which they were sent. */
  inbox: PageGrant[] = [];
  /** A report on its way; a page sends the next one when this one has arrived. */
  report: PageReport | null = null;
  /** What it reports between its outcomes, on its way. */
  leaseReport: PageLeaseReport | null = null;
  private readonly feedback: PageFeedback;

  constructor(
    readonly part: number,
    size: number,
    grant: PageGrant,
  ) {
    this.waiting = size;
    this.grant = grant;
    this.feedback = new PageFeedback(() => this.snapshot());
  }

  get open(): number {
    return this.waiting + this.running;
  }

  get limit(): number {
    return this.grant.permits;
  }

  get spent(): Spending {
    return { submissions: this.submissions, cost: this.cost, duplicates: 0 };
  }

  /** Jobs that may be in flight now or after grants that are on their way. */
  get mayHold(): number {
    const coming = this.inbox.filter(({ number }) => number > this.grant.number);
    const most = [this.grant, ...coming].map(({ permits, allowance }) => Math.min(permits, this.payable(allowance)));
    return Math.min(this.open, Math.max(this.running, ...most));
  }

  /** It could not use another permit. */
  get isServed(): boolean {
    return Math.max(this.limit, this.running) >= Math.min(this.open, this.payable(this.grant.allowance));
  }

  get needsFunds(): boolean {
    return this.running === 0 && this.waiting > 0 && !this.mayPay();
  }

  receive(index: number): void {
    const [grant] = this.inbox.splice(index % Math.max(1, this.inbox.length), 1);
    if (grant === undefined || grant.number <= this.grant.number) return;
    const before = this.grant;
    this.grant = grant;
    this.frozen = 0;
    this.feedback.onGrant(before);
    if (grant.stop) this.stop();
  }

  begin(): void {
    while (!this.stopped && this.waiting > 0 && this.running + this.frozen < this.limit && this.mayPay()) {
      this.waiting -= 1;
      this.running += 1;
      this.submissions += 1;
      this.cost += PRICE;
      this.feedback.add({ ...NO_FEEDBACK, accepted: 1 });
    }
  }

  end(jobs: number): void {
    const ended = Math.min(this.running, jobs);
    this.running -= ended;
    this.succeeded += ended;
    if (ended > 0) this.feedback.add({ ...NO_FEEDBACK, completed: ended });
  }

  /** Jobs fail and are free; their items are submitted again. */
  fail(jobs: number): void {
    const ended = Math.min(this.running, jobs);
    this.back(ended);
    this.cost -= ended * PRICE;
    if (ended > 0) this.feedback.add({ ...NO_FEEDBACK, completed: ended });
  }

  /** What was just sent is refused, so that it was no submission; its permits rest. */
  refuse(jobs: number): void {
    const refused = Math.min(this.running, jobs);
    this.back(refused);
    this.submissions -= refused;
    this.cost -= refused * PRICE;
    this.frozen += refused;
    if (refused > 0) this.feedback.add({ ...NO_FEEDBACK, refusals: { ...NO_FEEDBACK.refusals, concurrency: refused } });
  }

  send(): void {
    if (this.report !== null) return;
    this.grant = { ...this.grant, permits: Math.min(this.limit, this.open) };
    this.report = this.saysNow();
  }

  saysNow(): PageReport {
    const { part, limit, open } = this;
    return { ...this.feedback.take(part), permits: limit, tally: this.tally(), done: open === 0 };
  }

  /** Only what others should hear at once. */
  sendLeaseReport(): void {
    if (this.leaseReport === null && this.open > 0 && this.feedback.isUrgent())
      this.leaseReport = this.feedback.take(this.part);
  }

  /** As the activity that closes a dead page finds it. */
  lastWill(): Tally {
    const { succeeded, cancelled } = this;
    return { ...EMPTY_TALLY, counts: { ...NO_ITEMS, succeeded, cancelled, unknown: this.open } };
  }

  private stop(): void {
    this.stopped = true;
    this.cancelled += this.waiting;
    this.waiting = 0;
  }

  private back(jobs: number): void {
    this.running -= jobs;
    if (this.stopped) this.cancelled += jobs;
    else this.waiting += jobs;
  }

  private mayPay(): boolean {
    const { submissions, cost } = this;
    return isWithin({ submissions: submissions + 1, cost: cost + PRICE, duplicates: 0 }, this.grant.allowance);
  }

  /** Jobs in flight, with those that it could begin besides. */
  private payable({ submissions, cost }: Allowance): number {
    const bySubmissions = submissions === null ? this.open : submissions - this.submissions;
    const byCost = cost === null ? this.open : Math.floor((cost - this.cost) / PRICE + 1e-6);
    return this.running + Math.max(0, Math.min(bySubmissions, byCost));
  }

  private snapshot() {
    const { grant, running, waiting, limit, needsFunds } = this;
    const isSaturated = limit > 0 && waiting > 0 && running + this.frozen >= limit;
    return {
      grant,
      held: running,
      inFlight: running,
      scheduled: 0,
      isSaturated,
      needsFunds,
      blocked: {},
      openCost: this.open * PRICE,
    };
  }

  private tally(): Tally {
    const { waiting, running, succeeded, cancelled, submissions, cost } = this;
    const counts = { ...NO_ITEMS, waiting, running, succeeded, cancelled };
    return { ...EMPTY_TALLY, counts, submissions, cost };
  }
}

export interface ModelOptions {
  readonly parts: readonly number[];
  /** As the caller wants it; default as many as are granted. */
  readonly concurrency?: number | null;
  /** Default: none. */
  readonly budget?: Allowance;
  /** Of the governor's first word. */
  readonly permits: number;
}

export class BatchModel {
  schedule: BatchSchedule;
  readonly pages = new Map<number, ModelPage>();
  readonly opened: number[] = [];
  commands = 0;
  decisions = 0;
  /** Messages to the governor. */
  reports = 0;
  private readonly total: number;
  private permits: number;
  private grants = 0;
  /** Grants on their way. */
  private readonly mail: AccountGrant[] = [];
  private spentByGone: Spending = NOTHING_SPENT;

  constructor({ parts, concurrency = null, budget = NO_BUDGET, permits }: ModelOptions) {
    this.schedule = newSchedule({ parts, concurrency, budget, price: PRICE });
    this.total = parts.reduce((sum, size) => sum + size, 0);
    this.permits = permits;
  }

  get finished(): boolean {
    return isFinished(this.schedule);
  }

  get outOfBudget(): boolean {
    return isOutOfBudget(this.schedule);
  }

  get counts(): ItemCounts {
    return sumTally(this.schedule).counts;
  }

  get limit(): number {
    return computeLimit(this.schedule);
  }

  /** There is no page to be opened, or nothing to pay its first item with. */
  get isAllOpen(): boolean {
    const { schedule } = this;
    const { next, parts, budget, closed, open } = schedule;
    const spenders = open.map(({ allowance }) => ({ allowance, spent: NOTHING_SPENT, open: 0, openCost: 0 }));
    const left = computeUnallotted(budget, toSpending(closed), spenders);
    return next >= parts.length || !isWithin({ submissions: 1, cost: PRICE, duplicates: 0 }, left);
  }

  get mayHold(): number {
    return [...this.pages.values()].reduce((sum, page) => sum + page.mayHold, 0);
  }

  /** Permits of pages that have work for them and can pay. */
  get inUse(): number {
    const able = [...this.pages.values()].filter(({ needsFunds }) => !needsFunds);
    return able.reduce((sum, { open, running, limit }) => sum + Math.min(open, Math.max(running, limit)), 0);
  }

  /** What the batch has really spent, work in flight included. */
  get spent(): Spending {
    return [...this.pages.values()].reduce((sum, page) => addSpending(sum, page.spent), this.spentByGone);
  }

  /** The n-th open page, whatever the number. */
  page(index: number): ModelPage | undefined {
    const pages = [...this.pages.values()];
    return pages[index % Math.max(1, pages.length)];
  }

  decide(): void {
    const before = this.mayHold;
    const { schedule, commands } = plan(this.schedule);
    this.schedule = schedule;
    let raised = false;
    for (const command of commands) raised = this.apply(command) || raised;
    this.decisions += 1;
    this.commands += commands.length;
    // To give a page back what it still holds costs nobody anything.
    const ahead = schedule.grant?.probe === true ? before + 1 : this.limit;
    if (raised && this.mayHold > Math.max(before, ahead)) {
      throw new Error(`while ${schedule.control}: ${before} may be held, then ${this.mayHold}, of ${this.limit}`);
    }
  }

  /** What must hold at every moment. */
  check(): void {
    const size = countItems(sumTally(this.schedule));
    if (size !== this.total) throw new Error(`the counts add up to ${size}, not to ${this.total}`);
    const { spent } = this;
    const { budget } = this.schedule;
    if (!isWithin(spent, budget)) throw new Error(`spent ${JSON.stringify(spent)} of ${JSON.stringify(budget)}`);
  }

  set(change: Partial<Pick<BatchSchedule, 'control' | 'concurrency' | 'budget'>>): void {
    if (this.schedule.control === 'cancelling' && change.control !== undefined) return;
    this.schedule = { ...this.schedule, ...change };
    if (change.control === 'cancelling') this.cancelUnopened();
    this.decide();
  }

  /** The governor grants so many automatically. */
  grant(permits: number, more: Partial<Pick<AccountGrant, 'probe' | 'hold'>> = {}): void {
    this.permits = permits;
    this.write(more);
  }

  /** The governor hears the feedback; to refusals there is always an answer. */
  consult(): void {
    const { feedback } = toHolderReport(this.schedule, false);
    this.schedule = clearFeedback(this.schedule);
    this.reports += 1;
    if (countRefusals(feedback.refusals) > 0) this.write();
  }

  /** One of the grants on their way arrives. */
  applyGrant(index: number): void {
    const [grant] = this.mail.splice(index % Math.max(1, this.mail.length), 1);
    if (grant === undefined) return;
    this.schedule = applyGrant(this.schedule, grant);
    this.decide();
  }

  receive(page: ModelPage | undefined): void {
    if (page?.report == null) return;
    const { report } = page;
    page.report = null;
    if (report.done) this.gone(page);
    this.schedule = applyPageReport(this.schedule, report);
    this.decide();
  }

  receiveLeaseReport(page: ModelPage | undefined): void {
    if (page?.leaseReport == null) return;
    const { leaseReport } = page;
    page.leaseReport = null;
    this.schedule = applyPageLeaseReport(this.schedule, leaseReport);
    this.decide();
  }

  kill(page: ModelPage | undefined): void {
    if (page === undefined) return;
    this.gone(page);
    this.schedule = onPageDied(this.schedule, page.part, page.lastWill());
    this.decide();
  }

  /** Everything that is on its way arrives, and every page tells what it does now, until nobody says anything new. */
  settle(): void {
    for (let round = 0; round < 20; round += 1) {
      const before = this.commands;
      this.consult();
      while (this.mail.length > 0) this.applyGrant(0);
      for (const page of [...this.pages.values()]) this.exchange(page);
      if (round > 0 && this.commands === before) return;
    }
    throw new Error('they talk for ever');
  }

  private exchange(page: ModelPage): void {
    while (page.inbox.length > 0) page.receive(0);
    this.receiveLeaseReport(page);
    page.sendLeaseReport();
    this.receiveLeaseReport(page);
    this.receive(page);
    page.send();
    this.receive(page);
  }

  private write(more: Partial<AccountGrant> = {}): void {
    this.grants += 1;
    const pacing = { ...NO_PACING, paceChange: this.grants, hold: null, allowance: null, ...more };
    const remembered = { concurrency: null, ratePerSecond: null, day: null };
    this.mail.push({ number: this.grants, permits: this.permits, ...pacing, remembered });
  }

  private gone(page: ModelPage): void {
    if (this.pages.delete(page.part)) this.spentByGone = addSpending(this.spentByGone, page.spent);
  }

  /** Whether the command gives permits, rather than money for those that were given. */
  private apply(command: Command): boolean {
    if (command.do === 'open-page') {
      const { part, size, grant } = command;
      this.opened.push(part);
      this.pages.set(part, new ModelPage(part, size, grant));
      return true;
    }
    const page = this.pages.get(command.part);
    if (page === undefined) return false;
    const before = Math.max(page.limit, ...page.inbox.map(({ permits }) => permits));
    page.inbox.push(command.grant);
    return command.grant.permits > before;
  }

  private cancelUnopened(): void {
    const { next, parts, closed } = this.schedule;
    const cancelled = parts.slice(next).reduce((sum, size) => sum + size, 0);
    const counts = { ...closed.counts, cancelled: closed.counts.cancelled + cancelled };
    this.schedule = { ...this.schedule, next: parts.length, closed: { ...closed, counts } };
  }
}

function addSpending(sum: Spending, { submissions, cost }: Spending): Spending {
  return { submissions: sum.submissions + submissions, cost: sum.cost + cost, duplicates: 0 };
}
