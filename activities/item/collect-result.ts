/** Stores the result of a completed job. The job is paid by now, so the download is retried many times. */
import { createHash } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import { type CompletedJob, SINGLE_ITEMS_FOLDER, type StoredFile } from '../../workflows/domain/item/item';
import { getOperationRow } from '../../workflows/domain/operations/operations';
import { reportStore } from '../account/account-activities';
import type { JobFile, StatusVerdict } from '../imagepipeline/classify-status';
import { StoreUnavailable } from '../store/result-store';
import { DownloadFailed, downloadResult } from './download-result';
import { recordDownloadFailure, recordResult } from './item-telemetry';
import type { JobWatch } from './job-watch';
import { toStoreFault } from './load-request';
import { throwFault } from './throw-fault';

/** Makes one attempt; returns `null` to read the status again for a fresh URL. */
export async function collectResult(
  watch: JobWatch,
  { files, charge }: Extract<StatusVerdict, { kind: 'completed' }>,
): Promise<CompletedJob | null> {
  const { dependencies, signal, input } = watch;
  const [main, ...others] = files;
  watch.details = { ...watch.details, state: 'downloading', progress: 100 };
  if (main === undefined) return waitForResult(watch, 'the completed job names no result');
  try {
    const completed = { ...(await storeFiles(watch, main, others)), charge };
    recordResult(input, completed, dependencies.store.kind);
    await reportStored(watch);
    return completed;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DownloadFailed) return waitForResult(watch, error.message);
    // Fails instead of waiting: another attempt may run on a worker whose store works.
    if (!(error instanceof StoreUnavailable)) throw error;
    await reportUnstored(watch, error);
    throwFault(toStoreFault(dependencies, error, 'read', { ...input, deadlineAt: watch.localDeadlineAt }));
  }
}

/** The main file has the item's name; the others also have their role in it. */
async function storeFiles(
  watch: JobWatch,
  main: JobFile,
  others: readonly JobFile[],
): Promise<Pick<CompletedJob, 'result' | 'files'>> {
  const { dependencies, signal, input } = watch;
  const { key, operation, folder = SINGLE_ITEMS_FOLDER } = input;
  const { output } = getOperationRow(operation);
  const store = (url: string, role?: string) => {
    const place = { folder, key, ...(role === undefined ? {} : { role }) };
    return downloadResult(dependencies, { url, place, output, tag: toTag(watch), signal });
  };
  const result = await store(main.url);
  if (others.length === 0 && main.role === MAIN_ROLE) return { result };
  const files: StoredFile[] = [{ role: main.role, ...result }];
  for (const { role, url } of others) files.push({ role, ...(await store(url, role)) });
  return { result, files };
}

const MAIN_ROLE = 'result';

/** The governor holds the account when several results in a row cannot be stored. */
async function reportUnstored({ dependencies, input }: JobWatch, { message }: StoreUnavailable): Promise<void> {
  const { storeAccount } = input;
  if (storeAccount === undefined) return;
  const report = dependencies.storeWrites.recordFailure(storeAccount, message);
  if (report !== null) await reportStore(storeAccount, report);
}

async function reportStored({ dependencies, input }: JobWatch): Promise<void> {
  const { storeAccount } = input;
  if (storeAccount === undefined) return;
  const accounts = dependencies.storeWrites.recordSuccess(storeAccount, activityInfo().attempt > 1);
  await Promise.all(accounts.map((account) => reportStore(account, { problem: null })));
}

/** Waits before the next download attempt, or gives up when the time is over. */
export function waitForResult(watch: JobWatch, problem: string): Promise<null> {
  const sinceMs = watch.now() - (watch.completedAt ?? 0);
  if (sinceMs > watch.dependencies.timings.resultPatienceMs) watch.failOurs('RESULT_UNAVAILABLE', problem);
  recordDownloadFailure(watch.input);
  return watch.waitOutTrouble(problem);
}

/** Distinguishes staged files: two workers that hold the same job must not write to one file. */
function toTag({ input }: JobWatch): string {
  const job = createHash('sha256').update(input.job.jobId).digest('hex').slice(0, 12);
  return `${job}-${activityInfo().attempt}`;
}
