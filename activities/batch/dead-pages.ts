/** Closes pages that ended without a final report: terminated by an operator, or deleted. */
import { getOwn } from '../../workflows/domain/base/own-value';
import type {
  CancelPartsInput,
  CloseDeadPageInput,
  CloseItemsInput,
} from '../../workflows/domain/batch/activity-contract';
import { pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import type { SizedPart } from '../../workflows/domain/batch/batch-schedule';
import {
  addTallies,
  closeOpenItems,
  EMPTY_TALLY,
  NO_ITEMS,
  type Tally,
  tallyRow,
  toCountedRow,
} from '../../workflows/domain/batch/tally';
import type { ItemReport, ItemResultRow, PartReference } from '../../workflows/domain/item/item';
import { lacksSteps, listStepsToRun, recallSteps } from '../../workflows/domain/item/recorded-steps';
import { toResultRow } from '../../workflows/domain/item/result-row';
import { findOperation } from '../../workflows/domain/item/row-steps';
import { withUnreportedJobs } from '../../workflows/domain/item/unreported-job';
import type { ActivityDependencies } from '../dependencies';
import { isRunning } from '../running/is-running';
import type { BatchStore, ManifestRow } from '../store/batch-store';
import { NotInStore } from '../store/result-store';
import { pageRun } from './page-activities';

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
const NEVER_BEGUN: ItemReport = {
  ...CANCELLED,
  message: 'The page of this item ended before it began; nothing was submitted.',
};

/** Above every sequence number that a page uses. */
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

/** Closes a page without guessing: any item of a page that began may have been submitted, so it ends as `unknown`. */
export function closeDeadPage(
  { store }: Pick<ActivityDependencies, 'store'>,
  input: CloseDeadPageInput,
): Promise<Tally> {
  const { size, run, ...page } = input;
  return closePart(store.batches, page, { size, run }, { neverBegun: NEVER_BEGUN, withoutRows: 'unknown' });
}

/** Closes items that another run of their page may have submitted. */
export async function closeItems({ store }: ActivityDependencies, input: CloseItemsInput): Promise<Tally> {
  const { keys, sequence, prices, ...page } = input;
  try {
    const rows = await store.batches.readPart(page);
    const byKey = new Map(rows.map((row) => [row.key, row]));
    const findPrice = (key: string, step?: string) => {
      const row = byKey.get(key);
      return row === undefined ? 0 : (getOwn(prices, findOperation(row, step)) ?? 0);
    };
    return await closeKeys(store.batches, page, { keys, byKey, sequence, run: pageRun(), findPrice });
  } catch (error) {
    if (!(error instanceof NotInStore)) throw error;
    return tallyUnnamed(keys.length, 'unknown');
  }
}

/** Cancels items of parts without a page. Nothing was submitted for a part that no page has begun. */
export async function cancelParts({ store }: ActivityDependencies, input: CancelPartsInput): Promise<Tally> {
  const { batchId, rowsHash, parts } = input;
  let tally = EMPTY_TALLY;
  for (const { part, ...sized } of parts) {
    const page = { batchId, part, rowsHash };
    // This coordinator never started a page for them.
    const end = { neverBegun: CANCELLED, withoutRows: 'cancelled' } as const;
    tally = addTallies(tally, await closePart(store.batches, page, sized, end));
  }
  return tally;
}

type UnseenOutcome = 'cancelled' | 'unknown';

interface PartEnd {
  /** Report for items of a part that no page has begun. */
  readonly neverBegun: ItemReport;
  /** Outcome for rows that are not in this store. */
  readonly withoutRows: UnseenOutcome;
}

async function closePart(
  batches: BatchStore,
  page: PartReference,
  { size, run }: Omit<SizedPart, 'part'>,
  { neverBegun, withoutRows }: PartEnd,
): Promise<Tally> {
  const { batchId, part } = page;
  try {
    const [rows, begun] = await Promise.all([batches.readPart(page), batches.readBegin(batchId, part)]);
    const byKey = new Map(rows.map((row) => [row.key, row]));
    const unseen = begun === null || begun === run ? neverBegun : LOST;
    return await closeKeys(batches, page, { keys: [...byKey.keys()], byKey, sequence: LAST_SEQUENCE, run: '', unseen });
  } catch (error) {
    if (!(error instanceof NotInStore)) throw error;
    return tallyUnnamed(size, withoutRows);
  }
}

/** Counts items whose rows are missing: their keys are unknown, so they cannot be recorded one by one. */
function tallyUnnamed(size: number, outcome: UnseenOutcome): Tally {
  return closeOpenItems({ ...EMPTY_TALLY, counts: { ...NO_ITEMS, waiting: size } }, outcome);
}

interface Closing {
  readonly keys: readonly string[];
  readonly byKey: ReadonlyMap<string, ManifestRow>;
  readonly sequence: number;
  readonly run: string;
  /** Report for items without an outcome. Default: they may have been submitted. */
  readonly unseen?: ItemReport;
  /** Price of one submission. Default 0. */
  readonly findPrice?: (key: string, step?: string) => number;
}

/** Keeps recorded outcomes and records `unseen` for all other items. An item with all of its steps has succeeded. */
async function closeKeys(
  batches: BatchStore,
  page: PartReference,
  { keys, byKey, sequence, run, unseen = LOST, findPrice = () => 0 }: Closing,
): Promise<Tally> {
  const { batchId, part } = page;
  const { lines, jobs } = await (await batches.openOutcomes(batchId, part))(part);
  const known = new Map(lines?.map((line) => [line.key, line]));
  const open = keys.filter((key) => !known.has(key)).map((key) => toResultRow(key, unseen));
  const recalled = await recallAll(batches, page, byKey, [...known.values(), ...open]);
  // An item with unfinished steps is written without its steps: its row must never replace the page's own row.
  const written = open.map((line) => {
    const now = recalled.get(line.key);
    return now?.outcome === 'succeeded' ? now : line;
  });
  if (written.length > 0) await batches.writeOutcomes(batchId, part, sequence, written, run);
  return keys.reduce((sum, key) => {
    const line = recalled.get(key);
    if (line === undefined) return sum;
    // Results name the jobs that only the store knows, so they count.
    const ofRow = jobs.filter((job) => job.key === key);
    const row = toCountedRow(withUnreportedJobs(line, ofRow), byKey.get(key)?.earlier);
    return addTallies(
      sum,
      tallyRow(row, (step) => findPrice(key, step)),
    );
  }, EMPTY_TALLY);
}

/** The rows with the finished steps that the store knows, by key. */
async function recallAll(
  batches: BatchStore,
  { batchId, part }: PartReference,
  byKey: ReadonlyMap<string, ManifestRow>,
  lines: readonly ItemResultRow[],
): Promise<ReadonlyMap<string, ItemResultRow>> {
  const pairs = lines.map((line) => ({ line, row: byKey.get(line.key) }));
  const lost = pairs.flatMap(({ line, row }) => (row !== undefined && lacksSteps(row, line) ? row : []));
  const steps = await batches.readSteps(batchId, part, lost.map(listStepsToRun));
  const recall = ({ line, row }: (typeof pairs)[number]) =>
    row === undefined || !lacksSteps(row, line) ? line : recallSteps(row, line, steps.get(line.key) ?? []);
  return new Map(pairs.map((pair) => [pair.line.key, recall(pair)]));
}
