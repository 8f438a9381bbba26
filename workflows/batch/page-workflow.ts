/** A slice of a batch: runs its items inline, within the permits that it was given. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { deferred } from '../domain/base/deferred';
import { getOwn } from '../domain/base/own-value';
import type { LoadedPage, LoadPageInput, PageItem } from '../domain/batch/activity-contract';
import { tallyDetails } from '../domain/batch/batch-details';
import { batchImagesFolder } from '../domain/batch/batch-ids';
import type { Orders } from '../domain/batch/batch-schedule';
import { findInputProblems, type InputChecks, PAGE_INPUT_CHECKS } from '../domain/batch/input-checks';
import { PageNews, type PageSight } from '../domain/batch/page-feedback';
import { PageBoard } from '../domain/batch/page-items';
import { PagePermits } from '../domain/batch/page-permits';
import { closeOpenItems, EMPTY_TALLY, spendingOf } from '../domain/batch/tally';
import { refusalIn, refuseProblems } from '../domain/item/application-failure';
import type { Item, PartReference } from '../domain/item/item';
import { type ItemRecord, rescueOf } from '../domain/item/item-record';
import { unpackRecord } from '../domain/item/packed-record';
import { DEFAULT_ACCOUNT } from '../domain/leases/governor-protocol';
import { NOTHING_SPENT } from '../domain/money/spending';
import { operationRow } from '../domain/operations/operations';
import { Echoes } from '../item/callback-inbox';
import { runImageJob } from '../item/run-item';
import {
  type BatchPageInput,
  batchRunSignal,
  DEFAULT_PATIENCE_MS,
  jobCallbackSignal,
  LONGEST_PATIENCE_MS,
  ordersSignal,
  type PageRefusal,
  pageNoteSignal,
  pageRefusalSignal,
  pageReportSignal,
  pageTallyQuery,
} from '../messages';
import { continueWithMemo } from '../temporal/continue-with-memo';
import { batchActivities, firstLoad } from './batch-activities';
import { runAsWorkflow } from './run-as-workflow';

/** Share of a page's permits that must be spare before it gives them back without waiting for its next report. */
const SPARE_SHARE = 0.1;
/** The store of a page that has begun is waited for so long after its batch was cancelled. */
const STOPPED_PATIENCE_MS = 30_000;
/** Outcomes are written and told at most this often, unless there are many. */
const REPORT_EVERY_MS = 5_000;
const MANY_LINES = 100;

/** One for each field, and none is forgotten. */
const CHECKS: Readonly<Record<keyof BatchPageInput, InputChecks[string]>> = PAGE_INPUT_CHECKS;

/** Runs every item of a part to its outcome; all of it is in the store when this returns. */
export async function batchPage(input: BatchPageInput): Promise<void> {
  refuseProblems(findInputProblems(CHECKS, input));
  const page = new Page(input);
  page.listen();
  // To cancel a page means to stop it: its jobs in flight are paid, so they are collected and told.
  CancellationScope.current().cancelRequested.catch(() => page.stop());
  await CancellationScope.nonCancellable(() => page.run());
}

class Page {
  private board: PageBoard;
  /** Keys of items that turned out to be those of another run of the page. */
  private readonly superseded: string[] = [];
  private readonly permits: PagePermits;
  private orders: Orders;
  /** Ever given; a share of them that is spare is told of at once. */
  private mostPermits: number;
  private sequence: number;
  private finished = false;
  private readonly stopped = deferred();
  private draining = false;
  /** A signal to the coordinator is on its way; a run that ends takes it along. */
  private isTelling = false;
  private readonly news: PageNews;
  private readonly echoes: Echoes;
  /** What the board was when it was last told of. */
  private toldVersion = -1;

  constructor(private readonly input: BatchPageInput) {
    const { carried, orders } = input;
    this.board = new PageBoard(carried?.tally ?? EMPTY_TALLY);
    this.orders = orders;
    this.mostPermits = orders.permits;
    this.sequence = carried?.sequence ?? 0;
    this.permits = new PagePermits({
      spent: carried?.spent ?? NOTHING_SPENT,
      now: () => Date.now(),
      wakeIn: (ms) => void sleep(ms, { summary: 'pace' }).then(() => this.permits.woken()),
      onNews: (news) => this.news.hear(news),
    });
    this.news = new PageNews(() => this.sight());
    this.echoes = new Echoes(workflowInfo().firstExecutionRunId, carried?.echoes);
    this.permits.obey(orders);
  }

  listen(): void {
    setHandler(pageTallyQuery, () => this.board.tally(), { description: 'Counts of the items of this page' });
    setHandler(jobCallbackSignal, (callback) => this.echoes.hear(callback), {
      description: 'A job is said to have ended',
    });
    setHandler(ordersSignal, (orders) => {
      if (orders.number <= this.orders.number) return;
      const before = this.orders;
      this.orders = orders;
      this.mostPermits = Math.max(this.mostPermits, orders.permits);
      this.permits.obey(orders);
      if (orders.stop) this.stopped.resolve();
      this.news.ordered(before);
      // Another page may send an item ahead.
      if (orders.pacing.probe && this.permits.usable(this.board.openItems) < orders.permits) this.board.touch();
    });
    setHandler(batchRunSignal, (run) => (run === this.input.batchRun ? this.board.touch() : this.stop()), {
      description: 'The run of the batch that wants the id of this page',
    });
  }

  stop(): void {
    this.permits.stop();
    this.stopped.resolve();
  }

  async run(): Promise<void> {
    const { carried } = this.input;
    const loaded = await (carried === undefined ? this.loadFirst() : this.loadAgain());
    if (loaded === null) return;
    const { items, isBegunElsewhere } = loaded;
    if (isBegunElsewhere) return this.closeAll(items);
    const open = items
      .map((item, index) => ({ ...item, index }))
      .filter(({ key }) => !carried || Object.hasOwn(carried.records, key));
    for (const item of open) this.board.add(item.key, this.recordOf(item), this.priceOf(item.operation));
    const all = Promise.all(open.map((item) => this.runItem(item))).then(async () => {
      if (this.superseded.length > 0) await this.close(this.superseded);
      this.finished = true;
    });
    void this.tellNews();
    while (!this.finished) {
      await this.reportUntilFinished();
      await this.goOn();
    }
    await all;
    await this.report();
    await condition(allHandlersFinished);
  }

  /** Has begun before, and waits for the store as long as that takes; `null`: its batch does not, and was told. */
  private async loadAgain(): Promise<LoadedPage | null> {
    const previousRun = workflowInfo().continuedFromExecutionRunId ?? null;
    const loading = new CancellationScope();
    let isLoading = true;
    void this.stopped.promise.then(async () => {
      if (isLoading) await sleep(STOPPED_PATIENCE_MS, { summary: 'the store has so long, for the batch is cancelled' });
      if (isLoading) loading.cancel();
    });
    try {
      return await loading.run(() => batchActivities.loadPage({ ...this.loadInput, previousRun }));
    } catch (error) {
      if (!isCancellation(error)) throw error;
      await this.giveUp();
      return null;
    } finally {
      isLoading = false;
    }
  }

  /** Nothing can be written; readers of the store see that its items were begun, and have no outcome. */
  private async giveUp(): Promise<void> {
    const { batchId, part, batchRun, carried } = this.input;
    const packed = Object.entries(carried?.records ?? {});
    for (const [key, record] of packed) this.board.add(key, unpackRecord(record), 0);
    const tally = closeOpenItems(this.board.tally(), 'unknown');
    const report = { ...this.news.take(part), permits: 0, tally, done: true };
    try {
      await getExternalWorkflowHandle(batchId).signal(pageReportSignal, report, batchRun);
    } catch (error) {
      // A batch that is gone has no use for it.
      if (isCancellation(error)) throw error;
    }
  }

  /** `null`: it cannot begin, or need not any more; its part is given back. */
  private async loadFirst(): Promise<LoadedPage | null> {
    const { previousRun = null } = this.input;
    const loading = new CancellationScope();
    void this.stopped.promise.then(() => loading.cancel());
    try {
      return await loading.run(() => firstLoad.loadPage({ ...this.loadInput, previousRun }));
    } catch (error) {
      await this.giveBack(isCancellation(error) ? { reason: null, isPermanent: false } : refusalIn(error));
      return null;
    }
  }

  private async giveBack(refusal: Pick<PageRefusal, 'reason' | 'isPermanent'>): Promise<void> {
    const { batchId, batchRun, part } = this.input;
    const { runId: run } = workflowInfo();
    try {
      await getExternalWorkflowHandle(batchId).signal(pageRefusalSignal, { part, run, ...refusal }, batchRun);
    } catch (error) {
      // A batch that is gone has no use for it.
      if (isCancellation(error)) throw error;
    }
  }

  private get loadInput(): Omit<LoadPageInput, 'previousRun'> {
    const { store } = this.input;
    return { ...this.part, ...(store === undefined ? {} : { store }) };
  }

  private get part(): PartReference {
    const { batchId, part, rowsHash } = this.input;
    return { batchId, part, rowsHash };
  }

  /** The store knows more of this part than the page: whatever it does not know as ended may have been submitted. */
  private async closeAll(items: readonly PageItem[]): Promise<void> {
    this.board = new PageBoard(EMPTY_TALLY);
    await this.close(items.map(({ key }) => key));
    this.finished = true;
    await this.report();
    await condition(allHandlersFinished);
  }

  private async close(keys: readonly string[]): Promise<void> {
    this.sequence += 1;
    const { prices } = this.input;
    this.board.close(keys, await batchActivities.closeItems({ ...this.part, keys, sequence: this.sequence, prices }));
  }

  private recordOf({ key, jobId, afterFetch }: PageItem): ItemRecord | undefined {
    const packed = getOwn(this.input.carried?.records ?? {}, key);
    if (packed !== undefined) return unpackRecord(packed);
    return jobId === undefined ? undefined : rescueOf(jobId, Date.now(), afterFetch);
  }

  private async runItem(pageItem: PageItem & { readonly index: number }): Promise<void> {
    const { key, operation, index } = pageItem;
    const { batchId, items, workflowPerImage } = this.input;
    const item: Item = {
      key,
      operation,
      source: { row: { ...this.part, index, pageRun: workflowInfo().runId } },
      folder: batchImagesFolder(batchId),
      deadlineMs: items.deadlineMs,
      jobTimeBudgetMs: items.jobTimeBudgetMs ?? operationRow(operation).jobTimeBudgetMs,
    };
    const record = this.recordOf(pageItem);
    const run = workflowPerImage && pageItem.jobId === undefined ? runAsWorkflow : runImageJob;
    const price = this.priceOf(operation);
    const report = await run(item, {
      permits: this.permits,
      echoes: this.echoes,
      price,
      account: this.input.account ?? DEFAULT_ACCOUNT,
      observe: (progress, changed) => {
        if (progress.state !== 'ended') this.board.change(key, progress, changed);
      },
      onSuperseded: () => this.superseded.push(key),
      ...(record === undefined ? {} : { record }),
    });
    if (!this.superseded.includes(key)) this.board.end(key, report, price);
    this.echoes.forget(key);
  }

  private priceOf(operation: string): number {
    return getOwn(this.input.prices, operation) ?? 0;
  }

  private sight(): PageSight {
    const { held, parked, isFull, isStarved } = this.permits;
    return { orders: this.orders, held, inFlight: this.board.inFlight, parked, isFull, isStarved };
  }

  /** What others should hear at once goes as a signal, one at a time; all else waits for the next report. */
  private async tellNews(): Promise<void> {
    const isOver = () => this.finished || this.draining;
    for (;;) {
      await condition(() => isOver() || this.news.isUrgent());
      if (isOver()) return;
      this.isTelling = true;
      try {
        const coordinator = getExternalWorkflowHandle(this.input.batchId);
        await coordinator.signal(pageNoteSignal, this.news.take(this.input.part), this.input.batchRun);
      } catch (error) {
        if (isCancellation(error)) throw error;
        // That the coordinator is gone is noticed by the next report, which ends the page.
        return;
      } finally {
        this.isTelling = false;
      }
    }
  }

  /** Ends when all items have ended, or when the history has become long and no job is in flight. */
  private async reportUntilFinished(): Promise<void> {
    const isDone = () => this.finished || (this.draining && this.isQuiet());
    while (!isDone()) {
      await condition(() => isDone() || this.hasMuchToTell(), REPORT_EVERY_MS, { summary: 'until the next report' });
      if (!this.draining && workflowInfo().continueAsNewSuggested) {
        this.draining = true;
        this.permits.drain();
      }
      if (!this.finished && this.board.version !== this.toldVersion) await this.report();
      // A page that only waits has nothing to tell, and hardly any history to spend on it.
      await this.untilNews(isDone);
    }
  }

  /** The report of a page that waits for permits tells whether there is still somebody who gives them. */
  private async untilNews(isDone: () => boolean): Promise<void> {
    const hasNews = () => isDone() || this.board.version !== this.toldVersion;
    let patienceMs = this.input.patienceMs ?? DEFAULT_PATIENCE_MS;
    await condition(() => hasNews() || this.permits.held === 0);
    while (!hasNews() && !(await condition(hasNews, patienceMs, { summary: 'patience without a permit' }))) {
      await this.report();
      patienceMs = Math.min(LONGEST_PATIENCE_MS, patienceMs * 2);
    }
  }

  /** Spare permits are worth more to another page than a report costs. */
  private hasMuchToTell(): boolean {
    const spare = this.orders.permits - this.permits.usable(this.board.openItems);
    return this.board.unreported >= MANY_LINES || spare > this.mostPermits * SPARE_SHARE;
  }

  /** Whether nothing is under way that the next run of the workflow could not take over. */
  private isQuiet(): boolean {
    const { held } = this.permits;
    const isCalled = this.board.isCalled((key, submission) => this.echoes.namesJob(key, submission));
    return held === 0 && this.board.busy === 0 && !isCalled && !this.isTelling;
  }

  /** Returns if something has come up: between the last look and the new run nothing may be waited for. */
  private async goOn(): Promise<void> {
    // The next run knows nothing of lines, and much may happen while these are told.
    if (this.board.unreported > 0) await this.report();
    if (this.finished || !this.isQuiet() || this.board.unreported > 0) return;
    const tally = this.board.endedTally();
    const spent = spendingOf(this.board.tally());
    const records = this.board.records();
    const newest = Object.entries(records).map(([key, { submissions }]) => [key, submissions.length] as const);
    const echoes = this.echoes.carried(new Map(newest));
    const carried = { tally, spent, records, echoes, sequence: this.sequence };
    await continueWithMemo<typeof batchPage>({ ...this.input, orders: this.orders, carried });
  }

  /** Tells the coordinator, and gives back the permits for which no item is left. */
  private async report(): Promise<void> {
    const { batchId, part, batchRun } = this.input;
    const lines = this.board.takeLines();
    const tally = this.board.tally();
    this.toldVersion = this.board.version;
    setCurrentDetails(tallyDetails(tally));
    const permits = Math.min(this.orders.permits, Math.max(0, this.permits.usable(this.board.openItems)));
    if (permits < this.orders.permits) {
      this.orders = { ...this.orders, permits };
      this.permits.lowerTo(permits);
    }
    this.sequence += 1;
    const report = { ...this.news.take(part), permits, tally, done: this.finished };
    const { sequence } = this;
    const { isHeard } = await batchActivities.reportPage({ batchId, part, batchRun, sequence, lines, report });
    // Nobody counts what this page would go on to spend.
    if (!isHeard) this.stop();
  }
}
