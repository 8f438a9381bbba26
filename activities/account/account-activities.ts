/** How activities speak with the governor of an account. */
import { Context } from '@temporalio/activity';
import { WithStartWorkflowOperation, type Workflow } from '@temporalio/client';
import { askedBy } from '../../workflows/domain/account/account-state';
import type { News } from '../../workflows/domain/leases/feedback';
import {
  ASK_UPDATE,
  type AskAnswer,
  type AskRequest,
  GOVERNOR_TYPE,
  governorStart,
  governorWorkflowId,
  HOLDER_REPORT_SIGNAL,
  type HolderReport,
  type PermitAsk,
  ROLL_CALL_SIGNAL,
  STORE_REPORT_SIGNAL,
  type StoreReport,
} from '../../workflows/domain/leases/governor-protocol';
import type { Landing } from '../../workflows/domain/money/spending';
import type { ActivityDependencies } from '../dependencies';
import { bestEffort } from '../running/best-effort';
import { isRunning } from '../running/is-running';
import { nameOfError } from '../running/name-of-error';
import { inTime } from '../running/with-deadline';

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

/** A governor that answers later is busy: to ask again later beats waiting until the attempt is nearly over. In ms. */
const ASK_LIMIT_MS = 30_000;

/**
 * Asks for a permit, and starts the governor if there is none. Asking again is harmless.
 *
 * @throws TookTooLong, or what the client throws
 */
export async function askForPermit(
  { asks, bounds }: Pick<ActivityDependencies, 'asks' | 'bounds'>,
  account: string,
  ask: PermitAsk,
): Promise<AskAnswer> {
  const { client, info } = Context.current();
  const startWorkflowOperation = new WithStartWorkflowOperation(GOVERNOR_TYPE, {
    ...governorStart(account, info.taskQueue, bounds),
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  const send = (together: readonly PermitAsk[]) =>
    client.withDeadline(Date.now() + ASK_LIMIT_MS, () =>
      client.workflow.executeUpdateWithStart<Workflow, readonly AskAnswer[], [AskRequest]>(ASK_UPDATE, {
        args: [{ asks: together, bounds }],
        startWorkflowOperation,
      }),
    );
  return asks.ask(account, ask, ASK_LIMIT_MS, send);
}

/** Shorter than the time that is left to an attempt whose POST used up all of its own, in ms. */
const TELL_LIMIT_MS = 5_000;

/**
 * Tells the governor what the image of this activity has seen. Never throws: what the provider said must be reported,
 * whether or not the governor can be told.
 *
 * @returns whether the governor has it
 */
export function tellGovernor(account: string, news: News, landing: Landing, leaving: boolean): Promise<boolean> {
  return bestEffort('governor-report', false, async () => {
    const { client, info } = Context.current();
    const holder = info.workflowExecution?.workflowId ?? '';
    const report: HolderReport = { ...askedBy(holder), wants: leaving ? 0 : 1, news, landing, leaving };
    const governor = client.workflow.getHandle(governorWorkflowId(account));
    const signal = () => governor.signal(HOLDER_REPORT_SIGNAL, report);
    // The deadline bounds each try of the call, and the client may try again.
    await inTime('the signal', TELL_LIMIT_MS, client.withDeadline(Date.now() + TELL_LIMIT_MS, signal));
    return true;
  });
}

/** Tells the governor whether results can be stored. Never throws: the results are tried again whether or not it hears. */
export async function tellOfStore(account: string, report: StoreReport): Promise<void> {
  await bestEffort('governor-report', undefined, async () => {
    const { client } = Context.current();
    const governor = client.workflow.getHandle(governorWorkflowId(account));
    const signal = () => governor.signal(STORE_REPORT_SIGNAL, report);
    await inTime('the signal', TELL_LIMIT_MS, client.withDeadline(Date.now() + TELL_LIMIT_MS, signal));
  });
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
