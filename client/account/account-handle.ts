import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowIdConflictPolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { AccountStatus } from '../../workflows/domain/account/account-status';
import { ACCOUNT_TYPE, buildGovernorStart, governorWorkflowId } from '../../workflows/domain/leases/governor-protocol';
import { newDay } from '../../workflows/domain/money/day-budget';
import { type DayStatus, toDayStatus } from '../../workflows/domain/money/day-status';
import {
  accountStatusQuery,
  holdAccountUpdate,
  resumeAccountUpdate,
  setAccountBudgetUpdate,
  setAccountLimitsUpdate,
} from '../../workflows/messages';
import { InvalidRequestError } from '../errors';
import { toConnectionError } from '../temporal/connection';
import { askWorkflow, type QueryTarget } from '../temporal/query-workflow';
import { updateWorkflow } from '../temporal/update-workflow';
import { type AccountSettings, findAccountProblems } from './account-settings';

/** Nothing was ever submitted for the account, so nothing is known of it. */
const UNKNOWN: Omit<AccountStatus, 'account' | 'day'> = {
  limit: 0,
  inFlight: 0,
  ratePerSecond: null,
  hold: null,
  holds: [],
  holders: [],
  waiting: 0,
  decisions: [],
};

function nothingSpent(): DayStatus {
  return toDayStatus(newDay(Date.now()));
}

/**
 * An account: its limits, who uses them, and whether it is held. Each control answers with the state it led to. Where no
 * server answers, each fails with a `NoServerError` after a quarter of a minute; where no worker does, with a
 * `WorkerMissingError` after some seconds, and the change may still be made when a worker starts.
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
      return await askWorkflow(this.client, this.target, () => governor.query(accountStatusQuery));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { account: this.name, ...UNKNOWN, day: nothingSpent() };
      throw toConnectionError(this.client, error);
    }
  }

  /** Nobody submits anything until `resume`; jobs in flight are collected. */
  hold(reason = ''): Promise<AccountStatus> {
    return this.send(holdAccountUpdate, reason);
  }

  /** Goes on; after a wall one item goes ahead, and if it meets the same, the hold returns. */
  resume(): Promise<AccountStatus> {
    return this.update(() =>
      this.client.workflow.executeUpdateWithStart(resumeAccountUpdate, { startWorkflowOperation: this.start() }),
    );
  }

  /**
   * Sets upper bounds, what may be spent a day, or both; what is absent stays as it is.
   *
   * @throws InvalidRequestError with every problem; nothing was changed
   */
  async set(settings: AccountSettings): Promise<AccountStatus> {
    const problems = findAccountProblems(settings);
    if (problems.length > 0) throw new InvalidRequestError(problems);
    const { limits = {}, budget = {} } = settings;
    const isLimited = Object.keys(limits).length > 0;
    const limited = isLimited ? await this.send(setAccountLimitsUpdate, limits) : null;
    return limited !== null && Object.keys(budget).length === 0 ? limited : this.send(setAccountBudgetUpdate, budget);
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
