/** The coordinator of a batch: starts pages, divides permits, counts. Items never pass through it. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { DEFAULT_DEADLINE_MS } from '../domain/base/defaults';
import { isObject } from '../domain/base/is-object';
import { withoutMissing } from '../domain/base/without-missing';
import type { StoredRows } from '../domain/batch/activity-contract';
import { describeBatch } from '../domain/batch/batch-details';
import { BATCH_RUN_MEMO } from '../domain/batch/batch-ids';
import type { GivenRow } from '../domain/batch/batch-options';
import {
  applyLimits,
  type BatchRecord,
  cancelBatch,
  changeBatch,
  newBatchRecord,
  pauseBatch,
  resumeBatch,
} from '../domain/batch/batch-record';
import { isFinished } from '../domain/batch/batch-schedule';
import type { BatchSettings } from '../domain/batch/batch-settings';
import { type BatchState, toSearchState } from '../domain/batch/batch-state';
import {
  BATCH_INPUT_CHECKS,
  BATCH_ROWS_INPUT_CHECKS,
  findChangeProblems,
  findIdProblems,
  findInputProblems,
  type InputChecks,
} from '../domain/batch/input-checks';
import { RunningBatch } from '../domain/batch/running-batch';
import { findReasonProblem } from '../domain/batch/settings-checks';
import { refuseInput, refuseProblems } from '../domain/item/application-failure';
import type { PlainRow } from '../domain/item/item';
import { DEFAULT_ACCOUNT } from '../domain/leases/governor-protocol';
import { NO_BUDGET } from '../domain/money/spending';
import { toReceiver } from '../domain/notifications/notify-options';
import { DEFAULT_OPERATION } from '../domain/operations/operations';
import { resolveInputs } from '../item/resolve-inputs';
import {
  type BatchInput,
  type BatchRowsInput,
  batchStateQuery,
  type CarriedBatch,
  COUNTS_MEMO,
  cancelUpdate,
  grantSignal,
  NOTIFY_MEMO,
  pageLeaseReportSignal,
  pageRefusalSignal,
  pageReportSignal,
  pauseUpdate,
  reRegisterSignal,
  resumeUpdate,
  STATE_MEMO,
  setBatchUpdate,
} from '../messages';
import { continueWithMemo } from '../temporal/continue-with-memo';
import { showState } from '../temporal/search-attributes';
import { batchActivities } from './batch-activities';
import { BatchNotifier } from './batch-notifier';
import { BatchPages } from './batch-pages';
import { watchDeadline, watchSilence, watchStuckWorkflows } from './batch-watches';
import { AccountLink } from './governor-link';
import type { PageTerms } from './start-page';

/** One check per field; the types make the lists complete. */
const CHECKS: Readonly<Record<keyof BatchInput, InputChecks[string]>> = BATCH_INPUT_CHECKS;
const ROWS_CHECKS: Readonly<Record<keyof BatchRowsInput, InputChecks[string]>> = BATCH_ROWS_INPUT_CHECKS;

/**
 * Runs a batch to its end: of rows in the store, or of rows in the input. Completes with its final state, whatever the
 * outcomes of its items.
 *
 * @throws ApplicationFailure `INPUT_INVALID` with every problem of the input
 */
export async function imagePipelineBatch(input: BatchInput | BatchRowsInput): Promise<BatchState> {
  const isPlanned = isObject(input) && 'parts' in input;
  const problems = findInputProblems(isPlanned ? CHECKS : ROWS_CHECKS, input);
  refuseProblems([...findIdProblems(workflowInfo().workflowId), ...problems]);
  const batch =
    'rows' in input ? new Batch(toBatchInput(input), input.rows.map(withOperation)) : new Batch(input, null);
  batch.listen();
  return batch.run();
}

/** The input of a batch whose rows are not in the store yet. */
function toBatchInput({ rows, items = {}, budget = {}, ...input }: BatchRowsInput): BatchInput {
  return {
    ...input,
    parts: [rows.length],
    rowsHash: NOT_STORED,
    items: { deadlineMs: DEFAULT_DEADLINE_MS, ...withoutMissing(items) },
    budget: { ...NO_BUDGET, ...withoutMissing(budget) },
  };
}

/** Hash of rows that no page reads before they are stored. */
const NOT_STORED = '0';

function withOperation({ key, operation = DEFAULT_OPERATION, request }: GivenRow): PlainRow {
  return { key, operation, request };
}

/** Writes the rows to the store, with the results of earlier items that they name. */
async function storeRows(batchId: string, given: readonly PlainRow[], input: BatchInput): Promise<StoredRows> {
  const { workflowPerImage, concurrency, weight, prices, maxFailures, onTooManyFailures, deadlineMs, items } = input;
  const all = { workflowPerImage, concurrency, weight, prices, maxFailures, onTooManyFailures, deadlineMs };
  const settings: BatchSettings = { ...withoutMissing(all), items };
  const rows = await resolveInputs(given, { nameRequest: (index) => `rows[${index}].request` });
  return batchActivities.storeRows({ batchId, rows, settings });
}

class Batch {
  private readonly id = workflowInfo().workflowId;
  private readonly batchRun: string;
  private readonly batch: RunningBatch;
  private readonly pages: BatchPages;
  private readonly link: AccountLink;
  private readonly notifier: BatchNotifier;
  /** Its input changes once: when rows that were passed on are stored. */
  private readonly terms: PageTerms & { input: BatchInput };
  private shownState: BatchState['state'] | null = null;

  /** @param rows rows that are not in the store yet */
  constructor(
    input: BatchInput,
    private readonly rows: readonly PlainRow[] | null,
  ) {
    const { account = DEFAULT_ACCOUNT, patienceMs, skipped = 0, notStarted } = input;
    const { run, lastReport, notices, ...record } = input.carried ?? newBatch(input);
    this.batchRun = run;
    this.batch = new RunningBatch(record, { skipped, ...withoutMissing({ notStarted }) });
    this.terms = { batchId: this.id, batchRun: run, input };
    this.pages = new BatchPages(this.batch, this.terms);
    this.notifier = new BatchNotifier(this.terms, notices);
    this.link = new AccountLink(this.batch, {
      batchId: this.id,
      account,
      ...withoutMissing({ patienceMs, lastReport }),
    });
  }

  listen(): void {
    setHandler(batchStateQuery, () => this.state(), { description: 'State and counts of the batch' });
    const { pages } = this;
    setHandler(
      pageReportSignal,
      this.ignoreOtherRuns((report) => pages.applyReport(report)),
      {
        description: 'From the pages of the batch',
      },
    );
    setHandler(
      pageLeaseReportSignal,
      this.ignoreOtherRuns((report) => pages.applyLeaseReport(report)),
      {
        description: 'From the pages of the batch',
      },
    );
    setHandler(
      pageRefusalSignal,
      this.ignoreOtherRuns((refusal) => pages.applyRefusal(refusal)),
      {
        description: 'From pages that could not start',
      },
    );
    setHandler(grantSignal, (grant) => this.link.applyGrant(grant), {
      description: 'From the governor of the account',
    });
    setHandler(reRegisterSignal, () => this.link.reRegister(), {
      description: 'From a new governor that requests registrations',
    });
    this.listenToUpdates();
  }

  /** Ignores messages of pages that another run of the batch has opened. */
  private ignoreOtherRuns<M>(apply: (message: M) => void): (message: M, run: string) => void {
    return (message, run) => {
      if (run === this.batchRun) apply(message);
    };
  }

  private listenToUpdates(): void {
    const { batch } = this;
    setHandler(
      pauseUpdate,
      (reason: string) => this.change(pauseBatch(batch.record, reason || 'paused by request', 'request')),
      {
        description: 'Stops new submissions; jobs in flight are collected. Takes a reason.',
        validator: (reason: unknown) => {
          refuseInput('reason', findReasonProblem(reason));
          this.refuseIfEnding();
        },
      },
    );
    setHandler(resumeUpdate, () => this.change(resumeBatch(batch.record)), {
      description: 'Resumes after a pause; failures so far no longer count towards the limit.',
      validator: () => this.refuseIfEnding(),
    });
    setHandler(cancelUpdate, () => this.cancel(), {
      description: 'Stops new submissions; jobs in flight are collected, because they are paid.',
    });
    setHandler(setBatchUpdate, (change) => this.change(changeBatch(batch.record, change, this.terms.input.base)), {
      description: 'Changes limits, for example { "concurrency": 8, "maxFailures": "5%", "weight": 2 }.',
      validator: (change) => refuseProblems(findChangeProblems(change, batch.schedule.price > 0)),
    });
  }

  /** Cancelling the workflow has the same effect as the update. */
  run(): Promise<BatchState> {
    const { cancelRequested } = CancellationScope.current();
    return CancellationScope.nonCancellable(() => {
      // Subscribed inside the non-cancellable scope: a cancelled scope could not signal the pages.
      cancelRequested.catch(() => this.cancel());
      return this.runToItsEnd();
    });
  }

  private async runToItsEnd(): Promise<BatchState> {
    // Also if it is cancelled meanwhile: each row is then recorded as cancelled.
    if (this.rows !== null) {
      this.terms.input = { ...this.terms.input, ...(await storeRows(this.id, this.rows, this.terms.input)) };
    }
    // Set before any page starts, because pages check that this run exists.
    const { notify } = this.terms.input;
    upsertMemo({
      [BATCH_RUN_MEMO]: this.batchRun,
      ...(notify === undefined ? {} : { [NOTIFY_MEMO]: toReceiver(notify) }),
    });
    await this.untilStart();
    if (this.batch.schedule.isBlocked) this.pages.unblockLater();
    // They end with the workflow.
    void Promise.all([
      watchSilence(this.id, this.batch, this.pages),
      watchStuckWorkflows(this.id, this.batch, this.pages),
      watchDeadline(this.batch, this.terms.input.deadlineMs),
      this.link.watchReports(),
      this.link.watchGovernor(),
    ]);
    await this.untilFinished();
    this.batch.finishedAt = new Date().toISOString();
    this.publishState();
    await this.link.deregister();
    await condition(allHandlersFinished);
    await this.notifier.untilStarted();
    return this.state();
  }

  /** Waits for the time that the caller has set. It is not registered with the account meanwhile. */
  private async untilStart(): Promise<void> {
    const { batch } = this;
    const { startAt } = this.terms.input;
    const waitMs = startAt === undefined ? 0 : Date.parse(startAt) - Date.now();
    if (waitMs <= 0 || startAt === undefined) return;
    batch.startsAt = new Date(startAt).toISOString();
    this.publishState();
    await condition(() => batch.schedule.control === 'cancelling', waitMs, { summary: 'start of the batch' });
    batch.startsAt = null;
    batch.change({ ...batch.record, startedAt: new Date().toISOString() });
  }

  private async untilFinished(): Promise<void> {
    for (;;) {
      await condition(() => this.batch.isChanged);
      this.batch.isChanged = false;
      await this.applyChanges();
      this.publishState();
      if (isFinished(this.batch.schedule)) return;
      if (workflowInfo().continueAsNewSuggested && !this.batch.isChanged) await this.rollOver();
    }
  }

  /** Writes the memo, which lists read instead of querying every batch. */
  private publishState(): void {
    const state = this.state();
    setCurrentDetails(describeBatch(state));
    this.notifier.notify(state, this.batch.schedule.control === 'cancelling');
    if (state.state === this.shownState) return;
    this.shownState = state.state;
    upsertMemo({ [STATE_MEMO]: state.state, [COUNTS_MEMO]: { total: state.total, ...state.tally.counts } });
    showState(toSearchState(state));
  }

  /** Applies what follows from the messages since the last call. */
  private async applyChanges(): Promise<void> {
    const { batch, pages } = this;
    await pages.closeDead();
    batch.change(applyLimits(batch.record, this.terms.input.onTooManyFailures));
    if (batch.schedule.control === 'cancelling') await pages.cancelUnopened();
    await pages.applyPlan();
  }

  private cancel(): BatchState {
    return this.change(cancelBatch(this.batch.record, 'cancelled by request'));
  }

  private change(record: BatchRecord): BatchState {
    this.batch.change(record);
    return this.state();
  }

  private refuseIfEnding(): void {
    if (this.batch.schedule.control === 'cancelling')
      refuseInput('the batch', 'is being cancelled and can no longer be paused or resumed');
  }

  /** Whether no message to pages or the governor is in flight or due. */
  private isQuiet(): boolean {
    return !this.pages.isSending && !this.link.isBusy && !this.notifier.isStarting && allHandlersFinished();
  }

  private async rollOver(): Promise<void> {
    await condition(() => this.isQuiet());
    // Messages received meanwhile are applied first.
    if (this.batch.isChanged || !this.isQuiet()) return;
    const { carried: lastReport } = this.link;
    const { carried: notices } = this.notifier;
    const carried: CarriedBatch = { ...this.batch.record, run: this.batchRun, lastReport, notices };
    await continueWithMemo<typeof imagePipelineBatch>({ ...this.terms.input, carried });
  }

  private state(): BatchState {
    return this.batch.toState(new Date().toISOString());
  }
}

type NewBatch = BatchRecord & { readonly run: string; readonly lastReport?: undefined; readonly notices?: undefined };

function newBatch(input: BatchInput): NewBatch {
  return { ...newBatchRecord(input, new Date().toISOString()), run: uuid4() };
}
