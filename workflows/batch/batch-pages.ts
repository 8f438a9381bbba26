/** The pages of a batch: opens them, sends them grants, and closes those that died. */

import { condition, sleep } from '@temporalio/workflow';
import { applyPageLeaseReport, applyPageReport, onPageDied } from '../domain/batch/apply-reports';
import { pageWorkflowId } from '../domain/batch/batch-ids';
import { pauseBatch } from '../domain/batch/batch-record';
import { closeUnopened, listUnopenedParts, returnPart, setBlocked } from '../domain/batch/batch-schedule';
import type { PageGrant, PageLeaseReport, PageReport } from '../domain/batch/page-protocol';
import { type Command, plan } from '../domain/batch/plan';
import type { RunningBatch } from '../domain/batch/running-batch';
import { type PageRefusal, pageGrantSignal } from '../messages';
import { trySignal } from '../temporal/try-signal';
import { batchActivities } from './batch-activities';
import { type Page, type PageTerms, startPage } from './start-page';

/** First retry interval when a page's workflow id is taken, in ms. */
const FIRST_OPENING_GAP_MS = 2_000;
const MAX_OPENING_GAP_MS = 60_000;
/** Retry interval of a page that could not start, in ms. */
const BLOCKED_MS = 15_000;
/** Maximum parts cancelled by one activity. */
const MAX_PARTS_PER_CALL = 20;

export class BatchPages {
  /** Time of the last report of each open page, in ms since the epoch. */
  private readonly lastSeenAt = new Map<number, number>();
  private readonly dead = new Set<number>();
  /** Run id of the newest page per part: a page that returned its part may close after the next one started. */
  private readonly runs = new Map<number, string>();
  /** Parts whose page is being started. */
  private readonly opening = new Set<number>();
  /** Messages to pages in flight; continue-as-new would lose them. */
  private sending = 0;

  constructor(
    private readonly batch: RunningBatch,
    private readonly terms: PageTerms,
  ) {}

  /** Whether a message to a page is in flight. */
  get isSending(): boolean {
    return this.sending > 0 || this.opening.size > 0;
  }

  isOpening(part: number): boolean {
    return this.opening.has(part);
  }

  /** Open parts that have not reported for this time, in ms. */
  listSilent(silenceMs: number): readonly number[] {
    return this.batch.schedule.open
      .map(({ part }) => part)
      .filter((part) => Date.now() - (this.lastSeenAt.get(part) ?? 0) >= silenceMs);
  }

  applyPlan(): Promise<unknown> {
    const { schedule, commands } = plan(this.batch.schedule);
    this.batch.schedule = schedule;
    return Promise.all(commands.map((command) => this.carryOut(command)));
  }

  private async carryOut(command: Command): Promise<void> {
    const { part, grant } = command;
    if (command.do === 'send-grant') return this.opening.has(part) ? undefined : this.sendGrant(part, grant);
    this.lastSeenAt.set(part, Date.now());
    // A page that is still starting receives its grant once it exists.
    this.opening.add(part);
    if (await this.open(part, grant)) this.opening.delete(part);
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
      if (grant === null || isAdopted || (await this.open(part, grant))) break;
    }
    this.opening.delete(part);
    const newest = this.findGrant(part);
    if (newest !== null) await this.sendGrant(part, newest);
  }

  /** The newest grant of an open page. */
  private findGrant(part: number): PageGrant | null {
    return this.batch.schedule.open.find((page) => page.part === part)?.lastGrant ?? null;
  }

  /** Returns whether the page was started. */
  private open(part: number, grant: PageGrant): Promise<boolean> {
    return startPage(this.terms, this.batch.schedule, part, grant, (page) => this.follow(part, page));
  }

  private follow(part: number, page: Page): void {
    const run = page.firstExecutionRunId;
    const isCurrent = () => this.runs.get(part) === run;
    this.runs.set(part, run);
    void page.result().then(
      () => isCurrent() && this.onEnded(part),
      () => isCurrent() && this.onEnded(part),
    );
  }

  /** A page's last report comes before its close, so a closed page that is still listed died. */
  onEnded(part: number): void {
    if (!this.batch.schedule.open.some((page) => page.part === part)) return;
    this.dead.add(part);
    this.batch.isChanged = true;
  }

  applyReport(report: PageReport): void {
    this.batch.reschedule(applyPageReport(this.batch.schedule, report));
    this.batch.trouble = null;
    this.lastSeenAt.set(report.part, Date.now());
  }

  applyLeaseReport(report: PageLeaseReport): void {
    this.batch.reschedule(applyPageLeaseReport(this.batch.schedule, report));
    this.lastSeenAt.set(report.part, Date.now());
  }

  /** Takes a part back; nothing of it was submitted. Retries later unless the reason is permanent. */
  applyRefusal({ part, run, reason, isPermanent }: PageRefusal): void {
    this.batch.reschedule(returnPart(this.batch.schedule, { part, run }));
    // The page's later close must not be attributed to the next page of the part.
    if (this.runs.get(part) === run) this.runs.delete(part);
    if (reason === null || this.batch.schedule.control !== 'running') return;
    if (isPermanent) this.batch.change(pauseBatch(this.batch.record, `a page cannot start: ${reason}`, 'store'));
    else this.waitForStore(reason);
  }

  private waitForStore(reason: string): void {
    this.batch.trouble = `a page cannot start and will be retried: ${reason}`;
    if (this.batch.schedule.isBlocked) return;
    this.batch.schedule = setBlocked(this.batch.schedule, true);
    this.unblockLater();
  }

  unblockLater(): void {
    void sleep(BLOCKED_MS, { summary: 'retry starting a page' }).then(() =>
      this.batch.reschedule(setBlocked(this.batch.schedule, false)),
    );
  }

  async closeDead(): Promise<void> {
    const { batchId, input } = this.terms;
    const { rowsHash } = input;
    for (const part of [...this.dead]) {
      this.dead.delete(part);
      const page = this.batch.schedule.open.find((open) => open.part === part);
      if (page === undefined) continue;
      const { size, previousRun: run } = page;
      const tally = await batchActivities.closeDeadPage({ batchId, part, rowsHash, size, run });
      this.batch.schedule = onPageDied(this.batch.schedule, part, tally);
    }
  }

  /** Cancels the parts that have no page. */
  async cancelUnopened(): Promise<void> {
    const { batchId, input } = this.terms;
    const { rowsHash } = input;
    for (;;) {
      const chunk = listUnopenedParts(this.batch.schedule, MAX_PARTS_PER_CALL);
      if (chunk.length === 0) return;
      const tally = await batchActivities.cancelParts({ batchId, rowsHash, parts: chunk });
      // Pages may have closed meanwhile, so the tally is added to the current state.
      this.batch.schedule = closeUnopened(this.batch.schedule, chunk, tally);
    }
  }

  /** A page that has just closed cannot receive the grant; its close is handled elsewhere. */
  private async sendGrant(part: number, grant: PageGrant): Promise<void> {
    this.sending += 1;
    try {
      const isDelivered = await trySignal(pageWorkflowId(this.terms.batchId, part), pageGrantSignal, grant);
      if (!isDelivered) this.lastSeenAt.set(part, 0);
    } finally {
      this.sending -= 1;
    }
  }
}
