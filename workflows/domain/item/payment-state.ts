/** What is known of the payments for an item that has ended without a result. */
import { type FetchedJob, type ItemResultRow, mayBeCharged, type Outcome, type RowSubmission } from './item';

type PaymentState =
  /** Nothing that was submitted can be charged. */
  | { readonly kind: 'free' }
  /** It has a job that may be charged and was not collected: it can be fetched, which costs nothing. */
  | { readonly kind: 'known-job'; readonly jobId: string /** Nothing else may be charged. */; readonly isOnly: boolean }
  /** A submission may have been accepted, and its job is not known. */
  | { readonly kind: 'unknown' };

/** An item as its runs have left it. */
interface EndedItem {
  /** `null`: its last run was begun and never told its end. */
  readonly line: Pick<ItemResultRow, 'outcome' | 'code'> | null;
  readonly begun: boolean;
  /** Of all its runs. */
  readonly submissions: readonly RowSubmission[];
}

/** Whether a new submission for an item could be a second payment. */
export function judgePayment({ line, begun, submissions }: EndedItem): PaymentState {
  const open = submissions.filter((submission, index) => {
    const isNewest = index === submissions.length - 1;
    return mayBeCharged(submission) && !(isNewest && hasFailedUnnamed(submission, line?.outcome));
  });
  const isLost =
    line === null ? begun : isUnreported(line, submissions) || (line.outcome === 'unknown' && open.length === 0);
  const known = open.filter(({ jobId }) => jobId !== null).at(-1);
  if (known?.jobId) return { kind: 'known-job', jobId: known.jobId, isOnly: open.length === 1 && !isLost };
  return open.length > 0 || isLost ? { kind: 'unknown' } : { kind: 'free' };
}

/** Whether its last run ended from outside, and took along what it knew of its submissions. */
function isUnreported({ code }: Pick<ItemResultRow, 'code'>, submissions: readonly RowSubmission[]): boolean {
  const isLost = (one: RowSubmission) => one.jobId === null && one.code === 'SUBMIT_OUTCOME_UNKNOWN';
  return code === 'SUBMIT_OUTCOME_UNKNOWN' && !submissions.some(isLost);
}

/** A job that failed without a code has the same one of ours as a step that broke while its job was read. */
function hasFailedUnnamed({ code, jobId }: RowSubmission, outcome: Outcome | undefined): boolean {
  return code === 'UNRECOGNISED_CODE' && jobId !== null && outcome === 'failed';
}

/** Submissions of several runs as one list: what a later run has found of a job replaces what was known of it. */
export function mergeSubmissions(
  lines: readonly Pick<ItemResultRow, 'submissions' | 'fetched'>[],
): readonly RowSubmission[] {
  let merged: readonly RowSubmission[] = [];
  for (const { fetched, submissions } of lines) {
    merged = [...(fetched === undefined ? merged : withFetched(merged, fetched)), ...submissions];
  }
  return merged;
}

function withFetched(submissions: readonly RowSubmission[], fetched: FetchedJob): readonly RowSubmission[] {
  const isKnown = submissions.some(({ jobId }) => jobId === fetched.jobId);
  if (!isKnown) return [...submissions, { ...fetched, refusals: {} }];
  return submissions.map((one) => (one.jobId === fetched.jobId ? { ...one, ...fetched } : one));
}
