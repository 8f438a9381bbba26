/** A part of a batch: runs its items inline, within the permits it was granted. */
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
import { describeTally } from '../domain/batch/batch-details';
import { batchItemsFolder } from '../domain/batch/batch-ids';
import { findInputProblems, type InputChecks, PAGE_INPUT_CHECKS } from '../domain/batch/input-checks';
import { PageFeedback, type PageSnapshot } from '../domain/batch/page-feedback';
import { PageItems } from '../domain/batch/page-items';
import { PagePermits } from '../domain/batch/page-permits';
import type { PageGrant } from '../domain/batch/page-protocol';
import { closeOpenItems, EMPTY_TALLY, toSpending } from '../domain/batch/tally';
import { readRefusal, refuseProblems } from '../domain/item/application-failure';
import type { Item, PartReference } from '../domain/item/item';
import { type ItemRecord, newRescue } from '../domain/item/item-record';
import { unpackRecord } from '../domain/item/packed-record';
import { DEFAULT_ACCOUNT } from '../domain/leases/governor-protocol';
import { NOTHING_SPENT } from '../domain/money/spending';
import { getOperationRow } from '../domain/operations/operations';
import { CallbackInbox } from '../item/callback-inbox';
import { runItem } from '../item/run-item';
import {
  batchRunSignal,
  type CarriedPage,
  DEFAULT_PATIENCE_MS,
  jobCallbackSignal,
  MAX_PATIENCE_MS,
  type PageInput,
  type PageRefusal,
  pageGrantSignal,
  pageLeaseReportSignal,
  pageRefusalSignal,
  pageReportSignal,
  pageTallyQuery,
} from '../messages';
import { continueWithMemo } from '../temporal/continue-with-memo';
import { batchActivities, firstLoad } from './batch-activities';
import { runAsWorkflow } from './run-as-workflow';

/** Share of permits that must be idle before the page returns them without waiting for its next report. */
const SPARE_SHARE = 0.1;
/** How long a page that has begun waits for its store after its batch was cancelled, in ms. */
const STOPPED_PATIENCE_MS = 30_000;
/** Minimum interval between reports of outcomes, in ms, unless there are many. */
const REPORT_INTERVAL_MS = 5_000;
const MIN_ROWS_TO_REPORT = 100;

/** One check per field; the type makes the list complete. */
const CHECKS: Readonly<Record<keyof PageInput, InputChecks[string]>> = PAGE_INPUT_CHECKS;

/** Runs every item of a part to its outcome. All outcomes are in the store when it returns. */
export async function imagePipelinePage(input: PageInput): Promise<void> {
  refuseProblems(findInputProblems(CHECKS, input));
  const page = new Page(input);
  page.listen();
  // Cancelling a page stops it: its jobs in flight are paid, so they are collected and reported.
  CancellationScope.current().cancelRequested.catch(() => page.stop());
  await CancellationScope.nonCancellable(() => page.run());
}

class Page {
  private board: PageItems;
  /** Keys of items that belong to another run of the page. */
  private readonly superseded: string[] = [];
  private readonly permits: PagePermits;
  private grant: PageGrant;
  /** Maximum ever granted; a share of it that becomes idle is reported at once. */
  private maxPermits: number;
  private sequence: number;
  private finished = false;
  private readonly stopped = deferred();
  private draining = false;
  /** Whether a signal to the coordinator is in flight; continue-as-new would lose it. */
  private isReporting = false;
  private readonly feedback: PageFeedback;
  private readonly callbacks: CallbackInbox;
  /** Version of the items at the last report. */
  private reportedVersion = -1;

  constructor(private readonly input: PageInput) {
    const { carried, grant } = input;
    this.board = new PageItems(carried?.tally ?? EMPTY_TALLY);
    this.grant = grant;
    this.maxPermits = grant.permits;
    this.sequence = carried?.sequence ?? 0;
    this.permits = new PagePermits({
      spent: carried?.spent ?? NOTHING_SPENT,
      now: () => Date.now(),
      wakeIn: (ms) => void sleep(ms, { summary: 'pace' }).then(() => this.permits.onWake()),
      onFeedback: (feedback) => this.feedback.add(feedback),
    });
    this.feedback = new PageFeedback(() => this.snapshot());
    this.callbacks = new CallbackInbox(workflowInfo().firstExecutionRunId, carried?.callbacks);
    this.permits.applyGrant(grant);
  }

  listen(): void {
    setHandler(pageTallyQuery, () => this.board.tally(), { description: 'Counts of the items of this page' });
    setHandler(jobCallbackSignal, (callback) => this.callbacks.receive(callback), {
      description: 'From the gateway: the callback of a job',
    });
    setHandler(pageGrantSignal, (grant) => {
      if (grant.number <= this.grant.number) return;
      const before = this.grant;
      this.grant = grant;
      this.maxPermits = Math.max(this.maxPermits, grant.permits);
      this.permits.applyGrant(grant);
      if (grant.stop) this.stopped.resolve();
      this.feedback.onGrant(before);
      // Another page may hold the item that probes.
      if (grant.probe && this.permits.usable(this.board.openItems) < grant.permits) this.board.touch();
    });
    setHandler(batchRunSignal, (run) => (run === this.input.batchRun ? this.board.touch() : this.stop()), {
      description: 'From a later run of the batch that needs the id of this page',
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
    for (const item of open) this.board.add(item.key, this.findRecord(item), this.findPrice(item.operation));
    const all = Promise.all(open.map((item) => this.runItem(item))).then(async () => {
      if (this.superseded.length > 0) await this.close(this.superseded);
      this.finished = true;
    });
    void this.reportFeedback();
    while (!this.finished) {
      await this.reportUntilFinished();
      await this.rollOver();
    }
    await all;
    await this.report();
    await condition(allHandlersFinished);
  }

  /**
   * Loads the items of a page that has begun, waiting for the store as long as necessary; `null` if the batch was
   * cancelled meanwhile.
   */
  private async loadAgain(): Promise<LoadedPage | null> {
    const previousRun = workflowInfo().continuedFromExecutionRunId ?? null;
    const loading = new CancellationScope();
    let isLoading = true;
    void this.stopped.promise.then(async () => {
      if (isLoading) await sleep(STOPPED_PATIENCE_MS, { summary: 'wait for the store of a cancelled batch' });
      if (isLoading) loading.cancel();
    });
    try {
      return await loading.run(() => batchActivities.loadPage({ ...this.loadInput, previousRun }));
    } catch (error) {
      if (!isCancellation(error)) throw error;
      await this.reportLost();
      return null;
    } finally {
      isLoading = false;
    }
  }

  /** Reports the items without writing outcomes; readers of the store see that they were begun and have none. */
  private async reportLost(): Promise<void> {
    const { batchId, part, batchRun, carried } = this.input;
    const packed = Object.entries(carried?.records ?? {});
    for (const [key, record] of packed) this.board.add(key, unpackRecord(record), 0);
    const tally = closeOpenItems(this.board.tally(), 'unknown');
    const report = { ...this.feedback.take(part), permits: 0, tally, done: true };
    try {
      await getExternalWorkflowHandle(batchId).signal(pageReportSignal, report, batchRun);
    } catch (error) {
      // Ignored if the batch is gone.
      if (isCancellation(error)) throw error;
    }
  }

  /** Loads the items of a new page; `null` if it cannot start or need not any more, and its part is returned. */
  private async loadFirst(): Promise<LoadedPage | null> {
    const { previousRun = null } = this.input;
    const loading = new CancellationScope();
    void this.stopped.promise.then(() => loading.cancel());
    try {
      return await loading.run(() => firstLoad.loadPage({ ...this.loadInput, previousRun }));
    } catch (error) {
      await this.giveBack(isCancellation(error) ? { reason: null, isPermanent: false } : readRefusal(error));
      return null;
    }
  }

  private async giveBack(refusal: Pick<PageRefusal, 'reason' | 'isPermanent'>): Promise<void> {
    const { batchId, batchRun, part } = this.input;
    const { runId: run } = workflowInfo();
    try {
      await getExternalWorkflowHandle(batchId).signal(pageRefusalSignal, { part, run, ...refusal }, batchRun);
    } catch (error) {
      // Ignored if the batch is gone.
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

  /** Closes all items by the store's records: an item without a recorded outcome may have been submitted. */
  private async closeAll(items: readonly PageItem[]): Promise<void> {
    this.board = new PageItems(EMPTY_TALLY);
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

  private findRecord({ key, jobId, afterFetch }: PageItem): ItemRecord | undefined {
    const packed = getOwn(this.input.carried?.records ?? {}, key);
    if (packed !== undefined) return unpackRecord(packed);
    return jobId === undefined ? undefined : newRescue(jobId, Date.now(), afterFetch);
  }

  private async runItem(pageItem: PageItem & { readonly index: number }): Promise<void> {
    const { key, operation, index } = pageItem;
    const { batchId, items, workflowPerImage } = this.input;
    const item: Item = {
      key,
      operation,
      source: { row: { ...this.part, index, pageRun: workflowInfo().runId } },
      folder: batchItemsFolder(batchId),
      deadlineMs: items.deadlineMs,
      jobTimeBudgetMs: items.jobTimeBudgetMs ?? getOperationRow(operation).jobTimeBudgetMs,
    };
    const record = this.findRecord(pageItem);
    const run = workflowPerImage && pageItem.jobId === undefined ? runAsWorkflow : runItem;
    const price = this.findPrice(operation);
    const report = await run(item, {
      permits: this.permits,
      callbacks: this.callbacks,
      price,
      account: this.input.account ?? DEFAULT_ACCOUNT,
      observe: (progress, changed) => {
        if (progress.state !== 'ended') this.board.change(key, progress, changed);
      },
      onSuperseded: () => this.superseded.push(key),
      ...(record === undefined ? {} : { record }),
    });
    if (!this.superseded.includes(key)) this.board.end(key, report, price);
    this.callbacks.forget(key);
  }

  private findPrice(operation: string): number {
    return getOwn(this.input.prices, operation) ?? 0;
  }

  private snapshot(): PageSnapshot {
    const { held, scheduled, isSaturated, needsFunds } = this.permits;
    return { grant: this.grant, held, inFlight: this.board.inFlight, scheduled, isSaturated, needsFunds };
  }

  /** Signals urgent feedback, one message at a time; everything else waits for the next report. */
  private async reportFeedback(): Promise<void> {
    const isOver = () => this.finished || this.draining;
    for (;;) {
      await condition(() => isOver() || this.feedback.isUrgent());
      if (isOver()) return;
      this.isReporting = true;
      try {
        const coordinator = getExternalWorkflowHandle(this.input.batchId);
        await coordinator.signal(pageLeaseReportSignal, this.feedback.take(this.input.part), this.input.batchRun);
      } catch (error) {
        if (isCancellation(error)) throw error;
        // The next report detects that the coordinator is gone and ends the page.
        return;
      } finally {
        this.isReporting = false;
      }
    }
  }

  /** Returns when all items have ended, or when the history is long and no job is in flight. */
  private async reportUntilFinished(): Promise<void> {
    const isDone = () => this.finished || (this.draining && this.isQuiet());
    while (!isDone()) {
      await condition(() => isDone() || this.shouldReport(), REPORT_INTERVAL_MS, { summary: 'until the next report' });
      if (!this.draining && workflowInfo().continueAsNewSuggested) {
        this.draining = true;
        this.permits.drain();
      }
      if (!this.finished && this.board.version !== this.reportedVersion) await this.report();
      // A page that only waits reports nothing, which saves history.
      await this.untilChange(isDone);
    }
  }

  /** Waits for a change. While the page waits for permits, its report also checks that a coordinator exists. */
  private async untilChange(isDone: () => boolean): Promise<void> {
    const hasChange = () => isDone() || this.board.version !== this.reportedVersion;
    let patienceMs = this.input.patienceMs ?? DEFAULT_PATIENCE_MS;
    await condition(() => hasChange() || this.permits.held === 0);
    while (!hasChange() && !(await condition(hasChange, patienceMs, { summary: 'time without a permit' }))) {
      await this.report();
      patienceMs = Math.min(MAX_PATIENCE_MS, patienceMs * 2);
    }
  }

  /** Whether returning idle permits is worth a report. */
  private shouldReport(): boolean {
    const spare = this.grant.permits - this.permits.usable(this.board.openItems);
    return this.board.unreported >= MIN_ROWS_TO_REPORT || spare > this.maxPermits * SPARE_SHARE;
  }

  /** Whether nothing is in progress that the next run could not take over. */
  private isQuiet(): boolean {
    const { held } = this.permits;
    const hasCallback = this.board.hasCallback((key, submission) => this.callbacks.namesJob(key, submission));
    return held === 0 && this.board.busy === 0 && !hasCallback && !this.isReporting;
  }

  /** Continues as new. Returns if something arrived: nothing may be awaited between the last check and the new run. */
  private async rollOver(): Promise<void> {
    // The last report is sent once, by `run`: a second one could reach a batch that is completing.
    if (this.finished) return;
    // Outcomes are not carried over, and more may end while they are reported.
    if (this.board.unreported > 0) await this.report();
    if (this.finished || !this.isQuiet() || this.board.unreported > 0) return;
    const tally = this.board.endedTally();
    const spent = toSpending(this.board.tally());
    const records = this.board.records();
    const newest = Object.entries(records).map(([key, { submissions }]) => [key, submissions.length] as const);
    const callbacks = this.callbacks.toCarried(new Map(newest));
    const carried: CarriedPage = { tally, spent, records, callbacks, sequence: this.sequence };
    await continueWithMemo<typeof imagePipelinePage>({ ...this.input, grant: this.grant, carried });
  }

  /** Reports to the coordinator, and returns the permits that exceed the remaining items. */
  private async report(): Promise<void> {
    const { batchId, part, batchRun } = this.input;
    const rows = this.board.takeRows();
    const tally = this.board.tally();
    this.reportedVersion = this.board.version;
    setCurrentDetails(describeTally(tally));
    const permits = Math.min(this.grant.permits, Math.max(0, this.permits.usable(this.board.openItems)));
    if (permits < this.grant.permits) {
      this.grant = { ...this.grant, permits };
      this.permits.lowerTo(permits);
    }
    this.sequence += 1;
    const report = { ...this.feedback.take(part), permits, tally, done: this.finished };
    const { sequence } = this;
    const { isDelivered } = await batchActivities.reportPage({ batchId, part, batchRun, sequence, rows, report });
    // The coordinator is gone, so further spending would not be counted.
    if (!isDelivered) this.stop();
  }
}
