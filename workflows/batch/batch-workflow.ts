/** The coordinator of a batch: starts pages, divides permits, counts. Items never pass through it. */

import {
  allHandlersFinished,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  sleep,
  startChild,
  upsertMemo,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { toSentence } from '../domain/base/cause';
import { withoutMissing } from '../domain/base/without-missing';
import {
  applyGrant,
  applyPageLeaseReport,
  applyPageReport,
  clearFeedback,
  onPageDied,
} from '../domain/batch/apply-reports';
import { describeBatch } from '../domain/batch/batch-details';
import { BATCH_RUN_MEMO, pageWorkflowId } from '../domain/batch/batch-ids';
import {
  type BatchSchedule,
  closeUnopened,
  describeRows,
  isFinished,
  listUnopenedParts,
  newSchedule,
  returnPart,
  setBlocked,
  sumRest,
  sumTally,
} from '../domain/batch/batch-schedule';
import type { BatchChange, BatchSettings } from '../domain/batch/batch-settings';
import {
  type BatchState,
  countFailures,
  countTotal,
  describeExcessFailures,
  type PauseCause,
  parseMaxFailures,
  type Tolerance,
  toSearchState,
  toStateWord,
} from '../domain/batch/batch-state';
import { countWants, toHolderReport } from '../domain/batch/holder-report';
import {
  BATCH_INPUT_CHECKS,
  findChangeProblems,
  findIdProblems,
  findInputProblems,
  type InputChecks,
} from '../domain/batch/input-checks';
import { isOutOfBudget, sumCommitted, sumSpent } from '../domain/batch/page-funds';
import type { PageGrant, PageLeaseReport, PageReport } from '../domain/batch/page-protocol';
import { type Command, plan } from '../domain/batch/plan';
import { findReasonProblem } from '../domain/batch/settings-checks';
import { EMPTY_TALLY } from '../domain/batch/tally';
import { isIdTaken, refuseInput, refuseProblems } from '../domain/item/application-failure';
import type { PlainRow } from '../domain/item/item';
import { type AccountGrant, DEFAULT_ACCOUNT, type HolderReport } from '../domain/leases/governor-protocol';
import { sumUsage } from '../domain/leases/lease';
import { describeExhaustion } from '../domain/money/batch-budget';
import { type Allowance, NO_BUDGET } from '../domain/money/spending';
import {
  type BatchInput,
  batchRunSignal,
  batchStateQuery,
  type CarriedBatch,
  COUNTS_MEMO,
  cancelUpdate,
  DEFAULT_PATIENCE_MS,
  grantSignal,
  MAX_PATIENCE_MS,
  type PageRefusal,
  pageGrantSignal,
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
import { AccountLink } from './governor-link';
import type { imagePipelinePage } from './page-workflow';

/** Silence after which a page is checked, in ms. */
const SILENCE_MS = 60_000;
/** First retry interval when a page's workflow id is taken, in ms. */
const FIRST_OPENING_GAP_MS = 2_000;
const MAX_OPENING_GAP_MS = 60_000;
/** Retry interval of a page that could not start, in ms. */
const BLOCKED_MS = 15_000;
/** Interval between two checks, in ms. A workflow whose tasks fail at both cannot process the cancellation. */
const STUCK_LOOK_MS = 10_000;
/** Maximum parts cancelled by one activity. */
const MAX_PARTS_PER_CALL = 20;

/** One check per field; the type makes the list complete. */
const CHECKS: Readonly<Record<keyof BatchInput, InputChecks[string]>> = BATCH_INPUT_CHECKS;

/**
 * Runs a planned batch to its end. Completes with its final state, whatever the outcomes of its items.
 *
 * @throws ApplicationFailure `INPUT_INVALID` with every problem of the input
 */
export async function imagePipelineBatch(input: BatchInput): Promise<BatchState> {
  refuseProblems([...findIdProblems(workflowInfo().workflowId), ...findInputProblems(CHECKS, input)]);
  const batch = new Batch(input.rows === undefined ? input : await withStoredRows(input, input.rows));
  batch.listen();
  return batch.run();
}

/**
 * Writes passed rows to the store, even if the batch is cancelled meanwhile: it then records each of them as
 * cancelled.
 */
async function withStoredRows({ rows: _passed, ...input }: BatchInput, rows: readonly PlainRow[]): Promise<BatchInput> {
  const { workflowPerImage, concurrency, weight, prices, maxFailures, onTooManyFailures, deadlineMs, items } = input;
  const all = { workflowPerImage, concurrency, weight, prices, maxFailures, onTooManyFailures, deadlineMs };
  const settings: BatchSettings = { ...withoutMissing(all), items };
  const write = () => batchActivities.storeRows({ batchId: workflowInfo().workflowId, rows, settings });
  return { ...input, ...(await CancellationScope.nonCancellable(write)) };
}

class Batch {
  private readonly id = workflowInfo().workflowId;
  private readonly startedAt: string;
  private readonly batchRun: string;
  private readonly link: AccountLink;
  private schedule: BatchSchedule;
  private tolerance: Tolerance;
  private weight: number;
  private reason: string | null;
  private pausedBy: PauseCause | null;
  private finishedAt: string | null = null;
  private shownState: BatchState['state'] | null = null;
  private dirty = true;
  /** What the batch waits for while it runs; `null` if nothing. */
  private trouble: string | null = null;
  /** Time of the last report of each open page, in ms since the epoch. */
  private readonly lastSeenAt = new Map<number, number>();
  private readonly dead = new Set<number>();
  /** Run id of the newest page per part: a page that returned its part may close after the next one started. */
  private readonly pages = new Map<number, string>();
  /** Parts whose page is being started. */
  private readonly opening = new Set<number>();
  /** Messages to pages in flight; continue-as-new would lose them. */
  private sending = 0;

  constructor(private readonly input: BatchInput) {
    const { carried, maxFailures, account, prices = {}, base = EMPTY_TALLY } = input;
    const price = Math.max(0, ...Object.values(prices));
    const budget = { ...NO_BUDGET, ...input.budget };
    this.schedule = carried?.schedule ?? newSchedule({ ...input, budget, price });
    this.tolerance = carried?.tolerance ?? {
      limit: parseMaxFailures(maxFailures ?? ''),
      forgiven: countFailures(base),
    };
    this.weight = carried?.weight ?? input.weight ?? 1;
    this.reason = carried?.reason ?? null;
    this.pausedBy = carried?.pausedBy ?? null;
    this.startedAt = carried?.startedAt ?? new Date().toISOString();
    this.batchRun = carried?.run ?? uuid4();
    this.link = new AccountLink(account ?? DEFAULT_ACCOUNT, carried?.lastReport);
  }

  listen(): void {
    setHandler(batchStateQuery, () => this.state(), { description: 'State and counts of the batch' });
    setHandler(pageReportSignal, (report, run) => this.applyReport(report, run), {
      description: 'From the pages of the batch',
    });
    setHandler(pageLeaseReportSignal, (report, run) => this.applyLeaseReport(report, run), {
      description: 'From the pages of the batch',
    });
    setHandler(pageRefusalSignal, (refusal, run) => this.takeBack(refusal, run), {
      description: 'From pages that could not start',
    });
    setHandler(grantSignal, (grant) => this.applyGrant(grant), { description: 'From the governor of the account' });
    setHandler(reRegisterSignal, () => this.reRegister(), {
      description: 'From a new governor that requests registrations',
    });
    setHandler(pauseUpdate, (reason: string) => this.pause(reason || 'paused by request', 'request'), {
      description: 'Stops new submissions; jobs in flight are collected. Takes a reason.',
      validator: (reason: unknown) => {
        refuseInput('reason', findReasonProblem(reason));
        this.refuseIfEnding();
      },
    });
    setHandler(resumeUpdate, () => this.resume(), {
      description: 'Resumes after a pause; failures so far no longer count towards the limit.',
      validator: () => this.refuseIfEnding(),
    });
    setHandler(cancelUpdate, () => this.cancel('cancelled by request'), {
      description: 'Stops new submissions; jobs in flight are collected, because they are paid.',
    });
    setHandler(setBatchUpdate, (change) => this.set(change), {
      description: 'Changes limits, for example { "concurrency": 8, "maxFailures": "5%", "weight": 2 }.',
      validator: (change) => refuseProblems(findChangeProblems(change, this.schedule.price > 0)),
    });
  }

  /** Cancelling the workflow has the same effect as the update. */
  run(): Promise<BatchState> {
    const { cancelRequested } = CancellationScope.current();
    return CancellationScope.nonCancellable(() => {
      // Subscribed inside the non-cancellable scope: a cancelled scope could not signal the pages.
      cancelRequested.catch(() => this.cancel('cancelled by request'));
      return this.runToItsEnd();
    });
  }

  private async runToItsEnd(): Promise<BatchState> {
    // Set before any page starts, because pages check that this run exists.
    upsertMemo({ [BATCH_RUN_MEMO]: this.batchRun });
    if (this.schedule.isBlocked) this.unblockLater();
    const watching = new CancellationScope();
    const watches = [
      this.watchSilence(),
      this.watchStuckWorkflows(),
      this.watchDeadline(),
      this.watchAccount(),
      this.watchGovernor(),
    ];
    void watching.run(() => Promise.all(watches)).catch(ignoreCancellation);
    await this.untilFinished();
    watching.cancel();
    this.finishedAt = new Date().toISOString();
    this.publishState();
    await this.deregister();
    await condition(allHandlersFinished);
    return this.state();
  }

  private async untilFinished(): Promise<void> {
    for (;;) {
      await condition(() => this.dirty);
      this.dirty = false;
      await this.applyPlan();
      this.publishState();
      if (isFinished(this.schedule)) return;
      if (workflowInfo().continueAsNewSuggested && !this.dirty) await this.rollOver();
    }
  }

  /** Writes the memo, which lists read instead of querying every batch. */
  private publishState(): void {
    const state = this.state();
    setCurrentDetails(describeBatch(state));
    if (state.state === this.shownState) return;
    this.shownState = state.state;
    upsertMemo({ [STATE_MEMO]: state.state, [COUNTS_MEMO]: { total: state.total, ...state.tally.counts } });
    showState(toSearchState(state));
  }

  /** Applies what follows from the messages since the last call. */
  private async applyPlan(): Promise<void> {
    await this.closeDeadPages();
    this.checkFailures();
    this.checkBudget();
    if (this.schedule.control === 'cancelling') await this.cancelUnopened();
    const { schedule, commands } = plan(this.schedule);
    this.schedule = schedule;
    await Promise.all(commands.map((command) => this.carryOut(command)));
  }

  private async carryOut(command: Command): Promise<void> {
    const { part, grant } = command;
    if (command.do === 'send-grant') return this.opening.has(part) ? undefined : this.sendGrant(part, grant);
    this.lastSeenAt.set(part, Date.now());
    // A page that is still starting receives its grant once it exists.
    this.opening.add(part);
    if (await this.startPage(part, grant)) this.opening.delete(part);
    else void this.openWhenFree(part);
  }

  /** Runs in the background: a page of an earlier run may still hold the id. */
  private async openWhenFree(part: number): Promise<void> {
    for (let waitMs = FIRST_OPENING_GAP_MS; ; waitMs = Math.min(MAX_OPENING_GAP_MS, waitMs * 2)) {
      const wasLastSeenAt = this.lastSeenAt.get(part);
      // A page started by this run is adopted once it reports.
      const hasReported = () => this.lastSeenAt.get(part) !== wasLastSeenAt;
      const isAdopted = await condition(hasReported, waitMs, {
        summary: `until the page of part ${part} can be started`,
      });
      const grant = this.findGrant(part);
      if (grant === null || isAdopted || (await this.startPage(part, grant))) break;
    }
    this.opening.delete(part);
    const newest = this.findGrant(part);
    if (newest !== null) await this.sendGrant(part, newest);
  }

  /** The newest grant of an open page. */
  private findGrant(part: number): PageGrant | null {
    return this.schedule.open.find((page) => page.part === part)?.lastGrant ?? null;
  }

  /** Returns whether the page was started. If not, asks the page that holds the id to give it up. */
  private async startPage(part: number, grant: PageGrant): Promise<boolean> {
    const {
      rowsHash,
      store,
      items,
      prices = {},
      account = DEFAULT_ACCOUNT,
      workflowPerImage = false,
      patienceMs = DEFAULT_PATIENCE_MS,
    } = this.input;
    const { id: batchId, batchRun } = this;
    const previousRun = this.schedule.open.find((page) => page.part === part)?.previousRun;
    const more = { ...(previousRun === undefined ? {} : { previousRun }), ...(store === undefined ? {} : { store }) };
    try {
      const child = await startChild<typeof imagePipelinePage>('imagePipelinePage', {
        workflowId: pageWorkflowId(batchId, part),
        // A page outlives the run that started it; the next run of the coordinator receives its reports.
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: describeRows(this.schedule, part),
        args: [
          {
            batchId,
            batchRun,
            part,
            rowsHash,
            grant,
            items,
            prices,
            account,
            workflowPerImage,
            patienceMs,
            ...more,
          },
        ],
      });
      const isCurrent = () => this.pages.get(part) === child.firstExecutionRunId;
      this.pages.set(part, child.firstExecutionRunId);
      void child.result().then(
        () => isCurrent() && this.onPageEnded(part),
        () => isCurrent() && this.onPageEnded(part),
      );
      return true;
    } catch (error) {
      if (!isIdTaken(error)) throw error;
      await getExternalWorkflowHandle(pageWorkflowId(batchId, part)).signal(batchRunSignal, batchRun).catch(ignoreGone);
      return false;
    }
  }

  /** A page's last report comes before its close, so a closed page that is still listed died. */
  private onPageEnded(part: number): void {
    if (!this.schedule.open.some((page) => page.part === part)) return;
    this.dead.add(part);
    this.dirty = true;
  }

  private applyReport(report: PageReport, run: string): void {
    if (run !== this.batchRun) return;
    this.schedule = applyPageReport(this.schedule, report);
    this.trouble = null;
    this.lastSeenAt.set(report.part, Date.now());
    this.dirty = true;
  }

  /** Takes a part back; nothing of it was submitted. Retries later unless the reason is permanent. */
  private takeBack({ part, run, reason, isPermanent }: PageRefusal, batchRun: string): void {
    if (batchRun !== this.batchRun) return;
    this.schedule = returnPart(this.schedule, { part, run });
    // The page's later close must not be attributed to the next page of the part.
    if (this.pages.get(part) === run) this.pages.delete(part);
    this.dirty = true;
    if (reason === null || this.schedule.control !== 'running') return;
    if (isPermanent) this.pause(`a page cannot start: ${reason}`, 'store');
    else this.waitForStore(reason);
  }

  private waitForStore(reason: string): void {
    this.trouble = `a page cannot start and will be retried: ${reason}`;
    if (this.schedule.isBlocked) return;
    this.schedule = setBlocked(this.schedule, true);
    this.unblockLater();
  }

  private unblockLater(): void {
    void sleep(BLOCKED_MS, { summary: 'retry starting a page' }).then(() => {
      this.schedule = setBlocked(this.schedule, false);
      this.dirty = true;
    });
  }

  private applyLeaseReport(report: PageLeaseReport, run: string): void {
    if (run !== this.batchRun) return;
    this.schedule = applyPageLeaseReport(this.schedule, report);
    this.lastSeenAt.set(report.part, Date.now());
    this.dirty = true;
  }

  private applyGrant(grant: AccountGrant): void {
    this.link.applyGrant(grant);
    this.schedule = applyGrant(this.schedule, grant);
    this.dirty = true;
  }

  private async closeDeadPages(): Promise<void> {
    const { rowsHash } = this.input;
    for (const part of [...this.dead]) {
      this.dead.delete(part);
      const page = this.schedule.open.find((open) => open.part === part);
      if (page === undefined) continue;
      const { size, previousRun } = page;
      const begun = previousRun === undefined ? {} : { run: previousRun };
      const tally = await batchActivities.closeDeadPage({ batchId: this.id, part, rowsHash, size, ...begun });
      this.schedule = onPageDied(this.schedule, part, tally);
    }
  }

  private checkFailures(): void {
    const { control } = this.schedule;
    if (control !== 'running') return;
    const reason = describeExcessFailures(this.schedule, this.tolerance);
    if (reason === null) return;
    if (this.input.onTooManyFailures === 'cancel') this.cancel(reason);
    else this.pause(reason, 'failures');
  }

  private checkBudget(): void {
    if (!isOutOfBudget(this.schedule)) return;
    const { budget, price } = this.schedule;
    this.pause(describeExhaustion(budget, sumCommitted(this.schedule), price) ?? 'the budget is used up', 'budget');
  }

  private async cancelUnopened(): Promise<void> {
    const { rowsHash } = this.input;
    for (;;) {
      const chunk = listUnopenedParts(this.schedule, MAX_PARTS_PER_CALL);
      if (chunk.length === 0) return;
      const tally = await batchActivities.cancelParts({ batchId: this.id, rowsHash, parts: chunk });
      // Pages may have closed meanwhile, so the tally is added to the current state.
      this.schedule = closeUnopened(this.schedule, chunk, tally);
    }
  }

  private pause(reason: string, cause: PauseCause): BatchState {
    this.pausedBy = cause;
    return this.control('paused', reason);
  }

  private resume(): BatchState {
    this.tolerance = { ...this.tolerance, forgiven: countFailures(sumTally(this.schedule)) };
    this.pausedBy = null;
    return this.control('running', null);
  }

  private cancel(reason: string): BatchState {
    if (this.schedule.control === 'cancelling') return this.state();
    this.pausedBy = null;
    return this.control('cancelling', reason);
  }

  private control(control: BatchSchedule['control'], reason: string | null): BatchState {
    this.schedule = { ...this.schedule, control };
    this.reason = reason;
    this.dirty = true;
    return this.state();
  }

  private set({ concurrency, maxFailures, budget, weight }: BatchChange): BatchState {
    if (concurrency !== undefined) this.schedule = { ...this.schedule, concurrency };
    if (weight !== undefined) this.weight = weight;
    if (maxFailures !== undefined) {
      this.tolerance = {
        limit: parseMaxFailures(maxFailures),
        forgiven: countFailures(this.input.base ?? EMPTY_TALLY),
      };
    }
    this.dirty = true;
    return budget === undefined ? this.state() : this.setBudget(budget);
  }

  /** Resumes the batch if the new budget is sufficient. */
  private setBudget(change: Partial<Allowance>): BatchState {
    const budget = { ...this.schedule.budget, ...change };
    this.schedule = { ...this.schedule, budget };
    const isEnough = describeExhaustion(budget, sumSpent(this.schedule), this.schedule.price) === null;
    return this.pausedBy === 'budget' && isEnough ? this.resume() : this.state();
  }

  private refuseIfEnding(): void {
    if (this.schedule.control === 'cancelling')
      refuseInput('the batch', 'is being cancelled and can no longer be paused or resumed');
  }

  /** A page that has just closed cannot receive the grant; its close is handled elsewhere. */
  private async sendGrant(part: number, grant: PageGrant): Promise<void> {
    this.sending += 1;
    try {
      await getExternalWorkflowHandle(pageWorkflowId(this.id, part)).signal(pageGrantSignal, grant);
    } catch (error) {
      if (isCancellation(error)) throw error;
      this.lastSeenAt.set(part, 0);
    } finally {
      this.sending -= 1;
    }
  }

  /** Reports to the governor, one message at a time. */
  private async watchAccount(): Promise<void> {
    for (;;) {
      await condition(() => this.link.shouldReport(this.accountReport(false), this.schedule.grant));
      const report = this.accountReport(false);
      this.schedule = clearFeedback(this.schedule);
      await this.link.report(report, this.schedule.grant);
    }
  }

  /**
   * Checks that the governor is alive while the batch waits: a waiting batch would not notice that an operator
   * terminated it.
   */
  private async watchGovernor(): Promise<void> {
    const isWaiting = () => countWants(this.schedule) > 0 && sumUsage(this.schedule.open).held === 0;
    for (;;) {
      await condition(isWaiting);
      let patienceMs = this.input.patienceMs ?? DEFAULT_PATIENCE_MS;
      while (!(await condition(() => !isWaiting(), patienceMs, { summary: 'time without a permit' }))) {
        this.link.reRegister();
        patienceMs = Math.min(MAX_PATIENCE_MS, patienceMs * 2);
      }
    }
  }

  /** The governor lost its state, so its next grant counts whatever its number. */
  private reRegister(): void {
    this.link.reRegister();
  }

  private async deregister(): Promise<void> {
    await condition(() => !this.link.isReporting);
    await this.link.report(this.accountReport(true), this.schedule.grant);
  }

  private accountReport(leaving: boolean): HolderReport {
    return { ...toHolderReport(this.schedule, leaving), holder: this.id, weight: this.weight };
  }

  /** Checks silent pages: a page started by an earlier run does not report its death to this one. */
  private async watchSilence(): Promise<void> {
    for (;;) {
      await condition(() => sumUsage(this.schedule.open).held > 0 || this.waitsForPages());
      await sleep(SILENCE_MS, { summary: 'check silent pages' });
      const silent = this.schedule.open
        .map(({ part }) => part)
        .filter((part) => Date.now() - (this.lastSeenAt.get(part) ?? 0) >= SILENCE_MS);
      if (silent.length === 0) continue;
      const dead = await batchActivities.findDeadPages({ batchId: this.id, parts: silent });
      for (const part of dead) this.onPageEnded(part);
    }
  }

  private waitsForPages(): boolean {
    const { control, open } = this.schedule;
    return control === 'cancelling' && open.length > 0;
  }

  /**
   * Terminates workflows whose tasks keep failing; otherwise a cancellation would never end. Their jobs in flight are
   * lost in any case.
   */
  private async watchStuckWorkflows(): Promise<void> {
    let suspects: readonly string[] = [];
    for (;;) {
      await condition(() => this.waitsForPages());
      await sleep(STUCK_LOOK_MS, { summary: 'check workflows whose tasks fail' });
      const parts = this.schedule.open.map(({ part }) => part);
      if (parts.length === 0) continue;
      const stuck = await batchActivities.findStuckWorkflows({ batchId: this.id, parts });
      const ended = stuck.filter((id) => suspects.includes(id));
      suspects = stuck;
      if (ended.length === 0) continue;
      await batchActivities.endWorkflows(ended);
      for (const part of parts.filter((one) => ended.includes(pageWorkflowId(this.id, one)))) {
        // A page of an earlier run frees its id for the page that waits for it.
        if (!this.opening.has(part)) this.onPageEnded(part);
      }
    }
  }

  private async watchDeadline(): Promise<void> {
    const { deadlineMs } = this.input;
    if (deadlineMs === undefined) return;
    await sleep(Math.max(1, Date.parse(this.startedAt) + deadlineMs - Date.now()), {
      summary: 'deadline of the batch',
    });
    this.cancel('the deadline of the batch has passed');
  }

  /** Whether no message to pages or the governor is in flight or due. */
  private isQuiet(): boolean {
    const isTelling = this.sending > 0 || this.opening.size > 0 || this.link.isReporting;
    return (
      !isTelling && !this.link.shouldReport(this.accountReport(false), this.schedule.grant) && allHandlersFinished()
    );
  }

  private async rollOver(): Promise<void> {
    await condition(() => this.isQuiet());
    // Messages received meanwhile are applied first.
    if (this.dirty || !this.isQuiet()) return;
    const { schedule, tolerance, weight, reason, pausedBy, startedAt, batchRun: run } = this;
    const lastReport = this.link.carried;
    const carried: CarriedBatch = { schedule, tolerance, weight, reason, pausedBy, startedAt, run, lastReport };
    await continueWithMemo<typeof imagePipelineBatch>({ ...this.input, carried });
  }

  private state(): BatchState {
    const { schedule, startedAt, finishedAt } = this;
    const { budget, concurrency, grant, open } = schedule;
    const isFree = budget.submissions === null && budget.cost === null;
    return {
      ...this.stateAndReason(),
      total: countTotal(schedule),
      skipped: this.input.skipped ?? 0,
      tally: sumTally(schedule),
      concurrency,
      permits: grant?.permits ?? null,
      // An ended batch is not on hold.
      hold: finishedAt === null ? (grant?.hold ?? null) : null,
      budget: isFree ? null : { allowed: budget, spent: sumSpent(schedule) },
      open: open.map(({ part, tally }) => ({ part, tally })),
      rest: sumRest(schedule),
      startedAt,
      updatedAt: new Date().toISOString(),
      finishedAt,
    };
  }

  /** A hold of the account pauses each of its batches, unless the batch has its own reason. */
  private stateAndReason(): Pick<BatchState, 'state' | 'reason' | 'pausedBy'> {
    const state = toStateWord(this.schedule);
    if (state === 'completed') return { state, reason: null, pausedBy: null };
    const hold = this.schedule.grant?.hold ?? null;
    if (state !== 'paused' || this.schedule.control !== 'running' || hold === null) {
      const trouble = state === 'running' ? this.trouble : null;
      return { state, reason: this.reason ?? trouble, pausedBy: this.pausedBy };
    }
    const why = `${hold.code}. ${toSentence(hold.cause ?? '')}${hold.remedy}`;
    return { state, reason: `the account is held: ${why}`, pausedBy: 'account' };
  }
}

/** Ignores a signal to a page that has just closed. */
function ignoreGone(error: unknown): void {
  if (isCancellation(error)) throw error;
}

function ignoreCancellation(error: unknown): void {
  if (!isCancellation(error)) throw error;
}
