/** What submissions may have cost. Pure. */
import { isFailureCode, isProviderFailureCode } from '../failures/failures';
import type { Submission } from './item';

/** Whether a submission was or may have been accepted; one in flight may have been. */
export function mayBePaid({ jobId, code }: Pick<Submission, 'jobId' | 'code'>): boolean {
  return jobId !== null || code === null || code === 'SUBMIT_OUTCOME_UNKNOWN';
}

/** Whether a submission may be charged. Failed jobs are free, regardless of their code. */
export function mayBeCharged(submission: Pick<Submission, 'jobId' | 'code'>): boolean {
  const { code } = submission;
  return mayBePaid(submission) && (code === null || (isFailureCode(code) && !isProviderFailureCode(code)));
}

/**
 * Number of submissions that followed one whose job is not known to have failed: each may be a second payment.
 *
 * @param fetched job of an earlier run that was fetched before them
 * @param resultJobs jobs whose files were stored: what followed them was wanted in addition
 */
export function countDuplicates(
  submissions: readonly CountedSubmission[],
  fetched: CountedSubmission | null = null,
  resultJobs: ReadonlySet<string> = new Set(),
): number {
  const all = fetched === null || fetched.code === null ? submissions : [fetched, ...submissions];
  // Another step is another job that is wanted.
  const isRepeated = ({ step }: CountedSubmission, index: number) =>
    all.some((other, later) => later > index && other.step === step);
  const isSettled = (one: CountedSubmission) => hasFailed(one) || resultJobs.has(one.jobId ?? '');
  return all.filter((one, index) => isRepeated(one, index) && mayBePaid(one) && !isSettled(one)).length;
}

type CountedSubmission = Pick<Submission, 'jobId' | 'code' | 'step'>;

/** Whether the provider reported that the job failed. Of our own codes only UNRECOGNISED_CODE means that. */
function hasFailed({ code }: Pick<Submission, 'code'>): boolean {
  return code !== null && (!isFailureCode(code) || isProviderFailureCode(code) || code === 'UNRECOGNISED_CODE');
}

/** Whether it may have been accepted and its end is unknown: it is in flight, or its answer was lost. */
export function isOpenEnded({ jobId, code }: Pick<Submission, 'jobId' | 'code'>): boolean {
  return code === null || (jobId === null && code === 'SUBMIT_OUTCOME_UNKNOWN');
}
