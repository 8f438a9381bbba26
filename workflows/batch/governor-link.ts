/** A batch's link to the governor of its account: sends reports, and restarts a governor that is gone. */
import { getExternalWorkflowHandle, isCancellation } from '@temporalio/workflow';
import { accountActivities } from '../account/account-activities';
import { type AccountGrant, governorWorkflowId, type HolderReport } from '../domain/leases/governor-protocol';
import {
  countGrant,
  type LastHolderReport,
  NEVER_REPORTED,
  shouldReport,
  toLastHolderReport,
} from '../domain/leases/report-throttle';
import { holderReportSignal } from '../messages';

export class AccountLink {
  private last: LastHolderReport;
  private reporting = false;
  /** Requested by a new governor, which does not know its holders. */
  private mustRegister = false;
  private hasLeft = false;

  constructor(
    private readonly account: string,
    carried: LastHolderReport | undefined,
  ) {
    this.last = carried ?? NEVER_REPORTED;
  }

  get carried(): LastHolderReport {
    return this.last;
  }

  get isReporting(): boolean {
    return this.reporting;
  }

  applyGrant(grant: AccountGrant): void {
    this.last = countGrant(this.last, grant);
  }

  reRegister(): void {
    this.mustRegister = true;
  }

  shouldReport(report: HolderReport, grant: AccountGrant | null): boolean {
    if (this.reporting || this.hasLeft) return false;
    return this.mustRegister || shouldReport(this.last, report, grant, Date.now());
  }

  /** Sends one report at a time; later changes go into the next one. */
  async report(report: HolderReport, grant: AccountGrant | null): Promise<void> {
    // A report after the last one would register the batch again.
    if (this.hasLeft) return;
    const isFirst = this.last.wants < 0;
    this.hasLeft = report.leaving;
    this.reporting = true;
    this.mustRegister = false;
    this.last = toLastHolderReport(this.last, report, grant, Date.now());
    try {
      if (isFirst) await this.register({ ...report, isNew: true });
      else await this.signalGovernor(report);
    } finally {
      this.reporting = false;
    }
  }

  private async signalGovernor(report: HolderReport): Promise<void> {
    try {
      await getExternalWorkflowHandle(governorWorkflowId(this.account)).signal(holderReportSignal, report);
    } catch (error) {
      if (isCancellation(error)) throw error;
      // An operator ended the governor; a new one starts from the reports of its holders.
      if (!report.leaving) await this.register(report);
    }
  }

  private register(report: HolderReport): Promise<void> {
    return accountActivities.joinAccount({ account: this.account, report });
  }
}
