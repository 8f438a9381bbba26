/** Items inside a user's workflow: without a child, on a worker that hosts our activities. */

import { CancellationScope, condition, setHandler, workflowInfo } from '@temporalio/workflow';
import { newItemCancelled } from '../domain/item/application-failure';
import {
  type AllFiles,
  type Item,
  type ItemProgress,
  type ItemReport,
  type RequestFields,
  SINGLE_ITEMS_FOLDER,
} from '../domain/item/item';
import { checkId } from '../domain/item/item-name';
import { NEW_RECORD } from '../domain/item/item-record';
import { ANY_RUN } from '../domain/item/journal-entry';
import { withAllFiles } from '../domain/item/result-row';
import { DEFAULT_ACCOUNT, governorWorkflowId, toItemReport } from '../domain/leases/governor-protocol';
import type { OperationName } from '../domain/operations/operations';
import { grantSignal, holderReportSignal, jobCallbackSignal } from '../messages';
import { trySignal } from '../temporal/try-signal';
import { CallbackInbox } from './callback-inbox';
import type { Observe } from './item-context';
import { toItemSource, toItemTerms } from './item-terms';
import { resolveInput } from './resolve-inputs';
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
export interface InlineItemOptions {
  /** Name of the item and its file: at most 128 letters, digits, `.`, `_`, `-`. Unique within the account. */
  readonly id: string;
  /** As those of `executeImage`. */
  readonly request: RequestFields;
  /** Default `generate/image`. */
  readonly operation?: OperationName;
  /** Time limit of the item, in ms. Default 24 h. */
  readonly deadlineMs?: number;
  /** Time after which a job counts as overdue, in ms. Default 15 min. */
  readonly jobTimeBudgetMs?: number;
  /**
   * Submits again although an earlier submission of the id may have been accepted; this may be a second payment. Default
   * false: the job of an earlier submission is taken over, and nothing is sent if that job is unknown.
   */
  readonly again?: boolean;
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
  async run(options: InlineItemOptions): Promise<ItemReport & AllFiles> {
    toItem(options);
    const item = toItem(await resolveInput(options));
    // Several waiters wake at the same time, so each checks again.
    while (this.permits !== null) await condition(() => this.permits === null);
    const permits = new SingleItemPermits(this.account, this.waitWhileHeld);
    this.permits = permits;
    try {
      const { observe: notify = () => undefined, again = false } = options;
      const observe: Observe = (progress, { calls }) => {
        this.calls.set(item.key, calls);
        notify(progress);
      };
      // A call with a continued count follows earlier calls; with a new count it takes over their submissions.
      const record = again ? { ...NEW_RECORD, calls: this.calls.get(item.key) ?? 0 } : NEW_RECORD;
      const journal = again ? { supersedes: ANY_RUN } : {};
      CancellationScope.current().cancelRequested.catch(() => permits.stop());
      // A job in flight is paid, so a cancellation waits for it.
      return await CancellationScope.nonCancellable(async () => {
        const report = await runItem(item, { observe, permits, callbacks: this.callbacks, record, journal });
        if (report.outcome !== 'succeeded') await this.deregister();
        if (report.outcome === 'cancelled' && permits.isOver) throw newItemCancelled(report);
        return withAllFiles(report);
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

function toItem({ id, request, ...options }: InlineItemOptions): Item {
  const terms = toItemTerms(options);
  const key = checkId(id);
  const step = { key, ...terms, ...toItemSource(terms.operation, request), folder: SINGLE_ITEMS_FOLDER, price: 0 };
  return { key, steps: [step] };
}
