/** A part of a batch: runs its items within the permits it was granted. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { getOwn } from '../domain/base/own-value';
import type { PageItem, PageStep } from '../domain/batch/activity-contract';
import { batchItemsFolder } from '../domain/batch/batch-ids';
import { findInputProblems, type InputChecks, PAGE_INPUT_CHECKS } from '../domain/batch/input-checks';
import { PageItems } from '../domain/batch/page-items';
import { RunningPage } from '../domain/batch/running-page';
import { EMPTY_TALLY, toSpending } from '../domain/batch/tally';
import { refuseProblems } from '../domain/item/application-failure';
import type { JobCallback } from '../domain/item/callback';
import type { Item, PartReference, RequestSource } from '../domain/item/item';
import { countSubmissions, type ItemRecord, NEW_RECORD, newRescue } from '../domain/item/item-record';
import { unpackRecord } from '../domain/item/packed-record';
import { DEFAULT_ACCOUNT } from '../domain/leases/governor-protocol';
import { getOperationRow } from '../domain/operations/operations';
import { CallbackInbox } from '../item/callback-inbox';
import { runItem } from '../item/run-item';
import {
  batchRunSignal,
  type CarriedPage,
  jobAcceptedSignal,
  jobCallbackSignal,
  type PageInput,
  pageGrantSignal,
  pageTallyQuery,
} from '../messages';
import { continueWithMemo } from '../temporal/continue-with-memo';
import { batchActivities } from './batch-activities';
import { ItemWorkflows } from './item-workflows';
import { loadAgain, loadFirst } from './load-page';
import { PageReports } from './page-reports';

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
  private readonly page: RunningPage;
  private readonly reports: PageReports;
  private readonly callbacks: CallbackInbox;
  /** Keys of items that belong to another run of the page. */
  private readonly superseded: string[] = [];
  private readonly calls: ItemWorkflows | undefined;

  constructor(private readonly input: PageInput) {
    const { carried, grant } = input;
    this.page = new RunningPage(grant, carried, {
      now: () => Date.now(),
      wakeIn: (ms) => void sleep(ms, { summary: 'pace' }).then(() => this.page.permits.onWake()),
    });
    this.reports = new PageReports(this.page, input);
    this.callbacks = new CallbackInbox(workflowInfo().firstExecutionRunId, carried?.callbacks);
    this.calls = input.workflowPerImage ? new ItemWorkflows(input.batchId) : undefined;
  }

  listen(): void {
    const { page } = this;
    setHandler(pageTallyQuery, () => page.items.tally(), { description: 'Counts of the items of this page' });
    const onCallback = (callback: JobCallback) => {
      this.callbacks.receive(callback);
      this.calls?.onCallback(callback);
    };
    setHandler(jobCallbackSignal, onCallback, { description: 'From the gateway: the callback of a job' });
    setHandler(jobAcceptedSignal, (item) => this.calls?.onAccepted(item), {
      description: 'From the workflow of an item: its job was accepted',
    });
    setHandler(pageGrantSignal, (grant) => page.applyGrant(grant));
    const isOwn = (run: string | null) => run === null || run === this.input.batchRun;
    setHandler(batchRunSignal, (run) => (isOwn(run) ? page.items.touch() : page.stop()), {
      description:
        'From a later run of the batch that needs the id of this page, or from a client that waits for its end',
    });
  }

  stop(): void {
    this.page.stop();
  }

  async run(): Promise<void> {
    const { page, reports } = this;
    const loaded = await this.load();
    if (loaded === null) return;
    const { items, isBegunElsewhere } = loaded;
    if (isBegunElsewhere) return this.closeAll(items);
    const { carried } = this.input;
    const open = items
      .map((item, index) => ({ ...item, index }))
      .filter(({ key }) => !carried || Object.hasOwn(carried.records, key));
    for (const item of open) page.items.add(item.key, this.findRecord(item), this.toItem(item).steps);
    const all = Promise.all(open.map((item) => this.runItem(item))).then(async () => {
      if (this.superseded.length > 0) await this.close(this.superseded);
      page.isFinished = true;
    });
    void reports.reportFeedback();
    while (!page.isFinished) {
      await reports.reportUntilFinished(() => this.isQuiet());
      await this.rollOver();
    }
    await all;
    await reports.report();
    await condition(allHandlersFinished);
  }

  /** Returns `null` if the page has nothing to run; its batch knows why. */
  private async load() {
    const { input, page } = this;
    if (input.carried === undefined) return loadFirst(input, page.stopped);
    const loaded = await loadAgain(input, page.stopped);
    if (loaded === null) await this.reports.reportLost();
    return loaded;
  }

  private get part(): PartReference {
    const { batchId, part, rowsHash } = this.input;
    return { batchId, part, rowsHash };
  }

  /** Closes all items by the store's records: an item without a recorded outcome may have been submitted. */
  private async closeAll(items: readonly PageItem[]): Promise<void> {
    this.page.items = new PageItems(EMPTY_TALLY);
    await this.close(items.map(({ key }) => key));
    this.page.isFinished = true;
    await this.reports.report();
    await condition(allHandlersFinished);
  }

  private async close(keys: readonly string[]): Promise<void> {
    const { page } = this;
    page.sequence += 1;
    const { sequence } = page;
    const { prices } = this.input;
    page.items.close(keys, await batchActivities.closeItems({ ...this.part, keys, sequence, prices }));
  }

  private findRecord({ key, jobId, afterFetch, finished = [] }: PageItem): ItemRecord {
    const packed = getOwn(this.input.carried?.records ?? {}, key);
    if (packed !== undefined) return unpackRecord(packed);
    const record = jobId === undefined ? NEW_RECORD : newRescue(jobId, Date.now(), afterFetch);
    return { ...record, finished: finished.map((step) => ({ ...step, submissions: [] })) };
  }

  private async runItem(pageItem: PageItem & { readonly index: number }): Promise<void> {
    const { page, callbacks, calls } = this;
    const { key } = pageItem;
    const { account = DEFAULT_ACCOUNT } = this.input;
    const record = this.findRecord(pageItem);
    const report = await runItem(this.toItem(pageItem), {
      permits: page.permits,
      callbacks,
      ...(calls === undefined ? {} : { calls }),
      account,
      observe: (progress, changed) => {
        if (progress.state !== 'ended') page.items.change(key, progress, changed);
      },
      onSuperseded: () => this.superseded.push(key),
      record,
    });
    if (!this.superseded.includes(key)) page.items.end(key, report, pageItem.earlier);
    callbacks.forget(key);
  }

  private toItem({ key, steps, keep, index, ...only }: PageItem & { readonly index: number }): Item {
    const { batchId, items, prices } = this.input;
    const row = { ...this.part, index, pageRun: workflowInfo().runId };
    const toStep = ({ operation, hasFiles }: Pick<PageStep, 'operation' | 'hasFiles'>, source: RequestSource) => ({
      key,
      operation,
      source: { row, ...source },
      price: getOwn(prices, operation) ?? 0,
      ...(hasFiles === undefined ? {} : { hasFiles }),
      folder: batchItemsFolder(batchId),
      deadlineMs: items.deadlineMs,
      jobTimeBudgetMs: items.jobTimeBudgetMs ?? getOperationRow(operation).jobTimeBudgetMs,
    });
    if (steps === undefined) return { key, steps: [toStep(only, {})] };
    const all = steps.map((step) => {
      const last = step === steps.at(-1) ? { isLast: true as const } : {};
      return { ...toStep(step, { step: { id: step.id, ...last } }), id: step.id };
    });
    return { key, steps: all, ...(keep === undefined ? {} : { keep }) };
  }

  /** Whether nothing is in progress that the next run could not take over. */
  private isQuiet(): boolean {
    const { permits, items } = this.page;
    const hasCallback = items.hasCallback((key, submission) => this.callbacks.namesJob(key, submission));
    return permits.held === 0 && items.busy === 0 && !hasCallback && !this.reports.isSending;
  }

  /** Continues as new. Returns if something arrived: nothing may be awaited between the last check and the new run. */
  private async rollOver(): Promise<void> {
    const { page } = this;
    // The last report is sent once, by `run`: a second one could reach a batch that is completing.
    if (page.isFinished) return;
    // Outcomes are not carried over, and more may end while they are reported.
    if (page.items.unreported > 0) await this.reports.report();
    if (page.isFinished || !this.isQuiet() || page.items.unreported > 0) return;
    const tally = page.items.endedTally();
    const spent = toSpending(page.items.tally());
    const records = page.items.records();
    const newest = Object.entries(records).map(([key, record]) => [key, countSubmissions(record)] as const);
    const callbacks = this.callbacks.toCarried(new Map(newest));
    const carried: CarriedPage = { tally, spent, records, callbacks, sequence: page.sequence };
    await continueWithMemo<typeof imagePipelinePage>({ ...this.input, grant: page.grant, carried });
  }
}
