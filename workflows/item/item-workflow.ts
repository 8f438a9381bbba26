/** A single item as a workflow; its workflow id is the caller's id. */
import {
  CancellationScope,
  condition,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { withoutMissing } from '../domain/base/without-missing';
import {
  findIdProblems,
  findInputProblems,
  findSourceProblems,
  type InputChecks,
  ITEM_INPUT_CHECKS,
} from '../domain/batch/input-checks';
import type { JournalRecipe } from '../domain/item/activity-contract';
import { newItemCancelled, newItemFailure, refuseProblems } from '../domain/item/application-failure';
import type { Item, ItemProgress, ItemReport, ItemState } from '../domain/item/item';
import { describeItem, describeProgress } from '../domain/item/item-details';
import { toItemOccurrence } from '../domain/item/item-notice';
import {
  countSubmissions,
  type ItemRecord,
  NEW_RECORD,
  newClaimedRescue,
  toProgress,
} from '../domain/item/item-record';
import { packRecord, unpackRecord } from '../domain/item/packed-record';
import { listReachedSteps, type SingleItemProgress } from '../domain/item/step-report';
import { DEFAULT_ACCOUNT } from '../domain/leases/governor-protocol';
import { toEvent } from '../domain/notifications/notification';
import { toReceiver } from '../domain/notifications/notify-options';
import {
  type CarriedItem,
  cancelNowUpdate,
  grantSignal,
  type ItemInput,
  itemProgressQuery,
  jobCallbackSignal,
  NOTIFY_MEMO,
  REPORT_MEMO,
} from '../messages';
import { startNotification } from '../notifications/start-notification';
import { continueWithMemo } from '../temporal/continue-with-memo';
import { showState } from '../temporal/search-attributes';
import { CallbackInbox } from './callback-inbox';
import type { Observe } from './item-context';
import { toSingleItem } from './item-terms';
import { openItem } from './open-item';
import { resolveWork } from './resolve-inputs';
import { runItem } from './run-item';
import { SingleItemPermits } from './single-item-permits';

/** One check per field; the type makes the list complete. */
const CHECKS: Readonly<Record<keyof ItemInput, InputChecks[string]>> = ITEM_INPUT_CHECKS;

/**
 * Runs one item. Completes with its report; fails with the item's code as the failure's type, or ends as cancelled,
 * both with the report in the failure's details. A cancellation stops submissions and collects the job in flight, which
 * is paid; the item then ends as that job does.
 */
export async function imagePipelineItem(input: ItemInput): Promise<ItemReport> {
  // A workflow started by hand may have no input.
  const given = (input as ItemInput | undefined) ?? {};
  checkInput(given);
  const image = new SingleItem(toItem(given), given);
  image.listen();
  CancellationScope.current().cancelRequested.catch(() => image.stop());
  const { notify } = given;
  if (notify !== undefined) upsertMemo({ [NOTIFY_MEMO]: toReceiver(notify) });
  const report = await CancellationScope.nonCancellable(() => image.run());
  setCurrentDetails(describeItem(report));
  showState(report.outcome, report.code);
  if (notify !== undefined) await notifyOfEnd(notify, report);
  if (report.outcome === 'succeeded') return report;
  if (report.outcome !== 'cancelled' || !image.isStopped) throw newItemFailure(report);
  // A cancelled workflow has no failure that could carry the report.
  upsertMemo({ [REPORT_MEMO]: report });
  throw newItemCancelled(report);
}

async function notifyOfEnd(url: string, report: ItemReport): Promise<void> {
  // The same after a continue-as-new, another one when the item runs again.
  const { workflowId: id, firstExecutionRunId: run } = workflowInfo();
  const event = toEvent(toItemOccurrence(id, run, report), run, 1, new Date().toISOString());
  await startNotification(url, { kind: 'item', id }, event);
}

/** States with nothing in progress that the next run could not take over. */
const IDLE_STATES: readonly ItemState[] = ['waiting', 'retrying', 'awaiting-callback'];

class SingleItem {
  private readonly permits: SingleItemPermits;
  private readonly callbacks: CallbackInbox;
  /** Scope of the job reads. Cancelling it abandons the jobs. */
  private readonly collecting = new CancellationScope({
    cancellable: true,
    parent: new CancellationScope({ cancellable: false }),
  });
  /** Scope of the search for the results that its request names. */
  private readonly resolving = new CancellationScope({
    cancellable: true,
    parent: new CancellationScope({ cancellable: false }),
  });
  private record: ItemRecord;
  private recipe: JournalRecipe | undefined;
  private progress: ItemProgress;

  constructor(
    private item: Item,
    private input: ItemInput,
  ) {
    const { account = DEFAULT_ACCOUNT, waitWhileHeld = false, jobId, carried } = input;
    this.permits = new SingleItemPermits(account, waitWhileHeld, carried?.permits);
    this.callbacks = new CallbackInbox(workflowInfo().firstExecutionRunId, carried?.callbacks);
    const first = jobId === undefined ? NEW_RECORD : newClaimedRescue(jobId, Date.now());
    this.record = carried === undefined ? first : unpackRecord(carried.record);
    this.recipe = carried?.recipe;
    this.progress = toProgress(this.record, carried === undefined ? 'submitting' : 'waiting', null);
    if (carried?.isStopped) this.permits.stop();
  }

  listen(): void {
    setHandler(itemProgressQuery, () => this.describe(), { description: 'Progress of the item' });
    setHandler(jobCallbackSignal, (callback) => this.callbacks.receive(callback), {
      description: 'From the gateway: the callback of a job',
    });
    setHandler(cancelNowUpdate, () => this.abandon(), {
      description: 'Ends the item immediately. Its job in flight is abandoned and may be charged.',
    });
    setHandler(grantSignal, (grant) => this.permits.applyGrant(grant), {
      description: 'From the governor of the account',
    });
  }

  get isStopped(): boolean {
    return this.permits.isOver;
  }

  stop(): void {
    this.permits.stop();
    this.resolving.cancel();
  }

  private describe(): SingleItemProgress {
    const steps = listReachedSteps(this.record, this.item.steps);
    return { ...this.progress, cancelRequested: this.isStopped, ...withoutMissing({ steps }) };
  }

  async run(): Promise<ItemReport> {
    const report = (await this.begin()) ?? (await this.runToEnd());
    const operation = this.item.steps.at(-1)?.operation;
    return { ...report, ...withoutMissing({ operation, values: this.input.values }) };
  }

  private async runToEnd(): Promise<ItemReport> {
    let ended: ItemReport | null = null;
    const { record, permits, callbacks, collecting, recipe } = this;
    const { supersedes, supersededJobs, account = DEFAULT_ACCOUNT } = this.input;
    const journal = withoutMissing({ supersedes, supersededJobs, recipe });
    const observe: Observe = (progress, changed) => this.show(progress, changed);
    const made = runItem(this.item, { observe, permits, callbacks, collecting, record, account, journal }).then(
      (report) => {
        ended = report;
      },
    );
    while (ended === null) {
      // A failure ends the wait.
      await Promise.race([made, condition(() => ended !== null || this.mayContinueAsNew())]);
      if (ended === null && this.mayContinueAsNew()) await this.startNextRun();
    }
    return ended;
  }

  /**
   * Prepares the first submission. Returns the report of an item that may not begin. An item that is stopped meanwhile
   * submits nothing, so it needs no inputs.
   */
  private async begin(): Promise<ItemReport | null> {
    try {
      return await this.resolving.run(async () => {
        this.input = await resolveWork(this.input);
        this.item = toItem(this.input);
        return this.open();
      });
    } catch (error) {
      if (this.isStopped && isCancellation(error)) return null;
      throw error;
    }
  }

  /** Takes over the steps that earlier runs have finished. */
  private async open(): Promise<ItemReport | null> {
    const { steps, carried } = this.input;
    if (steps === undefined || carried !== undefined) return null;
    const opened = await openItem(this.item, steps, this.input);
    if ('outcome' in opened) return opened;
    this.recipe = opened.recipe;
    this.record = opened.record;
    return null;
  }

  private show(progress: ItemProgress, record: ItemRecord): void {
    this.progress = progress;
    this.record = record;
    setCurrentDetails(describeProgress(progress));
  }

  private abandon(): void {
    this.stop();
    this.collecting.cancel();
  }

  private mayContinueAsNew(): boolean {
    if (!workflowInfo().continueAsNewSuggested) return false;
    const hasCallback = this.callbacks.namesJob(this.item.key, countSubmissions(this.record));
    return IDLE_STATES.includes(this.progress.state) && this.permits.isIdle && !hasCallback && !this.isAbandoned;
  }

  /** Continues as new: a history is bounded, but the trouble of an account may last. */
  private async startNextRun(): Promise<never> {
    const { permits, isStopped, recipe } = this;
    const callbacks = this.callbacks.toCarried(new Map([[this.item.key, countSubmissions(this.record)]]));
    const record = packRecord(this.record);
    const more = withoutMissing({ recipe });
    const carried: CarriedItem = { record, permits: permits.carried, callbacks, isStopped, ...more };
    return continueWithMemo<typeof imagePipelineItem>({ ...this.input, carried });
  }

  private get isAbandoned(): boolean {
    return this.collecting.consideredCancelled;
  }
}

/** Validates the input, because a workflow may be started by hand in Temporal UI. */
function checkInput(input: ItemInput): void {
  const problems = [...findInputProblems(CHECKS, input), ...findSourceProblems(input)];
  refuseProblems([...findIdProblems(workflowInfo().workflowId), ...problems]);
}

function toItem({ jobId, ...input }: ItemInput): Item {
  return toSingleItem(workflowInfo().workflowId, jobId === undefined ? input : { ...input, request: {} });
}
