/** A batch's link to the governor of its account: sends reports, and restarts a governor that is gone. */

import { condition } from '@temporalio/workflow';
import { accountActivities } from '../account/account-activities';
import { applyGrant, clearFeedback } from '../domain/batch/apply-reports';
import { countWants, toHolderReport } from '../domain/batch/holder-report';
import type { RunningBatch } from '../domain/batch/running-batch';
import { type AccountGrant, governorWorkflowId, type HolderReport } from '../domain/leases/governor-protocol';
import { sumUsage } from '../domain/leases/lease';
import {
  countGrant,
  type LastHolderReport,
  NEVER_REPORTED,
  shouldReport,
  toLastHolderReport,
} from '../domain/leases/report-throttle';
import { DEFAULT_PATIENCE_MS, holderReportSignal, MAX_PATIENCE_MS } from '../messages';
import { trySignal } from '../temporal/try-signal';

interface AccountLinkOptions {
  readonly batchId: string;
  readonly account: string;
  /** How long to wait for a permit before checking that the governor is alive, in ms. */
  readonly patienceMs?: number;
  /** The last report of an earlier run. */
  readonly lastReport?: LastHolderReport;
}

export class AccountLink {
  private last: LastHolderReport;
  private reporting = false;
  /** Requested by a new governor, which does not know its holders. */
  private mustRegister = false;
  /** Whether only the last report is still to be sent. */
  private isLeaving = false;

  constructor(
    private readonly batch: RunningBatch,
    private readonly options: AccountLinkOptions,
  ) {
    this.last = options.lastReport ?? NEVER_REPORTED;
  }

  get carried(): LastHolderReport {
    return this.last;
  }

  /** Whether a report is in flight or due. */
  get isBusy(): boolean {
    return this.reporting || this.isDue();
  }

  applyGrant(grant: AccountGrant): void {
    this.last = countGrant(this.last, grant);
    this.batch.reschedule(applyGrant(this.batch.schedule, grant));
  }

  /** The governor lost its state, so its next grant counts whatever its number. */
  reRegister(): void {
    this.mustRegister = true;
  }

  /** Reports to the governor, one message at a time. */
  async watchReports(): Promise<void> {
    for (;;) {
      await condition(() => this.isDue());
      const report = this.toReport(false);
      this.batch.schedule = clearFeedback(this.batch.schedule);
      await this.report(report);
    }
  }

  /**
   * Checks that the governor is alive while the batch waits: a waiting batch would not notice that an operator
   * terminated it.
   */
  async watchGovernor(): Promise<void> {
    const isWaiting = () => countWants(this.batch.schedule) > 0 && sumUsage(this.batch.schedule.open).held === 0;
    for (;;) {
      await condition(isWaiting);
      let patienceMs = this.options.patienceMs ?? DEFAULT_PATIENCE_MS;
      while (!(await condition(() => !isWaiting(), patienceMs, { summary: 'time without a permit' }))) {
        this.reRegister();
        patienceMs = Math.min(MAX_PATIENCE_MS, patienceMs * 2);
      }
    }
  }

  async deregister(): Promise<void> {
    // Two reports in one workflow task may arrive in either order, and one after the last would register the batch again.
    this.isLeaving = true;
    await condition(() => !this.reporting);
    await this.report(this.toReport(true));
  }

  private isDue(): boolean {
    if (this.reporting || this.isLeaving) return false;
    const { grant } = this.batch.schedule;
    return this.mustRegister || shouldReport(this.last, this.toReport(false), grant, Date.now());
  }

  private toReport(leaving: boolean): HolderReport {
    const { schedule, weight } = this.batch.record;
    return { ...toHolderReport(schedule, leaving), holder: this.options.batchId, weight };
  }

  /** Sends one report at a time; later changes go into the next one. */
  private async report(report: HolderReport): Promise<void> {
    // A report after the last one would register the batch again.
    if (this.isLeaving && !report.leaving) return;
    const isFirst = this.last.wants < 0;
    this.reporting = true;
    this.mustRegister = false;
    this.last = toLastHolderReport(this.last, report, this.batch.schedule.grant, Date.now());
    try {
      if (isFirst) await this.register({ ...report, isNew: true });
      else await this.signalGovernor(report);
    } finally {
      this.reporting = false;
    }
  }

  private async signalGovernor(report: HolderReport): Promise<void> {
    const isDelivered = await trySignal(governorWorkflowId(this.options.account), holderReportSignal, report);
    // An operator ended the governor; a new one starts from the reports of its holders.
    if (!isDelivered && !report.leaving) await this.register(report);
  }

  private register(report: HolderReport): Promise<void> {
    return accountActivities.joinAccount({ account: this.options.account, report });
  }
}
