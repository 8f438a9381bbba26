/** Pages that ended without a word: an operator terminated them, or their history was deleted. */
import type { PartsReference } from '../workflows/domain/activity-contract';
import { addTallies, EMPTY_TALLY, type Tally, tallyOfLines } from '../workflows/domain/batch';
import { pageWorkflowId } from '../workflows/domain/batch-ids';
import type { ItemReport, PartReference } from '../workflows/domain/item';
import { lineOf } from '../workflows/domain/item-line';
import type { ActivityDependencies } from './dependencies';
import { isRunning } from './is-running';

const NOTHING = { result: null, jobId: null, submissions: [] } as const;
const LOST: ItemReport = {
  ...NOTHING,
  outcome: 'unknown',
  code: 'SUBMIT_OUTCOME_UNKNOWN',
  message: 'The page of this item ended without reporting it; it may have been submitted.',
};
const CANCELLED: ItemReport = {
  ...NOTHING,
  outcome: 'cancelled',
  code: 'CANCELLED',
  message: 'The batch was cancelled before its turn.',
};

/** Above every segment that a page writes itself. */
const LAST_SEQUENCE = 999_999;

export async function findDeadPages({
  batchId,
  parts,
}: {
  readonly batchId: string;
  readonly parts: readonly number[];
}): Promise<readonly number[]> {
  const running = await Promise.all(parts.map((part) => isRunning(pageWorkflowId(batchId, part))));
  return parts.filter((_, index) => !running[index]);
}

/** Items without an outcome may have been submitted, so they are recorded as unknown; nothing is guessed. */
export async function closeDeadPage({ store }: ActivityDependencies, page: PartReference): Promise<Tally> {
  const { batchId, part } = page;
  const [rows, lines] = await Promise.all([store.batches.readPart(page), store.batches.readOutcomes(batchId, part)]);
  const known = lines ?? [];
  const ended = new Set(known.map(({ key }) => key));
  const lost = rows.filter(({ key }) => !ended.has(key)).map(({ key }) => lineOf(key, LOST));
  if (lost.length > 0) await store.batches.writeOutcomes(batchId, part, LAST_SEQUENCE, lost);
  return tallyOfLines([...known, ...lost]);
}

/** Items of parts that no page was ever opened for: nothing of them was submitted. */
export async function cancelParts(
  { store }: ActivityDependencies,
  { batchId, rowsHash, parts }: PartsReference,
): Promise<Tally> {
  let tally = EMPTY_TALLY;
  for (const part of parts) {
    const rows = await store.batches.readPart({ batchId, part, rowsHash });
    const lines = rows.map(({ key }) => lineOf(key, CANCELLED));
    await store.batches.writeOutcomes(batchId, part, LAST_SEQUENCE, lines);
    tally = addTallies(tally, tallyOfLines(lines));
  }
  return tally;
}
