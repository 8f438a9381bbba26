import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowIdConflictPolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { toConnectionError } from '../../connection/connection';
import { InvalidRequestError } from '../../connection/errors';
import { type Notifications, readNotifications } from '../../connection/notifications';
import { askWorkflow, type QueryTarget } from '../../connection/query-workflow';
import { updateWorkflow } from '../../connection/update-workflow';
import type { AccountStatus as StateOfAccount } from '../../workflows/domain/account/account-status';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { ACCOUNT_TYPE, buildGovernorStart, governorWorkflowId } from '../../workflows/domain/leases/governor-protocol';
import { NO_HOLD_BELOW } from '../../workflows/domain/money/balance';
import { newDay } from '../../workflows/domain/money/day-budget';
import { type DayStatus, toDayStatus } from '../../workflows/domain/money/day-status';
import {
  accountStatusQuery,
  holdAccountUpdate,
  resumeAccountUpdate,
  setAccountBudgetUpdate,
  setAccountHoursUpdate,
  setAccountLimitsUpdate,
  setAccountNotifyUpdate,
  setHoldBelowUpdate,
} from '../../workflows/messages';
import { type AccountSettings, findAccountProblems } from './account-settings';

/** The status of an account, with its notifications. */
export interface AccountStatus extends StateOfAccount {
  /** Absent: it notifies no receiver, or this is the answer to a control. */
  readonly notifications?: Notifications;
}

/** The status of an account that has never submitted anything. */
const UNKNOWN: Omit<AccountStatus, 'account' | 'day'> = {
  limit: 0,
  inFlight: 0,
  refusals: 0,
  ratePerSecond: null,
  hold: null,
  holds: [],
  balance: null,
  holdBelow: NO_HOLD_BELOW,
  hours: null,
  holders: [],
  waiting: 0,
  decisions: [],
};

function nothingSpent(): DayStatus {
  return toDayStatus(newDay(Date.now()));
}

/**
 * An account: its limits, their users, and holds. Each control returns the resulting state. If no
 * server answers, each method fails with a `NoServerError` after 15 s; if no worker answers, with a
 * `WorkerMissingError` after some seconds, and the change may still take effect when a worker starts.
 */
export class AccountHandle {
  constructor(
    private readonly client: Client,
    readonly name: string,
    private readonly taskQueue: string,
  ) {}

  /**
   * @throws WorkerMissingError
   * @throws NoServerError
   */
  async status(): Promise<AccountStatus> {
    const governor = this.client.workflow.getHandle(governorWorkflowId(this.name));
    try {
      const status = await askWorkflow(this.client, this.target, () => governor.query(accountStatusQuery));
      return { ...status, ...(await this.readNotifications()) };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { account: this.name, ...UNKNOWN, day: nothingSpent() };
      throw toConnectionError(this.client, error);
    }
  }

  private async readNotifications(): Promise<Pick<AccountStatus, 'notifications'>> {
    const { memo } = await this.client.workflow.getHandle(governorWorkflowId(this.name)).describe();
    const notifications = await readNotifications(this.client, { kind: 'account', id: this.name }, memo);
    return withoutMissing({ notifications });
  }

  /** Stops all submissions until `resume`; jobs in flight are collected. */
  hold(reason = ''): Promise<AccountStatus> {
    return this.send(holdAccountUpdate, reason);
  }

  /** Ends the hold. After a hold by an error, one item is submitted as a probe; if it meets the same error, the hold returns. */
  resume(): Promise<AccountStatus> {
    return this.update(() =>
      this.client.workflow.executeUpdateWithStart(resumeAccountUpdate, { startWorkflowOperation: this.start() }),
    );
  }

  /**
   * Sets upper bounds, the daily budget, the balance below which the account is held, or the hours in which it spends. Absent settings do not change.
   *
   * @throws InvalidRequestError with every problem; nothing was changed
   */
  async set(settings: AccountSettings): Promise<AccountStatus> {
    const problems = findAccountProblems(settings);
    if (problems.length > 0) throw new InvalidRequestError(problems);
    const { limits, budget, holdBelow, hours, notify } = settings;
    let status: AccountStatus | null = null;
    if (limits !== undefined) status = await this.send(setAccountLimitsUpdate, limits);
    if (budget !== undefined) status = await this.send(setAccountBudgetUpdate, budget);
    if (hours !== undefined) status = await this.send(setAccountHoursUpdate, hours);
    if (holdBelow !== undefined) status = await this.send(setHoldBelowUpdate, holdBelow);
    if (notify !== undefined) status = await this.send(setAccountNotifyUpdate, notify);
    return status ?? this.status();
  }

  private send<T>(update: UpdateDefinition<AccountStatus, [T]>, input: T): Promise<AccountStatus> {
    return this.update(() =>
      this.client.workflow.executeUpdateWithStart(update, { args: [input], startWorkflowOperation: this.start() }),
    );
  }

  private async update<T>(update: () => Promise<T>): Promise<T> {
    try {
      return await updateWorkflow(this.client, this.target, update);
    } catch (error) {
      throw toConnectionError(this.client, error);
    }
  }

  private get target(): QueryTarget {
    return { workflowId: governorWorkflowId(this.name), taskQueue: this.taskQueue };
  }

  private start() {
    return new WithStartWorkflowOperation(ACCOUNT_TYPE, {
      ...buildGovernorStart(this.name, this.taskQueue),
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    });
  }
}
