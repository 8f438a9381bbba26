/** Stores the result of a completed job. The job is paid by now, so the download is retried many times. */
import { createHash } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import { findErrorName } from '../../workflows/domain/base/errors';
import { type CompletedJob, SINGLE_ITEMS_FOLDER, type StoredFile } from '../../workflows/domain/item/item';
import { toStepRole } from '../../workflows/domain/item/step-report';
import { getOperationRow } from '../../workflows/domain/operations/operations';
import { reportStore } from '../account/account-activities';
import type { JobFile, StatusVerdict } from '../imagepipeline/classify-status';
import { tryBestEffort } from '../running/best-effort';
import { StoreUnavailable } from '../store/result-store';
import { DownloadFailed, downloadResult } from './download-result';
import { recordDownloadFailure, recordResult } from './item-telemetry';
import type { JobWatch } from './job-watch';
import { toStoreFault } from './load-request';
import { recordStep } from './record-step';
import { throwFault } from './throw-fault';

/** Makes one attempt; returns `null` to read the status again for fresh URLs. */
export async function collectResult(
  watch: JobWatch,
  verdict: Extract<StatusVerdict, { kind: 'completed' }>,
): Promise<CompletedJob | null> {
  watch.details = { ...watch.details, state: 'downloading', progress: 100 };
  const { files } = verdict;
  watch.files.recordCharge(verdict);
  const problem = watch.files.hasMain ? null : await storeMain(watch, files[0]);
  if (problem !== null) return waitForResult(watch, problem);
  const others = watch.files.listPending(files);
  if (others.length > 0) watch.sawStored();
  for (const file of others) await storeFurther(watch, file);
  const [pending] = watch.files.listPending(files);
  if (pending !== undefined) return waitForResult(watch, `the file "${pending.role}" is not stored yet`);
  try {
    return await finishCollecting(watch);
  } catch (error) {
    watch.signal.throwIfAborted();
    if (!(error instanceof StoreUnavailable)) throw error;
    await reportUnstored(watch, error);
    watch.sawStored();
    return waitForResult(watch, 'the store has not recorded the step yet');
  }
}

/** Returns the problem; `null` if the file is stored. */
async function storeMain(watch: JobWatch, file: JobFile | undefined): Promise<string | null> {
  const { dependencies, signal, input } = watch;
  if (file === undefined) return 'the completed job names no result';
  try {
    watch.files.add(await storeFile(watch, file, true));
    await reportStored(watch);
    return null;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DownloadFailed) return error.message;
    // Fails instead of waiting: another attempt may run on a worker whose store works.
    if (!(error instanceof StoreUnavailable)) throw error;
    await reportUnstored(watch, error);
    throwFault(toStoreFault(dependencies, error, 'read', { ...input, deadlineAt: watch.localDeadlineAt }));
  }
}

/** Makes one attempt at a file beside the main one. No fault of it may cost the main one, which is stored. */
async function storeFurther(watch: JobWatch, file: JobFile): Promise<void> {
  try {
    watch.files.add(await storeFile(watch, file, false));
    await reportStored(watch);
    watch.sawStored();
  } catch (error) {
    watch.signal.throwIfAborted();
    if (error instanceof StoreUnavailable) await reportUnstored(watch, error);
    watch.files.recordFailure(file, describeFailure(error));
  }
}

/** In words that may enter a history. */
function describeFailure(error: unknown): string {
  if (error instanceof DownloadFailed) return error.message;
  return error instanceof StoreUnavailable ? 'the store is unavailable' : `internal error: ${findErrorName(error)}`;
}

/** The main file of the last step has the item's name. The others also have their role in it, and that of their step. */
async function storeFile(watch: JobWatch, { role, url, isUnlisted }: JobFile, isMain: boolean): Promise<StoredFile> {
  const { dependencies, signal, input } = watch;
  const { key, operation, folder = SINGLE_ITEMS_FOLDER, step } = input;
  const own = isMain ? {} : { role };
  const place = { folder, key, ...(step === undefined || step.isLast ? own : { role: toStepRole(step.id, role) }) };
  const kind = isUnlisted === true ? null : getOperationRow(operation).output;
  return { role, ...(await downloadResult(dependencies, { url, place, kind, tag: toTag(watch), signal })) };
}

/**
 * The completed job with the files that are stored, once the store has recorded its step; `null` if the main file is not
 * stored.
 *
 * @throws StoreUnavailable
 */
async function finishCollecting(watch: JobWatch): Promise<CompletedJob | null> {
  const { files, input, dependencies } = watch;
  const completed = files.toCompleted();
  if (completed === null) return null;
  const recorded = await recordStep(watch, completed);
  if (input.step !== undefined) await reportStored(watch);
  recordResult(input, recorded, dependencies.store.kind);
  return recorded;
}

/** Like `finishCollecting`, when the time is over: also if the store cannot record the step. */
export async function finishLate(watch: JobWatch): Promise<CompletedJob | null> {
  const unrecorded = watch.files.toCompleted();
  return tryBestEffort('step-record', unrecorded, () => finishCollecting(watch));
}

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

/**
 * Waits before the next download attempt. When the time for that is over, the job completes with the files that are
 * stored, and fails if the main one is not.
 */
export async function waitForResult(watch: JobWatch, problem: string): Promise<CompletedJob | null> {
  const sinceMs = watch.now() - (watch.completedAt ?? 0);
  if (sinceMs > watch.dependencies.timings.resultPatienceMs)
    return (await finishLate(watch)) ?? watch.failOurs('RESULT_UNAVAILABLE', problem);
  recordDownloadFailure(watch.input);
  return watch.waitOutTrouble(problem);
}

/** Distinguishes staged files: two workers that hold the same job must not write to one file. */
function toTag({ input }: JobWatch): string {
  const job = createHash('sha256').update(input.job.jobId).digest('hex').slice(0, 12);
  return `${job}-${activityInfo().attempt}`;
}
