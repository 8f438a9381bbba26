/** A batch's line to the governor of its account: what it tells, and how it finds a governor that is gone. */
import { getExternalWorkflowHandle, isCancellation } from '@temporalio/workflow';
import { accountActivities } from '../account/account-activities';
import { type Grant, governorWorkflowId, type HolderReport } from '../domain/leases/governor-protocol';
import { isWorthTelling, type LastTold, lastTold, NEVER_TOLD, withGrant } from '../domain/leases/report-throttle';
import { holderReportSignal } from '../messages';

export class AccountLink {
  private last: LastTold;
  private telling = false;
  /** Asked for by the governor, which knows nobody. */
  private called = false;
  private hasLeft = false;

  constructor(
    private readonly account: string,
    carried: LastTold | undefined,
  ) {
    this.last = carried ?? NEVER_TOLD;
  }

  get carried(): LastTold {
    return this.last;
  }

  get isTelling(): boolean {
    return this.telling;
  }

  hear(grant: Grant): void {
    this.last = withGrant(this.last, grant);
  }

  callRoll(): void {
    this.called = true;
  }

  wouldTell(report: HolderReport, grant: Grant | null): boolean {
    if (this.telling || this.hasLeft) return false;
    return this.called || isWorthTelling(this.last, report, grant, Date.now());
  }

  /** One at a time; what comes up meanwhile is told afterwards. */
  async tell(report: HolderReport, grant: Grant | null): Promise<void> {
    // Whatever follows the farewell would make it a holder again.
    if (this.hasLeft) return;
    const isFirst = this.last.wants < 0;
    this.hasLeft = report.leaving;
    this.telling = true;
    this.called = false;
    this.last = lastTold(this.last, report, grant, Date.now());
    try {
      if (isFirst) await this.join({ ...report, isNew: true });
      else await this.signal(report);
    } finally {
      this.telling = false;
    }
  }

  private async signal(report: HolderReport): Promise<void> {
    try {
      await getExternalWorkflowHandle(governorWorkflowId(this.account)).signal(holderReportSignal, report);
    } catch (error) {
      if (isCancellation(error)) throw error;
      // An operator has ended the governor: a new one starts from what its holders tell.
      if (!report.leaving) await this.join(report);
    }
  }

  private join(report: HolderReport): Promise<void> {
    return accountActivities.joinAccount({ account: this.account, report });
  }
}
