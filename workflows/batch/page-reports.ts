/** What a page reports to its batch, and when. */

import { condition, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { describeTally } from '../domain/batch/batch-details';
import type { RunningPage } from '../domain/batch/running-page';
import { unpackRecord } from '../domain/item/packed-record';
import {
  DEFAULT_PATIENCE_MS,
  MAX_PATIENCE_MS,
  type PageInput,
  pageLeaseReportSignal,
  pageReportSignal,
} from '../messages';
import { trySignal } from '../temporal/try-signal';
import { batchActivities } from './batch-activities';

/** Time after which a page without a permit first checks that a coordinator exists, in ms; doubled with every check. */
const FIRST_CHECK_MS = 10_000;
/** Minimum interval between reports of outcomes, in ms, unless there are many. */
const REPORT_INTERVAL_MS = 5_000;

export class PageReports {
  /** Whether a signal to the coordinator is in flight; continue-as-new would lose it. */
  isSending = false;

  constructor(
    private readonly page: RunningPage,
    private readonly input: PageInput,
  ) {}

  /** Signals urgent feedback, one message at a time; everything else waits for the next report. */
  async reportFeedback(): Promise<void> {
    const { page } = this;
    const { batchId, batchRun, part } = this.input;
    const isOver = () => page.isFinished || page.isDraining;
    for (;;) {
      await condition(() => isOver() || page.feedback.isUrgent());
      if (isOver()) return;
      this.isSending = true;
      try {
        const report = page.feedback.take(part);
        // The next report detects that the coordinator is gone and ends the page.
        if (!(await trySignal(batchId, pageLeaseReportSignal, report, batchRun))) return;
      } finally {
        this.isSending = false;
      }
    }
  }

  /**
   * Returns when all items have ended, or when the history is long and no job is in flight.
   *
   * @param isQuiet whether nothing is in progress that the next run could not take over
   */
  async reportUntilFinished(isQuiet: () => boolean): Promise<void> {
    const { page } = this;
    const isDone = () => page.isFinished || (page.isDraining && isQuiet());
    while (!isDone()) {
      const isDue = () => isDone() || page.isReportWorthwhile;
      await condition(isDue, REPORT_INTERVAL_MS, { summary: 'until the next report' });
      if (!page.isDraining && workflowInfo().continueAsNewSuggested) page.drain();
      if (!page.isFinished && page.hasNews) await this.report();
      // A page that only waits reports nothing, which saves history.
      await this.untilChange(isDone);
    }
  }

  /** Waits for a change. While the page waits for permits, its report also checks that a coordinator exists. */
  private async untilChange(isDone: () => boolean): Promise<void> {
    const { page } = this;
    const hasChange = () => isDone() || page.hasNews;
    let patienceMs = Math.min(FIRST_CHECK_MS, this.input.patienceMs ?? DEFAULT_PATIENCE_MS);
    await condition(() => hasChange() || page.permits.held === 0);
    while (!hasChange() && !(await condition(hasChange, patienceMs, { summary: 'time without a permit' }))) {
      await this.report();
      patienceMs = Math.min(MAX_PATIENCE_MS, patienceMs * 2);
    }
  }

  /** Writes the outcomes, then reports to the coordinator. */
  async report(): Promise<void> {
    const { page } = this;
    const { batchId, part, batchRun } = this.input;
    const { rows, report } = page.takeReport(part);
    setCurrentDetails(describeTally(report.tally));
    page.sequence += 1;
    const { sequence } = page;
    const { isDelivered } = await batchActivities.reportPage({ batchId, part, batchRun, sequence, rows, report });
    // The coordinator is gone, so further spending would not be counted.
    if (!isDelivered) page.stop();
  }

  /** Reports the items without writing outcomes; readers of the store see that they were begun and have none. */
  async reportLost(): Promise<void> {
    const { batchId, part, batchRun, carried } = this.input;
    const packed = Object.entries(carried?.records ?? {});
    const report = this.page.takeLostReport(
      part,
      packed.map(([key, record]) => [key, unpackRecord(record)] as const),
    );
    // Ignored if the batch is gone.
    await trySignal(batchId, pageReportSignal, report, batchRun);
  }
}
