/** Calls from activities to the account governor. */
import { Context } from '@temporalio/activity';
import { WithStartWorkflowOperation, type Workflow } from '@temporalio/client';
import { findErrorName } from '../../workflows/domain/base/errors';
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
import { withDeadline } from '../running/with-deadline';

/** Signals the report to the governor and starts the governor if none is running. */
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

/**
 * Timeout of one permit request, in ms. A slower governor is overloaded; a later retry is better than using up the
 * attempt.
 */
const PERMIT_REQUEST_TIMEOUT_MS = 30_000;

/**
 * Requests a permit and starts the governor if none is running. Repeating the request is harmless.
 *
 * @throws DeadlinePassedError, or any error of the client
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

/** A single item that reports; the governor queues it if it does not leave, also if it has not asked for a permit before. */
interface ReportingItem {
  readonly account: string;
  readonly operation: string;
  readonly waits?: boolean;
}

/** Timeout of one report, in ms. Shorter than the time an attempt has left when its POST used its whole timeout. */
const REPORT_TIMEOUT_MS = 5_000;

/**
 * Reports what this item met to the governor. Never throws: the provider's answer must be recorded even if the governor
 * cannot be reached.
 *
 * @param item its account and operation, and whether it waits while the account is held; default false
 * @returns whether the governor received the report
 */
export function reportToGovernor(
  { account, operation, waits = false }: ReportingItem,
  feedback: ProviderFeedback,
  billingOutcome: BillingOutcome,
  leaving: boolean,
): Promise<boolean> {
  return tryBestEffort('governor-report', false, async () => {
    const { client, info } = Context.current();
    const holder = info.workflowExecution?.workflowId ?? '';
    const item = toItemReport(holder, waits, operation);
    const report: HolderReport = { ...item, wants: leaving ? 0 : 1, feedback, billingOutcome, leaving };
    const governor = client.workflow.getHandle(governorWorkflowId(account));
    const signal = () => governor.signal(HOLDER_REPORT_SIGNAL, report);
    // The deadline applies to each attempt of the call; the client may retry beyond it.
    await withDeadline('the signal', REPORT_TIMEOUT_MS, client.withDeadline(Date.now() + REPORT_TIMEOUT_MS, signal));
    return true;
  });
}

/** Reports to the governor whether results can be stored. Never throws: the store write is retried either way. */
export async function reportStore(account: string, report: StoreReport): Promise<void> {
  await tryBestEffort('governor-report', undefined, async () => {
    const { client } = Context.current();
    const governor = client.workflow.getHandle(governorWorkflowId(account));
    const signal = () => governor.signal(STORE_REPORT_SIGNAL, report);
    await withDeadline('the signal', REPORT_TIMEOUT_MS, client.withDeadline(Date.now() + REPORT_TIMEOUT_MS, signal));
  });
}

/** Returns the holders that are no longer running. */
export async function findEndedHolders(holders: readonly string[]): Promise<readonly string[]> {
  const running = await Promise.all(holders.map(isRunning));
  return holders.filter((_, index) => !running[index]);
}

/** Asks running batches to re-register. A batch that waits for a grant would not notice that the governor is new. */
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
    // The workflow ended after it was listed.
    if (findErrorName(error) !== 'WorkflowNotFoundError') throw error;
  }
}
