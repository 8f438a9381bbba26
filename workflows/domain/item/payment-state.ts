/** What is known about the payments of an item that ended without a result. */
import type { FetchedJob, ItemResultRow, Outcome, RowSubmission } from './item';
import { mayBeCharged } from './submission-payment';

type PaymentState =
  /** Nothing that was submitted can be charged. */
  | { readonly kind: 'free' }
  /** It has a job that may be charged and was not collected: it can be fetched, which costs nothing. */
  | { readonly kind: 'known-job'; readonly jobId: string /** Nothing else may be charged. */; readonly isOnly: boolean }
  /** A submission may have been accepted, and its job is unknown. */
  | { readonly kind: 'unknown' };

/** An item after its runs. */
interface EndedItem {
  /** `null` if its last run began and never reported an end. */
  readonly line: Pick<ItemResultRow, 'outcome' | 'code'> | null;
  readonly begun: boolean;
  /** Submissions of all its runs. */
  readonly submissions: readonly RowSubmission[];
}

/** Whether a new submission of an item could be a second payment. */
export function judgePayment(item: EndedItem): PaymentState {
  const { line, begun, submissions } = item;
  const open = listChargeable(item);
  const isLost =
    line === null ? begun : isUnreported(line, submissions) || (line.outcome === 'unknown' && open.length === 0);
  const known = open.filter(({ jobId }) => jobId !== null).at(-1);
  if (known?.jobId) return { kind: 'known-job', jobId: known.jobId, isOnly: open.length === 1 && !isLost };
  return open.length > 0 || isLost ? { kind: 'unknown' } : { kind: 'free' };
}

/** Submissions that may be charged. */
export function listChargeable({ line, submissions }: Omit<EndedItem, 'begun'>): readonly RowSubmission[] {
  return submissions.filter((submission, index) => {
    const isNewest = index === submissions.length - 1;
    return mayBeCharged(submission) && !(isNewest && hasFailedUnnamed(submission, line?.outcome));
  });
}

/** Whether its last run was terminated, and its record of submissions lost. */
function isUnreported({ code }: Pick<ItemResultRow, 'code'>, submissions: readonly RowSubmission[]): boolean {
  // The store may have named the job of such a submission since.
  return code === 'SUBMIT_OUTCOME_UNKNOWN' && !submissions.some((one) => one.code === 'SUBMIT_OUTCOME_UNKNOWN');
}

/** A job that failed without a code has the same code of ours as a step that broke while its job was read. */
function hasFailedUnnamed({ code, jobId }: RowSubmission, outcome: Outcome | undefined): boolean {
  return code === 'UNRECOGNISED_CODE' && jobId !== null && outcome === 'failed';
}

/** Merges submissions of several runs; what a later run found about a job replaces earlier knowledge. */
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
