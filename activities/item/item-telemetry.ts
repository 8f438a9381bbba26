/**
 * Metrics and log lines about the life of an item. Log lines contain ids and codes, never text from the provider or the
 * caller.
 */
import { log } from '@temporalio/activity';
import type { FailureCode } from '../../workflows/domain/failures/failures';
import type { AwaitJobInput, SubmitJobInput } from '../../workflows/domain/item/activity-contract';
import type { CompletedJob } from '../../workflows/domain/item/item';
import { type LabelsOf, NO_CODE } from '../../workflows/domain/item/metrics';
import type { SubmitVerdict } from '../imagepipeline/classify-submit';
import type { UploadVerdict } from '../imagepipeline/upload';
import { count, record } from '../running/metrics';
import type { StoreKind } from '../store/result-store';

type JobInput = Pick<AwaitJobInput, 'key' | 'operation' | 'job'>;

export function recordSubmission({ key, submission, operation }: SubmitJobInput, verdict: SubmitVerdict): void {
  count('imagepipeline_submissions', { operation, verdict: verdict.kind, code: toCode(verdict) });
  LINES[verdict.kind]({ item: key, submission, ...toFacts(verdict) });
}

const LINES: Readonly<Record<SubmitVerdict['kind'], (fields: Record<string, unknown>) => void>> = {
  accepted: (fields) => log.info('submission accepted', fields),
  refused: (fields) => log.info('submission refused', fields),
  unknown: (fields) => log.warn('submission outcome unknown', fields),
};

function toCode(verdict: SubmitVerdict): FailureCode | typeof NO_CODE {
  if (verdict.kind === 'refused') return verdict.code;
  return verdict.kind === 'unknown' ? 'SUBMIT_OUTCOME_UNKNOWN' : NO_CODE;
}

function toFacts(verdict: SubmitVerdict): Record<string, unknown> {
  return verdict.kind === 'accepted' ? { job: verdict.jobId } : { code: toCode(verdict) };
}

/** @param seconds time since the job was accepted, or since it was queued by the provider's clock */
export function recordJobEnd(
  { key, operation, job }: JobInput,
  state: LabelsOf<'imagepipeline_job_time'>['state'],
  { seconds, reads }: { readonly seconds: number; readonly reads: number },
): void {
  record('imagepipeline_job_time', { operation, state }, seconds);
  record('imagepipeline_reads_per_job', { operation }, reads);
  log.info(`job ${state}`, { item: key, job: job.jobId, reads });
}

export function recordDownloadFailure({ key, operation, job }: JobInput): void {
  count('imagepipeline_download_failures', { operation });
  log.warn('the result could not be downloaded; requesting a fresh URL', { item: key, job: job.jobId });
}

export function recordResult(
  { key, operation, job }: JobInput,
  { result, files, missing = [], charge }: CompletedJob,
  store: StoreKind,
): void {
  const bytes = (files ?? [result]).reduce((sum, file) => sum + file.bytes, 0);
  count('imagepipeline_stored_bytes', { store }, bytes);
  const { credits, usd } = charge ?? { credits: null, usd: null };
  if (credits !== null) record('imagepipeline_charge_credits', { operation }, Math.max(0, credits));
  if (usd !== null) record('imagepipeline_charge_usd', { operation }, Math.max(0, usd));
  log.info('result stored', { item: key, job: job.jobId, bytes });
  for (const { role } of missing) log.warn('a further file could not be stored', { item: key, job: job.jobId, role });
}

/** Records one upload to the provider. */
export function recordUpload(verdict: UploadVerdict, bytes: number): void {
  count('imagepipeline_uploads', { result: verdict.kind, code: verdict.kind === 'refused' ? verdict.code : NO_CODE });
  if (verdict.kind === 'uploaded') count('imagepipeline_uploaded_bytes', {}, bytes);
}

/** Records an input that needs no upload. */
export function recordRememberedUpload(): void {
  count('imagepipeline_uploads', { result: 'remembered', code: NO_CODE });
}
