/** How activities speak with the governor of an account. */
import { Context } from '@temporalio/activity';
import { WithStartWorkflowOperation, type Workflow } from '@temporalio/client';
import type { ProviderFeedback } from '../../workflows/domain/leases/feedback';
import {
  ACCOUNT_TYPE,
  type AskAnswer,
  type AskRequest,
  buildGovernorStart,
  governorWorkflowId,
  HOLDER_REPORT_SIGNAL,
  type HolderReport,
  type PermitAsk,
  RE_REGISTER_SIGNAL,
  REQUEST_PERMITS_UPDATE,
  STORE_REPORT_SIGNAL,
  type StoreReport,
  toItemReport,
} from '../../workflows/domain/leases/governor-protocol';
import type { BillingOutcome } from '../../workflows/domain/money/spending';
import type { ActivityDependencies } from '../dependencies';
import { tryBestEffort } from '../running/best-effort';
import { isRunning } from '../running/is-running';
import { findErrorName } from '../running/name-of-error';
import { withDeadline } from '../running/with-deadline';

/** Starts the governor if there is none, and hands it the report. */
export async function joinAccount(
  { bounds }: Pick<ActivityDependencies, 'bounds'>,
  { account, report }: { readonly account: string; readonly report: HolderReport },
): Promise<void> {
  const { client, info } = Context.current();
  await client.workflow.signalWithStart(ACCOUNT_TYPE, {
    ...buildGovernorStart(account, info.taskQueue, bounds),
    signal: HOLDER_REPORT_SIGNAL,
    signalArgs: [{ ...report, bounds }],
  });
}

/** A governor that answers later is busy: to ask again later beats waiting until the attempt is nearly over. In ms. */
const PERMIT_REQUEST_TIMEOUT_MS = 30_000;

/**
 * Asks for a permit, and starts the governor if there is none. Asking again is harmless.
 *
 * @throws DeadlinePassedError, or what the client throws
 */
export async function requestPermit(
  { asks, bounds }: Pick<ActivityDependencies, 'asks' | 'bounds'>,
  account: string,
  ask: PermitAsk,
): Promise<AskAnswer> {
  const { client, info } = Context.current();
  const startWorkflowOperation = new WithStartWorkflowOperation(ACCOUNT_TYPE, {
    ...buildGovernorStart(account, info.taskQueue, bounds),
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  const send = (together: readonly PermitAsk[]) =>
    client.withDeadline(Date.now() + PERMIT_REQUEST_TIMEOUT_MS, () =>
      client.workflow.executeUpdateWithStart<Workflow, readonly AskAnswer[], [AskRequest]>(REQUEST_PERMITS_UPDATE, {
        args: [{ asks: together, bounds }],
        startWorkflowOperation,
      }),
    );
  return asks.ask(account, ask, PERMIT_REQUEST_TIMEOUT_MS, send);
}

/** Shorter than the time that is left to an attempt whose POST used up all of its own, in ms. */
const REPORT_TIMEOUT_MS = 5_000;

/**
 * Tells the governor what the image of this activity has seen. Never throws: what the provider said must be reported,
 * whether or not the governor can be told.
 *
 * @returns whether the governor has it
 */
export function reportToGovernor(
  account: string,
  feedback: ProviderFeedback,
  billingOutcome: BillingOutcome,
  leaving: boolean,
): Promise<boolean> {
  return tryBestEffort('governor-report', false, async () => {
    const { client, info } = Context.current();
    const holder = info.workflowExecution?.workflowId ?? '';
    const report: HolderReport = { ...toItemReport(holder), wants: leaving ? 0 : 1, feedback, billingOutcome, leaving };
    const governor = client.workflow.getHandle(governorWorkflowId(account));
    const signal = () => governor.signal(HOLDER_REPORT_SIGNAL, report);
    // The deadline bounds each try of the call, and the client may try again.
    await withDeadline('the signal', REPORT_TIMEOUT_MS, client.withDeadline(Date.now() + REPORT_TIMEOUT_MS, signal));
    return true;
  });
}

/** Tells the governor whether results can be stored. Never throws: the results are tried again whether or not it hears. */
export async function reportStore(account: string, report: StoreReport): Promise<void> {
  await tryBestEffort('governor-report', undefined, async () => {
    const { client } = Context.current();
    const governor = client.workflow.getHandle(governorWorkflowId(account));
    const signal = () => governor.signal(STORE_REPORT_SIGNAL, report);
    await withDeadline('the signal', REPORT_TIMEOUT_MS, client.withDeadline(Date.now() + REPORT_TIMEOUT_MS, signal));
  });
}

/** Which of these holders have ended. */
export async function findEndedHolders(holders: readonly string[]): Promise<readonly string[]> {
  const running = await Promise.all(holders.map(isRunning));
  return holders.filter((_, index) => !running[index]);
}

/** Asks the running batches to report themselves: those that wait would never notice that a governor is new. */
export async function requestRegistrations(account: string): Promise<void> {
  const { client } = Context.current();
  const query = "WorkflowType = 'imagePipelineBatch' AND ExecutionStatus = 'Running'";
  for await (const { workflowId } of client.workflow.list({ query })) {
    await requestRegistration(workflowId, account);
  }
}

async function requestRegistration(workflowId: string, account: string): Promise<void> {
  try {
    await Context.current().client.workflow.getHandle(workflowId).signal(RE_REGISTER_SIGNAL, account);
  } catch (error) {
    // It has ended since it was listed.
    if (findErrorName(error) !== 'WorkflowNotFoundError') throw error;
  }
}
