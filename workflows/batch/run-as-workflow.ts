/** Runs an item of a batch as its own workflow, for users who want each item as a row in Temporal UI. */
import { executeChild, ParentClosePolicy, WorkflowIdReusePolicy } from '@temporalio/workflow';
import { itemWorkflowId } from '../domain/batch/batch-ids';
import { type FailureCode, getFailureRow } from '../domain/failures/failures';
import { toRow } from '../domain/failures/fault';
import { readChildReport } from '../domain/item/application-failure';
import { type Item, type ItemReport, mayBeCharged } from '../domain/item/item';
import { NEW_RECORD, openSubmission, toProgress, toReport } from '../domain/item/item-record';
import { NO_FEEDBACK, type ProviderFeedback } from '../domain/leases/feedback';
import type { ItemContext } from '../item/item-context';
import type { imagePipelineItem } from '../item/item-workflow';

/** Report for a child that ended without one: an operator terminated it, and it may have submitted. */
const LOST: ItemReport = {
  outcome: 'unknown',
  result: null,
  jobId: null,
  code: 'SUBMIT_OUTCOME_UNKNOWN',
  message: 'The workflow of this item was terminated; it may have been submitted.',
  submissions: [],
};

/**
 * Like `runItem`, but holds the permit until the child has closed, including its waits. A child stopped by a refusal of
 * the account runs again when the account recovers.
 */
export async function runAsWorkflow(
  item: Item,
  { observe, permits, price = 0, account }: ItemContext,
): Promise<ItemReport> {
  for (let again = false; ; again = true) {
    const permitRequest = { again, price, deadlineAt: null };
    const decision = await permits.acquire(permitRequest);
    if (!decision.go) return toReport(NEW_RECORD, decision.end, null);
    const record = openSubmission(NEW_RECORD);
    observe(toProgress(record, 'running', null), record);
    const report = await runAndReport(item, account);
    if (report.submissions.some(({ jobId }) => jobId !== null)) permits.shared?.onAccepted(permitRequest);
    const name = `${item.folder}/${item.key}`;
    const isKeyRefused = report.code === 'FORBIDDEN' && permits.shared?.isKeyRefused(name) === true;
    const accountRefusal = isKeyRefused ? 'UNAUTHENTICATED' : accountRefusalIn(report);
    const billingOutcome = accountRefusal === null && report.code !== 'FORBIDDEN' ? 'charged' : 'unsent';
    const feedback = toChildFeedback(report, accountRefusal, name);
    permits.release(permitRequest, { billingOutcome, feedback, isReleasedEarly: false });
    if (accountRefusal === null) return report;
    observe(toProgress(NEW_RECORD, 'waiting', null), NEW_RECORD);
  }
}

async function runAndReport(item: Item, account: string | undefined): Promise<ItemReport> {
  try {
    return await runChild(item, account);
  } catch (error) {
    return readChildReport(error) ?? LOST;
  }
}

function toChildFeedback(
  { code, outcome }: ItemReport,
  accountRefusal: FailureCode | null,
  item: string,
): ProviderFeedback {
  if (accountRefusal !== null) return { ...NO_FEEDBACK, accountRefusals: { [accountRefusal]: 1 } };
  if (code === 'FORBIDDEN') return { ...NO_FEEDBACK, forbidden: [item] };
  return outcome === 'unknown' ? NO_FEEDBACK : { ...NO_FEEDBACK, completed: 1 };
}

/** The account-wide code that stopped an item before anything was charged. */
function accountRefusalIn({ code, submissions }: ItemReport): FailureCode | null {
  if (code === null || submissions.some(mayBeCharged)) return null;
  const row = toRow(code);
  return getFailureRow(row).scope === 'account' ? row : null;
}

function runChild(item: Item, account: string | undefined): Promise<ItemReport> {
  const { key, operation, source, folder, deadlineMs, jobTimeBudgetMs } = item;
  const { row, request } = source;
  const held = account === undefined ? {} : { account };
  const inBatch = row === undefined ? undefined : { key, row, folder };
  return executeChild<typeof imagePipelineItem>('imagePipelineItem', {
    workflowId: itemWorkflowId(row?.batchId ?? '', key),
    // A redrive runs the same item under the same id.
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: operation,
    args: [
      {
        operation,
        deadlineMs,
        jobTimeBudgetMs,
        ...held,
        ...(inBatch ? { inBatch } : {}),
        ...(request ? { request } : {}),
      },
    ],
  });
}
