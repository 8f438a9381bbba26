/** How an item has ended. */
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { readWorkflowEnd, type WorkflowEnd } from '../workflows/domain/item/application-failure';
import type { ItemReport } from '../workflows/domain/item/item';
import type { imagePipelineItem } from '../workflows/item/item-workflow';
import { REPORT_MEMO } from '../workflows/messages';

const NO_REPORT = { result: null, jobId: null, submissions: [] } as const;

interface ItemEnd {
  readonly report: ItemReport;
  /** `null` if it has succeeded. */
  readonly failure: WorkflowFailedError | null;
}

/** Waits until an item has ended, and returns its report for every outcome. */
export async function readItemEnd(client: Client, id: string): Promise<ItemEnd> {
  try {
    return { report: await client.workflow.getHandle<typeof imagePipelineItem>(id).result(), failure: null };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return { report: await readReport(client, id, readWorkflowEnd(error.cause)), failure: error };
  }
}

/** A cancelled workflow stores its report in the memo, since no failure carries it. */
async function readReport(client: Client, id: string, end: WorkflowEnd): Promise<ItemReport> {
  if (end.kind !== 'cancelled' || end.report !== null) return toReport(end);
  const { memo } = await client.workflow.getHandle(id).describe();
  return toReport({ ...end, report: (memo?.[REPORT_MEMO] as ItemReport | undefined) ?? null });
}

/** The report in the failure, or a substitute if an operator ended the workflow. */
function toReport(end: WorkflowEnd): ItemReport {
  switch (end.kind) {
    case 'failed':
      return end.report ?? { ...NO_REPORT, outcome: 'failed', code: end.code, message: end.message };
    case 'cancelled':
      return end.report ?? { ...NO_REPORT, outcome: 'cancelled', code: 'CANCELLED', message: 'Cancelled by request.' };
    case 'terminated':
      return unknownEnd(`An operator terminated the workflow (${end.message}).`);
    case 'timed-out':
      return unknownEnd('Temporal ended the workflow at its time limit.');
  }
}

/** The report of a workflow that was ended from outside: a submission may have been accepted. */
function unknownEnd(message: string): ItemReport {
  return { ...NO_REPORT, outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN', message };
}
