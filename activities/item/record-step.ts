/** Records finished steps of a batch's items. The records survive the loss of their page. */
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import type { CompletedJob } from '../../workflows/domain/item/item';
import { withAllFiles } from '../../workflows/domain/item/result-row';
import { withStoreDeadline } from '../store/store-deadline';
import { toJobFiles } from './collected-files';
import type { JobWatch } from './job-watch';

/** Timeout of the write, in ms. */
const WRITE_TIMEOUT_MS = 10_000;

/**
 * Returns the job as it is recorded: an earlier attempt, whose result was lost, may have stored other files of it. Does
 * nothing for an item of one step, and for one without a batch, which has a journal.
 *
 * @throws StoreUnavailable
 */
export async function recordStep(
  { dependencies: { store }, input: { key, row, step, job } }: JobWatch,
  completed: CompletedJob,
): Promise<CompletedJob> {
  if (row === undefined || step === undefined) return completed;
  const { charge, balance, ...own } = completed;
  const { files } = withAllFiles(completed);
  const known = withoutMissing({ missing: own.missing, charge: charge ?? undefined });
  const record = { key, id: step.id, jobId: job.jobId, files, ...known };
  const writing = store.batches.recordStep(row.batchId, row.part, record);
  const stored = await withStoreDeadline('recording the step', WRITE_TIMEOUT_MS, writing);
  if (stored.jobId !== job.jobId) return completed;
  const kept = toJobFiles(stored.files, stored.missing) ?? own;
  return { ...kept, charge, ...withoutMissing({ balance }) };
}
