/** Jobs that were accepted, and that Temporal may not know. */
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import type { LostSubmission, SubmitJobInput } from '../../workflows/domain/item/activity-contract';
import { findJobOfCall } from '../../workflows/domain/item/journal-entry';
import type { ActivityDependencies } from '../dependencies';

/**
 * Returns the job of a lost submission; `null` if the store has none.
 *
 * @throws StoreUnavailable
 */
export async function findUnreportedJob(
  { store }: Pick<ActivityDependencies, 'store'>,
  { key, run, submission, row, journal }: LostSubmission,
): Promise<string | null> {
  if (row !== undefined) return store.batches.readUnreported(row.batchId, row.part, { key, run, submission });
  if (journal === undefined) return null;
  const entry = await store.submissions.read(key);
  return entry === null ? null : findJobOfCall(entry, run, journal.call);
}

/**
 * Records the job of a row. The job of a single item is in its journal.
 *
 * @throws StoreUnavailable
 */
export async function recordUnreportedJob(
  { store, now }: Pick<ActivityDependencies, 'store' | 'now'>,
  { key, run, submission, row, step }: SubmitJobInput,
  jobId: string,
): Promise<void> {
  if (row === undefined) return;
  const acceptedAt = new Date(now()).toISOString();
  const job = { key, run, submission, jobId, acceptedAt, ...withoutMissing({ step: step?.id }) };
  await store.batches.recordUnreported(row.batchId, row.part, job);
}
