/** What a batch checks while it runs, because nothing would report it: silent pages, stuck workflows, the deadline. */
import { condition, sleep } from '@temporalio/workflow';
import { pageWorkflowId } from '../domain/batch/batch-ids';
import { cancelBatch } from '../domain/batch/batch-record';
import type { BatchSchedule } from '../domain/batch/batch-schedule';
import type { RunningBatch } from '../domain/batch/running-batch';
import { sumUsage } from '../domain/leases/lease';
import { batchActivities } from './batch-activities';
import type { BatchPages } from './batch-pages';

/** Silence after which a page is checked, in ms. */
const SILENCE_MS = 60_000;
/** Interval between two checks, in ms. A workflow whose tasks fail at both cannot process the cancellation. */
const STUCK_LOOK_MS = 10_000;

/** Checks silent pages: a page started by an earlier run does not report its death to this one. */
export async function watchSilence(batchId: string, batch: RunningBatch, pages: BatchPages): Promise<void> {
  for (;;) {
    await condition(() => sumUsage(batch.schedule.open).held > 0 || waitsForPages(batch.schedule));
    await sleep(SILENCE_MS, { summary: 'check silent pages' });
    const silent = pages.listSilent(SILENCE_MS);
    if (silent.length === 0) continue;
    const dead = await batchActivities.findDeadPages({ batchId, parts: silent });
    for (const part of dead) pages.onEnded(part);
  }
}

function waitsForPages({ control, open }: BatchSchedule): boolean {
  return control === 'cancelling' && open.length > 0;
}

/**
 * Terminates workflows whose tasks keep failing; otherwise a cancellation would never end. Their jobs in flight are
 * lost in any case.
 */
export async function watchStuckWorkflows(batchId: string, batch: RunningBatch, pages: BatchPages): Promise<void> {
  let suspects: readonly string[] = [];
  for (;;) {
    await condition(() => waitsForPages(batch.schedule));
    await sleep(STUCK_LOOK_MS, { summary: 'check workflows whose tasks fail' });
    const parts = batch.schedule.open.map(({ part }) => part);
    if (parts.length === 0) continue;
    const stuck = await batchActivities.findStuckWorkflows({ batchId, parts });
    const ended = stuck.filter((id) => suspects.includes(id));
    suspects = stuck;
    if (ended.length === 0) continue;
    await batchActivities.endWorkflows(ended);
    for (const part of parts.filter((one) => ended.includes(pageWorkflowId(batchId, one)))) {
      // A page of an earlier run frees its id for the page that waits for it.
      if (!pages.isOpening(part)) pages.onEnded(part);
    }
  }
}

/** Cancels the batch when its time has passed. */
export async function watchDeadline(batch: RunningBatch, deadlineMs: number | undefined): Promise<void> {
  if (deadlineMs === undefined) return;
  await sleep(Math.max(1, Date.parse(batch.record.startedAt) + deadlineMs - Date.now()), {
    summary: 'deadline of the batch',
  });
  batch.change(cancelBatch(batch.record, 'the deadline of the batch has passed'));
}
