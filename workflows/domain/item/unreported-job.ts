/** Jobs that the provider accepted, and that Temporal may not know, because their worker could not report them. Pure. */
import { withoutMissing } from '../base/without-missing';
import type { ItemResultRow, RowSubmission } from './item';

/** Identifies a submission of a row of a batch. */
export interface SubmissionOfRow {
  readonly key: string;
  /** First execution run id of its page. */
  readonly run: string;
  /** Number of the submission within the item, from 1. */
  readonly submission: number;
}

/** As recorded in the store. */
export interface UnreportedJob extends SubmissionOfRow {
  readonly jobId: string;
  /** Id of the step that it is of. Absent: the item has one step. */
  readonly step?: string;
  /** When the worker received the answer, ISO 8601. */
  readonly acceptedAt: string;
}

/** Adds jobs of the item to its row, unless the row names them. */
export function withUnreportedJobs(row: ItemResultRow, jobs: readonly UnreportedJob[]): ItemResultRow {
  return [...jobs].sort((left, right) => left.submission - right.submission).reduce(withJob, row);
}

function withJob(row: ItemResultRow, job: UnreportedJob): ItemResultRow {
  const { jobId, submission } = job;
  const { submissions, fetched } = row;
  const isKnown = [row.jobId, fetched?.jobId, ...submissions.map((one) => one.jobId)].includes(jobId);
  if (isKnown) return row;
  const lost = submissions[submission - 1];
  const isLost = lost?.jobId === null && lost.code === 'SUBMIT_OUTCOME_UNKNOWN';
  return isLost ? nameJob(row, submission - 1, { ...lost, jobId }) : addJob(row, toSubmission(job));
}

function nameJob(row: ItemResultRow, index: number, named: RowSubmission): ItemResultRow {
  const submissions = row.submissions.map((one, place) => (place === index ? named : one));
  return { ...row, submissions, jobId: submissions.at(-1)?.jobId ?? row.jobId };
}

/** Of a submission that the row does not list, because the workflow that knew it was lost or reset. */
function addJob(row: ItemResultRow, added: RowSubmission): ItemResultRow {
  // The newest submission of the row stays last.
  return { ...row, submissions: [added, ...row.submissions], jobId: row.jobId ?? added.jobId };
}

/** A submission of which nothing but its job is known. */
export function toSubmission({ jobId, step }: Pick<UnreportedJob, 'jobId' | 'step'>): RowSubmission {
  return { ...withoutMissing({ step }), jobId, code: null, refusals: {} };
}
