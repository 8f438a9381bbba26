/** Images inside somebody else's workflow: no child, and a worker that hosts our activities. */
import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { newItemCancelled } from '../domain/item/application-failure';
import {
  type Item,
  type ItemProgress,
  type ItemReport,
  type RequestFields,
  SINGLE_ITEMS_FOLDER,
} from '../domain/item/item';
import { checkId } from '../domain/item/item-name';
import { NEW_RECORD } from '../domain/item/item-record';
import { ANY_RUN } from '../domain/item/submission-record';
import { DEFAULT_ACCOUNT, governorWorkflowId, toItemReport } from '../domain/leases/governor-protocol';
import type { OperationName } from '../domain/operations/operations';
import { grantSignal, holderReportSignal, jobCallbackSignal } from '../messages';
import { CallbackInbox } from './callback-inbox';
import { toItemTerms } from './item-terms';
import { type Observe, runItem } from './run-item';
import { SingleItemPermits } from './single-item-permits';

/** What holds for all images of the workflow. */
export interface InlineItemsOptions {
  /** Whose permits the images need. Default `default`. */
  readonly account?: string;
  /** While the account is held: wait, instead of failing with the code of the hold. Default false. */
  readonly waitWhileHeld?: boolean;
}

/** One image inside one's own workflow. */
export interface InlineItemOptions {
  /** Name of the image and of its file: letters, digits, `.`, `_`, `-`, at most 128. Unique within the account. */
  readonly id: string;
  /** The provider's fields, for instance `{ prompt, width, height }`. */
  readonly request: RequestFields;
  /** Default `generate/image`. */
  readonly operation?: OperationName;
  /** Time for the whole image, in ms. Default 24 h. */
  readonly deadlineMs?: number;
  /** Time for one job, in ms. Default 15 min for images. */
  readonly jobTimeBudgetMs?: number;
  /**
   * Submits an id again whose earlier submissions may have been accepted: this may be a second payment. Default false: the
   * job of an earlier submission is taken over, and nothing is sent if it is not known.
   */
  readonly again?: boolean;
  /** Called whenever the progress has changed. */
  readonly observe?: (progress: ItemProgress) => void;
}

/**
 * To be created once, before the first `await` of the workflow, since it listens to signals. Makes one image at a time,
 * for permits are given to workflows; several at once are what children are for.
 */
export class InlineItems {
  private readonly callbacks = new CallbackInbox(workflowInfo().firstExecutionRunId);
  private readonly account: string;
  private readonly waitWhileHeld: boolean;
  private permits: SingleItemPermits | null = null;
  /** By image: see `ItemRecord`. */
  private readonly calls = new Map<string, number>();

  constructor({ account = DEFAULT_ACCOUNT, waitWhileHeld = false }: InlineItemsOptions = {}) {
    this.account = account;
    this.waitWhileHeld = waitWhileHeld;
    setHandler(grantSignal, (grant) => this.permits?.applyGrant(grant), {
      description: 'From the governor of the account',
    });
    setHandler(jobCallbackSignal, (callback) => this.callbacks.receive(callback), {
      description: 'The job is said to have ended',
    });
  }

  /**
   * Makes an image and gives back its report, whatever its outcome is: look at `outcome` and `code`.
   *
   * @throws ApplicationFailure `INPUT_INVALID` for an id or an operation that cannot be worked with
   * @throws CancelledFailure if the workflow or the scope is cancelled before anything was accepted, with the report in its
   *   details. A job in flight is waited for, since it is paid: the report then is that of the job
   */
  async run(options: InlineItemOptions): Promise<ItemReport> {
    const item = toItem(options);
    // Conditions that become true at once go on at once, so each looks again.
    while (this.permits !== null) await condition(() => this.permits === null);
    const permits = new SingleItemPermits(this.account, this.waitWhileHeld);
    this.permits = permits;
    try {
      const { observe: notify = () => undefined, again = false } = options;
      const observe: Observe = (progress, { calls }) => {
        this.calls.set(item.key, calls);
        notify(progress);
      };
      // Counted on, a call follows those before it; counted anew, it takes over what they have left.
      const record = again ? { ...NEW_RECORD, calls: this.calls.get(item.key) ?? 0 } : NEW_RECORD;
      const journal = again ? { supersedes: ANY_RUN } : {};
      CancellationScope.current().cancelRequested.catch(() => permits.stop());
      // Its job in flight is paid, so a cancellation waits for it.
      return await CancellationScope.nonCancellable(async () => {
        const report = await runItem(item, { observe, permits, callbacks: this.callbacks, record, journal });
        if (report.outcome !== 'succeeded') await this.deregister();
        if (report.outcome === 'cancelled' && permits.isOver) throw newItemCancelled(report);
        return report;
      });
    } finally {
      this.callbacks.forget(item.key);
      this.permits = null;
    }
  }

  /** The governor takes back what a workflow held when it ends, but this one goes on. */
  private async deregister(): Promise<void> {
    const report = { ...toItemReport(workflowInfo().workflowId), wants: 0, leaving: true };
    try {
      await getExternalWorkflowHandle(governorWorkflowId(this.account)).signal(holderReportSignal, report);
    } catch (error) {
      // A governor that is gone has nothing to be told.
      if (isCancellation(error)) throw error;
    }
  }
}

function toItem({ id, request, ...options }: InlineItemOptions): Item {
  const terms = toItemTerms(options);
  return { key: checkId(id), ...terms, source: { request }, folder: SINGLE_ITEMS_FOLDER };
}
