/** Items inside a user's workflow: without a child, on a worker that hosts our activities. */

import { CancellationScope, condition, setHandler, workflowInfo } from '@temporalio/workflow';
import { withoutMissing } from '../domain/base/without-missing';
import { newItemCancelled } from '../domain/item/application-failure';
import type { Item, ItemProgress } from '../domain/item/item';
import { checkId } from '../domain/item/item-name';
import { type AgainOptions, type ItemWork, toSuperseded } from '../domain/item/item-options';
import { NEW_RECORD } from '../domain/item/item-record';
import { toWholeReport, type WholeReport } from '../domain/item/result-row';
import { DEFAULT_ACCOUNT, governorWorkflowId, toItemReport } from '../domain/leases/governor-protocol';
import { grantSignal, holderReportSignal, jobCallbackSignal } from '../messages';
import { trySignal } from '../temporal/try-signal';
import { CallbackInbox } from './callback-inbox';
import type { Observe } from './item-context';
import { toSingleItem } from './item-terms';
import { openItem } from './open-item';
import { resolveWork } from './resolve-inputs';
import { runItem } from './run-item';
import { SingleItemPermits } from './single-item-permits';

/** Options for all items of a workflow. */
export interface InlineItemsOptions {
  /** Account whose permits the items use. Default `default`. */
  readonly account?: string;
  /** Whether to wait while the account is held, instead of failing with the code of the hold. Default false. */
  readonly waitWhileHeld?: boolean;
}

/** Options of an item inside a workflow. */
export type InlineItemOptions = InlineTerms & ItemWork;

interface InlineTerms extends AgainOptions {
  /** Name of the item and its file: at most 128 letters, digits, `.`, `_`, `-`. Unique within the account. */
  readonly id: string;
  /** Time limit of the item, in ms; with several steps, of each of them. Default 24 h. */
  readonly deadlineMs?: number;
  /** Time after which a job counts as overdue, in ms. Default: by operation, 15 min for pictures. */
  readonly jobTimeBudgetMs?: number;
  /** Called whenever the progress has changed. */
  readonly observe?: (progress: ItemProgress) => void;
}

/**
 * Runs items inside a workflow. Create it once, before the first `await` of the workflow, because it handles signals.
 * Permits are granted to workflows, so it runs one item at a time; use children for several at once.
 */
export class InlineItems {
  private readonly callbacks = new CallbackInbox(workflowInfo().firstExecutionRunId);
  private readonly account: string;
  private readonly waitWhileHeld: boolean;
  private permits: SingleItemPermits | null = null;
  /** Number of `submitJob` calls by item. */
  private readonly calls = new Map<string, number>();

  constructor({ account = DEFAULT_ACCOUNT, waitWhileHeld = false }: InlineItemsOptions = {}) {
    this.account = account;
    this.waitWhileHeld = waitWhileHeld;
    setHandler(grantSignal, (grant) => this.permits?.applyGrant(grant), {
      description: 'From the governor of the account',
    });
    setHandler(jobCallbackSignal, (callback) => this.callbacks.receive(callback), {
      description: 'From the gateway: the callback of a job',
    });
  }

  /**
   * Runs an item and returns its report for every outcome: check `outcome` and `code`.
   *
   * @throws ApplicationFailure `INPUT_INVALID` for an invalid id, operation, input or time limit
   * @throws CancelledFailure if the workflow or the scope is cancelled before anything was accepted, with the report in
   *   its details. A job in flight is paid, so it is collected, and its report is returned
   */
  async run(options: InlineItemOptions): Promise<WholeReport> {
    toItem(options);
    const journal = toSuperseded(options);
    const work = await resolveWork<InlineItemOptions>(options);
    const item = toItem(work);
    // Several waiters wake at the same time, so each checks again.
    while (this.permits !== null) await condition(() => this.permits === null);
    const permits = new SingleItemPermits(this.account, this.waitWhileHeld);
    this.permits = permits;
    try {
      const opened = work.steps === undefined ? { record: NEW_RECORD } : await openItem(item, work.steps, journal);
      if ('outcome' in opened) return toWholeReport(opened);
      const { observe: notify = () => undefined, allowUnknown = false } = options;
      const observe: Observe = (progress, { calls }) => {
        this.calls.set(item.key, calls);
        notify(progress);
      };
      // A call with a continued count follows earlier calls; with a new count it takes over their submissions.
      const calls = allowUnknown ? (this.calls.get(item.key) ?? 0) : 0;
      const { record, ...recipe } = opened;
      const { callbacks } = this;
      const context = { observe, permits, callbacks, record: { ...record, calls }, journal: { ...journal, ...recipe } };
      CancellationScope.current().cancelRequested.catch(() => permits.stop());
      // A job in flight is paid, so a cancellation waits for it.
      return await CancellationScope.nonCancellable(async () => {
        const report = await runItem(item, context);
        if (report.outcome !== 'succeeded') await this.deregister();
        if (report.outcome === 'cancelled' && permits.isOver) throw newItemCancelled(report);
        return toWholeReport(report);
      });
    } finally {
      this.callbacks.forget(item.key);
      this.permits = null;
    }
  }

  /** The governor reclaims permits of ended workflows, but this one continues. */
  private async deregister(): Promise<void> {
    const report = { ...toItemReport(workflowInfo().workflowId), wants: 0, leaving: true };
    // A missing governor needs no report.
    await trySignal(governorWorkflowId(this.account), holderReportSignal, report);
  }
}

function toItem({ id, operation, request, steps, keep, deadlineMs, jobTimeBudgetMs }: InlineItemOptions): Item {
  return toSingleItem(checkId(id), withoutMissing({ operation, request, steps, keep, deadlineMs, jobTimeBudgetMs }));
}
