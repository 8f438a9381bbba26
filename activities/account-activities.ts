/** How activities speak with the governor of an account. */
import { Context } from '@temporalio/activity';
import { WithStartWorkflowOperation, type Workflow } from '@temporalio/client';
import {
  ASK_UPDATE,
  type AskAnswer,
  type AskRequest,
  GOVERNOR_TYPE,
  governorStart,
  governorWorkflowId,
  HOLDER_REPORT_SIGNAL,
  type HolderReport,
  ROLL_CALL_SIGNAL,
} from '../workflows/domain/account';
import { askedBy } from '../workflows/domain/account-state';
import type { Landing } from '../workflows/domain/item-life';
import type { News } from '../workflows/domain/news';
import type { ActivityDependencies } from './dependencies';
import { isRunning } from './is-running';
import { nameOfError } from './name-of-error';

/** Starts the governor if there is none, and hands it the report. */
export async function joinAccount(
  { bounds }: Pick<ActivityDependencies, 'bounds'>,
  { account, report }: { readonly account: string; readonly report: HolderReport },
): Promise<void> {
  const { client, info } = Context.current();
  await client.workflow.signalWithStart(GOVERNOR_TYPE, {
    ...governorStart(account, info.taskQueue, bounds),
    signal: HOLDER_REPORT_SIGNAL,
    signalArgs: [{ ...report, bounds }],
  });
}

/** Asks for a permit, and starts the governor if there is none. Asking again is harmless. */
export async function askForPermit(
  { bounds }: Pick<ActivityDependencies, 'bounds'>,
  account: string,
  request: Omit<AskRequest, 'bounds'>,
): Promise<AskAnswer> {
  const { client, info } = Context.current();
  const startWorkflowOperation = new WithStartWorkflowOperation(GOVERNOR_TYPE, {
    ...governorStart(account, info.taskQueue, bounds),
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  return client.workflow.executeUpdateWithStart<Workflow, AskAnswer, [AskRequest]>(ASK_UPDATE, {
    args: [{ ...request, bounds }],
    startWorkflowOperation,
  });
}

/** What the image of this activity has seen. A governor that is gone has nothing to be told. */
export async function tellGovernor(account: string, news: News, landing: Landing, leaving: boolean): Promise<void> {
  const { client, info } = Context.current();
  const holder = info.workflowExecution?.workflowId ?? '';
  const report: HolderReport = { ...askedBy(holder), wants: leaving ? 0 : 1, news, landing, leaving };
  try {
    await client.workflow.getHandle(governorWorkflowId(account)).signal(HOLDER_REPORT_SIGNAL, report);
  } catch (error) {
    if (nameOfError(error) !== 'WorkflowNotFoundError') throw error;
  }
}

/** Which of these holders have ended. */
export async function findEndedHolders(holders: readonly string[]): Promise<readonly string[]> {
  const running = await Promise.all(holders.map(isRunning));
  return holders.filter((_, index) => !running[index]);
}

/** Asks the running batches to report themselves: those that wait would never notice that a governor is new. */
export async function callRoll(account: string): Promise<void> {
  const { client } = Context.current();
  const query = "WorkflowType = 'imageBatch' AND ExecutionStatus = 'Running'";
  for await (const { workflowId } of client.workflow.list({ query })) {
    await callOne(workflowId, account);
  }
}

async function callOne(workflowId: string, account: string): Promise<void> {
  try {
    await Context.current().client.workflow.getHandle(workflowId).signal(ROLL_CALL_SIGNAL, account);
  } catch (error) {
    // It has ended since it was listed.
    if (nameOfError(error) !== 'WorkflowNotFoundError') throw error;
  }
}
