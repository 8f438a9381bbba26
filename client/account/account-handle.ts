import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowIdConflictPolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { AccountStatus } from '../../workflows/domain/account/account-status';
import { findBoundsProblem, findDayCapProblem } from '../../workflows/domain/batch/settings-checks';
import { ACCOUNT_TYPE, buildGovernorStart, governorWorkflowId } from '../../workflows/domain/leases/governor-protocol';
import { type DayCap, newDay } from '../../workflows/domain/money/day-budget';
import { type DayStatus, toDayStatus } from '../../workflows/domain/money/day-status';
import type { PaceBounds } from '../../workflows/domain/pace/pace';
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
   * Sets upper bounds; what is left out stays, and `null` takes a bound away.
   *
   * @throws InvalidRequestError
   */
  limit(bounds: Partial<PaceBounds>): Promise<AccountStatus> {
    const problem = findBoundsProblem(bounds);
    if (problem !== null) throw new InvalidRequestError([{ field: 'limit', problem }]);
    return this.send(setAccountLimitsUpdate, bounds);
  }

  /**
   * Sets what may be spent a day, from midnight to midnight UTC; what is left out stays, and `null` takes a cap away.
   * `price` is that of a submission of whoever has told none: single images, and batches without prices.
   *
   * @throws InvalidRequestError
   */
  budget(cap: Partial<DayCap>): Promise<AccountStatus> {
    const problem = findDayCapProblem(cap);
    if (problem !== null) throw new InvalidRequestError([{ field: 'budget', problem }]);
    return this.send(setAccountBudgetUpdate, cap);
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
