/** Where an item that is no row of a batch begins: at the first step that no earlier run has finished. */
import { workflowInfo } from '@temporalio/workflow';
import { withoutMissing } from '../domain/base/without-missing';
import type { JournalRecipe, JournalTerms } from '../domain/item/activity-contract';
import type { Item, ItemReport, RowStep } from '../domain/item/item';
import { type ItemRecord, NEW_RECORD, newContinuation, toReport } from '../domain/item/item-record';
import { openSteps } from './item-activities';

interface OpenedItem {
  readonly record: ItemRecord;
  readonly recipe: JournalRecipe;
}

/** Returns the report of an item that may not begin, because its id was used for another one. */
export async function openItem(
  { key, keep = [] }: Pick<Item, 'key' | 'keep'>,
  steps: readonly RowStep[],
  { supersedes, supersededJobs }: Omit<JournalTerms, 'call'>,
): Promise<OpenedItem | ItemReport> {
  const run = workflowInfo().firstExecutionRunId;
  const abandoned = withoutMissing({ supersedes, supersededJobs });
  const { recipe, finished, refusal: message } = await openSteps({ key, run, steps, keep, ...abandoned });
  if (message === null) return { record: newContinuation(finished), recipe };
  return toReport(NEW_RECORD, { next: 'end', outcome: 'failed', code: 'ID_TAKEN', message }, null);
}
