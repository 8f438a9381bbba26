/** What a page of a batch asks of the store. */
import { Context } from '@temporalio/activity';
import type { PageItem, ReportPageInput } from '../workflows/domain/activity-contract';
import { PAGE_REPORT_SIGNAL } from '../workflows/domain/batch';
import type { PartReference } from '../workflows/domain/item';
import type { ActivityDependencies } from './dependencies';
import { nameOfError } from './name-of-error';

/** The keys of a page; prompts stay where they are. */
export async function loadPage({ store }: ActivityDependencies, page: PartReference): Promise<readonly PageItem[]> {
  const { batchId, part } = page;
  const rows = await store.batches.readPart(page);
  // From here on an item of this part without an outcome may have been submitted.
  await store.batches.writeOutcomes(batchId, part, 0, []);
  return rows.map(({ key, operation, jobId }) => ({ key, operation, ...(jobId === undefined ? {} : { jobId }) }));
}

/** The store first: what the coordinator counts must be there to be read. */
export async function reportPage(
  { store }: ActivityDependencies,
  { batchId, part, sequence, lines, report }: ReportPageInput,
): Promise<{ readonly isHeard: boolean }> {
  if (lines.length > 0) await store.batches.writeOutcomes(batchId, part, sequence, lines);
  // Without a run id: the coordinator may have continued as new.
  try {
    await Context.current().client.workflow.getHandle(batchId).signal(PAGE_REPORT_SIGNAL, report);
    return { isHeard: true };
  } catch (error) {
    if (nameOfError(error) === 'WorkflowNotFoundError') return { isHeard: false };
    throw error;
  }
}
