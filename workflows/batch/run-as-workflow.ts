/** An item of a batch as a workflow of its own, for those who want each image as a row in Temporal UI. */
import { executeChild, ParentClosePolicy, WorkflowIdReusePolicy } from '@temporalio/workflow';
import { itemWorkflowId } from '../domain/batch/batch-ids';
import { type FailureCode, failureRow } from '../domain/failures/failures';
import { rowOf } from '../domain/failures/fault';
import { childReport } from '../domain/item/application-failure';
import { type Item, type ItemReport, mayBeCharged } from '../domain/item/item';
import { NEW_RECORD, opened, progressOf, reportOf } from '../domain/item/item-record';
import { type News, NO_NEWS } from '../domain/leases/feedback';
import type { generateImage } from '../item/item-workflow';
import type { Surroundings } from '../item/run-item';

/** What is said of a child that ended without a report: an operator terminated it, and it may have submitted. */
const LOST: ItemReport = {
  outcome: 'unknown',
  result: null,
  jobId: null,
  code: 'SUBMIT_OUTCOME_UNKNOWN',
  message: 'The workflow of this item was ended from outside; it may have been submitted.',
  submissions: [],
};

/**
 * As `runImageJob`, but the permit is held until the child has ended, its waits included. A child that met a wall of the
 * account is run again when the account can go on.
 */
export async function runAsWorkflow(
  item: Item,
  { observe, permits, price = 0, account }: Surroundings,
): Promise<ItemReport> {
  for (let again = false; ; again = true) {
    const wish = { again, price, deadlineAt: null };
    const turn = await permits.acquire(wish);
    if (!turn.go) return reportOf(NEW_RECORD, turn.end, null);
    const record = opened(NEW_RECORD);
    observe(progressOf(record, 'awaiting', null), record);
    const report = await reportOfChild(item, account);
    if (report.submissions.some(({ jobId }) => jobId !== null)) permits.accepted(wish);
    const name = `${item.folder}/${item.key}`;
    const isKeyRefused = report.code === 'FORBIDDEN' && permits.isKeyRefused(name);
    const wall = isKeyRefused ? 'UNAUTHENTICATED' : wallOf(report);
    const landing = wall === null && report.code !== 'FORBIDDEN' ? 'charged' : 'unsent';
    permits.release(wish, landing, newsOfChild(report, wall, name), false);
    if (wall === null) return report;
    observe(progressOf(NEW_RECORD, 'waiting-for-permit', null), NEW_RECORD);
  }
}

async function reportOfChild(item: Item, account: string | undefined): Promise<ItemReport> {
  try {
    return await runChild(item, account);
  } catch (error) {
    return childReport(error) ?? LOST;
  }
}

function newsOfChild({ code, outcome }: ItemReport, wall: FailureCode | null, item: string): News {
  if (wall !== null) return { ...NO_NEWS, walls: { [wall]: 1 } };
  if (code === 'FORBIDDEN') return { ...NO_NEWS, forbidden: [item] };
  return outcome === 'unknown' ? NO_NEWS : { ...NO_NEWS, completed: 1 };
}

/** The code of the account that stopped an image before anything of it was charged. */
function wallOf({ code, submissions }: ItemReport): FailureCode | null {
  if (code === null || submissions.some(mayBeCharged)) return null;
  const row = rowOf(code);
  return failureRow(row).scope === 'account' ? row : null;
}

function runChild(item: Item, account: string | undefined): Promise<ItemReport> {
  const { key, operation, source, folder, deadlineMs, jobTimeBudgetMs } = item;
  const { row, request } = source;
  const held = account === undefined ? {} : { account };
  const inBatch = row === undefined ? undefined : { key, row, folder };
  return executeChild<typeof generateImage>('generateImage', {
    workflowId: itemWorkflowId(row?.batchId ?? '', key),
    // A redrive runs the same item under the same id again.
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
