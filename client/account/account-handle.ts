import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowIdConflictPolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { AccountStatus } from '../../workflows/domain/account/account-status';
import { boundsProblem, dayCapProblem } from '../../workflows/domain/batch/settings-checks';
import { GOVERNOR_TYPE, governorStart, governorWorkflowId } from '../../workflows/domain/leases/governor-protocol';
import { type DayCap, type DayStatus, dayStatus, newDay } from '../../workflows/domain/money/day-budget';
import type { PaceBounds } from '../../workflows/domain/pace/pace';
import {
  accountStatusQuery,
  budgetAccountUpdate,
  holdAccountUpdate,
  limitAccountUpdate,
  resumeAccountUpdate,
} from '../../workflows/messages';
import { InvalidRequestError } from '../errors';
import { connectionError } from '../temporal/connection';
import { type Asked, askWorkflow } from '../temporal/query-workflow';
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
  return dayStatus(newDay(Date.now()));
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
      return await askWorkflow(this.client, this.asked, () => governor.query(accountStatusQuery));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { account: this.name, ...UNKNOWN, day: nothingSpent() };
      throw connectionError(this.client, error);
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
    const problem = boundsProblem(bounds);
    if (problem !== null) throw new InvalidRequestError([{ field: 'limit', problem }]);
    return this.send(limitAccountUpdate, bounds);
  }

  /**
   * Sets what may be spent a day, from midnight to midnight UTC; what is left out stays, and `null` takes a cap away.
   * `price` is that of a submission of whoever has told none: single images, and batches without prices.
   *
   * @throws InvalidRequestError
   */
  budget(cap: Partial<DayCap>): Promise<AccountStatus> {
    const problem = dayCapProblem(cap);
    if (problem !== null) throw new InvalidRequestError([{ field: 'budget', problem }]);
    return this.send(budgetAccountUpdate, cap);
  }

  private send<T>(update: UpdateDefinition<AccountStatus, [T]>, input: T): Promise<AccountStatus> {
    return this.update(() =>
      this.client.workflow.executeUpdateWithStart(update, { args: [input], startWorkflowOperation: this.start() }),
    );
  }

  private async update<T>(update: () => Promise<T>): Promise<T> {
    try {
      return await updateWorkflow(this.client, this.asked, update);
    } catch (error) {
      throw connectionError(this.client, error);
    }
  }

  private get asked(): Asked {
    return { workflowId: governorWorkflowId(this.name), taskQueue: this.taskQueue };
  }

  private start() {
    return new WithStartWorkflowOperation(GOVERNOR_TYPE, {
      ...governorStart(this.name, this.taskQueue),
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    });
  }
}
