/** Starts rows of a sampled batch that no run has started: an even sample of them, or all. */
import { getPlannedRun, readItems, tallyItem, toCount } from '../../activities/store';
import { BatchRefusedError } from '../../connection/errors';
import { chooseSample } from '../../input/sample';
import { formatCount } from '../../workflows/domain/base/format-count';
import { toStartSettings } from '../../workflows/domain/batch/batch-options';
import { addTallies, EMPTY_TALLY } from '../../workflows/domain/batch/tally';
import { listSteps } from '../../workflows/domain/item/row-steps';
import { findEarlierRun } from '../items/earlier-run';
import type { BatchContext, StartedBatch } from './batch-context';
import { RowSpool } from './batch-manifest';
import type { BatchStart, ClaimedBatch } from './claim-batch';
import { waitForEarlierPages } from './earlier-pages';
import { runAgain } from './run-again';

/** Longest wait for pages of a terminated run, in ms: shorter than callers wait for an answer. */
const MAX_PAGE_WAIT_MS = 15_000;
const STILL_RUNS =
  'it is running; rows that are not started yet can be started when it has ended. Nothing was started now';

/**
 * Starts the rows whose run never began; those that began are left to `redrive`, however they ended. The manifest has one
 * more run afterwards, as after a redrive.
 *
 * @throws BatchRefusedError if it runs without one of the rows, if pages of a terminated run still collect jobs, or if
 *   another process starts rows at the same time
 */
export async function startUnstarted(
  client: BatchContext,
  { manifest, isNew }: ClaimedBatch,
  { store, options, sample, confirm, ...check }: BatchStart,
): Promise<StartedBatch> {
  const { batchId: id, sampled } = manifest;
  const isRunning = (await findEarlierRun(client.temporal, id))?.status.name === 'RUNNING';
  if (!isRunning) await waitForEarlierPages(client.temporal, manifest, { maxWaitMs: MAX_PAGE_WAIT_MS });
  const settings = toStartSettings(options, { ...manifest.settings, ...sampled });
  const planned = sumParts(getPlannedRun(manifest).parts);
  const chosen = sample === undefined ? null : chooseSample(sample, planned);
  const spool = new RowSpool();
  try {
    let [index, count, submissions, notStarted, base] = [0, 0, 0, 0, EMPTY_TALLY];
    for await (const item of readItems(store.batches, manifest)) {
      const isWanted = (isRunning ? !item.isStarted : !item.begun) && (chosen?.has(index) ?? true);
      index += 1;
      if (isWanted && isRunning) throw new BatchRefusedError(id, STILL_RUNS);
      if (!isWanted) {
        base = addTallies(base, tallyItem(item, settings.prices));
        if (!item.isStarted) notStarted += 1;
        continue;
      }
      count += 1;
      submissions += listSteps(item.row).length;
      await spool.add(item.row);
    }
    const left = toCount(notStarted);
    if (count === 0) return { id, alreadyStarted: true, ...left };
    if (!isNew) await confirm?.(submissions);
    const summary = `${formatCount(count, 'item')}${notStarted > 0 ? ' as a sample' : ''}`;
    const bounds = { ...settings, sharesBudget: true, skipped: sampled?.skipped ?? 0 };
    await runAgain(client, { ...check, spool, store, manifest, base, ...left, summary, bounds });
    return { id, alreadyStarted: false, ...left };
  } finally {
    await spool.close();
  }
}

function sumParts(parts: readonly number[]): number {
  return parts.reduce((sum, size) => sum + size, 0);
}
