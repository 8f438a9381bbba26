/** Adds the rows of a source that an ended batch does not have, and runs them as items of this batch. */
import { type Manifest, type ManifestRow, readItems, tallyItem, toCount } from '../../activities/store';
import { BatchRefusedError } from '../../connection/errors';
import type { Plan } from '../../input/plan';
import { formatDifferences } from '../../input/row-differences';
import { formatCount } from '../../workflows/domain/base/format-count';
import { type BatchLimits, toLimits } from '../../workflows/domain/batch/batch-options';
import { addTallies, EMPTY_TALLY } from '../../workflows/domain/batch/tally';
import { isSameRow } from '../../workflows/domain/item/canonical-row';
import type { BatchContext } from './batch-context';
import { InvalidRowsError } from './invalid-rows-error';
import { type RowOptions, type RowSource, toBatchPlan, withRowSource } from './plan-batch';
import { planEditedRows, refuseTerms } from './redrive-batch';
import type { EndingBatch } from './refuse-if-running';
import { type EndedTerms, whenEnded } from './when-ended';

/** Rows to add to a batch, and limits. Absent limits are those of the batch. */
export interface AddOptions extends RowOptions, BatchLimits, EndedTerms {}

/** @throws InvalidRowsError if a row is invalid, unless invalid rows are skipped; nothing was started */
export function addProgramRows(client: BatchContext, batch: EndingBatch, options: AddOptions): Promise<number | null> {
  const refuse = (made: Plan) => {
    const plan = toBatchPlan(made);
    if (!plan.mayStart) throw new InvalidRowsError(plan);
  };
  return withRowSource(client, options, (source) => addRows(client, batch, source, options, refuse));
}

/**
 * @param onPlan receives the plan before anything is started, even if it may not start. An error starts nothing
 * @throws InvalidRequestError with every problem of the terms
 * @throws ManifestNotFoundError, BatchRefusedError as `whenEnded`, or if a row differs from that of its key
 * @returns the number of new items; `null` if the plan may not start, or the signal was aborted
 */
export async function addRows(
  client: BatchContext,
  batch: EndingBatch,
  source: RowSource,
  terms: EndedTerms & BatchLimits,
  onPlan: (plan: Plan) => void | Promise<void>,
): Promise<number | null> {
  refuseTerms(terms);
  const { plan, rows, inputs } = await planEditedRows(source);
  await onPlan(plan);
  if (!plan.mayStart) return null;
  const check = (manifest: Manifest) => refuseTerms(terms, manifest.settings);
  return whenEnded(client, batch, terms, check, async ({ store, manifest, spool, run }) => {
    const bounds = toLimits(terms, manifest.settings);
    // On many file systems, names that differ only in case are one file.
    const added = new Map<string, ManifestRow>([...rows.values()].map((row) => [row.key.toLowerCase(), row]));
    const changed: string[] = [];
    let [base, notStarted] = [EMPTY_TALLY, 0];
    for await (const item of readItems(store.batches, manifest)) {
      const row = added.get(item.row.key.toLowerCase());
      if (row !== undefined && !isSameRow(row, item.row)) changed.push(row.key);
      added.delete(item.row.key.toLowerCase());
      if (!item.isStarted) notStarted += 1;
      base = addTallies(base, tallyItem(item, bounds.prices));
    }
    if (changed.length > 0) throw new BatchRefusedError(batch.id, describeChanged(changed));
    if (added.size === 0) return 0;
    await terms.confirm?.(added.size);
    for (const row of added.values()) await spool.add(row);
    await inputs?.keepUsed(store.inputs, added.values());
    await run({
      base,
      ...toCount(notStarted),
      adds: true,
      summary: `${formatCount(added.size, 'item')} added`,
      bounds,
    });
    return added.size;
  });
}

function describeChanged(changed: readonly string[]): string {
  const differences = formatDifferences({ changed, gone: [], added: [] });
  return `${differences}; nothing was started. Give them other keys, or run them again with "redrive --input"`;
}
