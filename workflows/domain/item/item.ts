import { type CodeCounts, isFailureCode, isProviderFailureCode } from '../failures/failures';
import type { OperationName } from '../operations/operations';

/** Request fields, named as by the provider and validated against the operation's row before anything starts. */
export type RequestFields = Readonly<Record<string, unknown>>;

/** What is wanted of one item of a batch. */
export interface PlainRow {
  readonly key: string;
  readonly operation: OperationName;
  readonly request: RequestFields;
}

/** Rows of a batch's manifest as they were written: rows that differ have other names. */
export interface PartReference {
  readonly batchId: string;
  readonly part: number;
  /** Of all rows of its run; part of the name of its file. */
  readonly rowsHash: string;
}

/** The store that has the rows of a batch. */
export interface StoreReference {
  readonly identity: string;
  /** As the process that started the batch was told it. */
  readonly address: string;
}

/** A row of a batch's manifest, by which a worker finds a request: prompts stay out of a batch's histories. */
export interface RowReference extends PartReference {
  /** Place in the part, from 0. */
  readonly index: number;
  /** The run of the page that asks for it. Only the run that has begun the part may submit. */
  readonly pageRun: string;
}

/** A request, or where it is; exactly one of the two is given. */
export interface RequestSource {
  readonly request?: RequestFields;
  readonly row?: RowReference;
}

/** Below the store's root, for images that belong to no batch. */
export const SINGLE_ITEMS_FOLDER = 'items';

/** One image (or clip, mesh, sound) somebody wants. */
export interface Item {
  /** The caller's name for it: safe as a file name, unique where it is used. */
  readonly key: string;
  readonly operation: OperationName;
  readonly source: RequestSource;
  /** Where its result goes, below the store's root. */
  readonly folder: string;
  /** Time for the whole item from its first permit, in ms. */
  readonly deadlineMs: number;
  /** How long one job may take before it counts as overdue, in ms. */
  readonly jobTimeBudgetMs: number;
}

/** Where the bytes of a result are, and what they are. */
export interface StoredResult {
  /** An absolute path, or the address of an object in a bucket. */
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly mimeType: string;
  readonly width: number | null;
  readonly height: number | null;
  /** Whether every pixel was decoded; `false` for a picture too large for that, which is kept all the same. */
  readonly verified: boolean;
}

/** What the provider says that a job cost; each is `null` where the answer does not name it. */
export interface Charge {
  readonly credits: number | null;
  readonly usd: number | null;
}

/** One paid POST for an item, and what became of it. */
export interface Submission {
  /** 1 for the first. */
  readonly number: number;
  readonly jobId: string | null;
  /** `null` while it is open and after it succeeded. */
  readonly code: string | null;
  readonly message: string | null;
  /** Refusals met before the POST was accepted, by code: they cost nothing. */
  readonly refusals: CodeCounts;
  readonly charge: Charge | null;
}

/** Whether a submission was accepted, or may have been: one that is under way may be, too. */
export function mayBePaid({ jobId, code }: Pick<Submission, 'jobId' | 'code'>): boolean {
  return jobId !== null || code === null || code === 'SUBMIT_OUTCOME_UNKNOWN';
}

/** Whether it may be charged: failed jobs are not, whatever code they failed with. */
export function mayBeCharged(submission: Pick<Submission, 'jobId' | 'code'>): boolean {
  const { code } = submission;
  return mayBePaid(submission) && (code === null || (isFailureCode(code) && !isProviderFailureCode(code)));
}

/**
 * Submissions of an item that followed one whose job was not seen to fail: each may be a second payment.
 *
 * @param fetched the job of an earlier run with which they began
 */
export function countDuplicates(
  submissions: readonly Pick<Submission, 'jobId' | 'code'>[],
  fetched: Pick<Submission, 'jobId' | 'code'> | null = null,
): number {
  const all = fetched === null || fetched.code === null ? submissions : [fetched, ...submissions];
  return all.slice(0, -1).filter((submission) => mayBePaid(submission) && !hasFailed(submission)).length;
}

/** Whether the provider said that the job failed: none of our own codes does, but for the one of an unlisted code. */
function hasFailed({ code }: Pick<Submission, 'code'>): boolean {
  return code !== null && (!isFailureCode(code) || isProviderFailureCode(code) || code === 'UNRECOGNISED_CODE');
}

/** Whether it may have been accepted, and its end is not known: it is under way, its answer was lost, or its job's end was not seen. */
export function isOpenEnded({ jobId, code }: Pick<Submission, 'jobId' | 'code'>): boolean {
  return code === null || (jobId === null && code === 'SUBMIT_OUTCOME_UNKNOWN');
}

export type Outcome = 'succeeded' | 'failed' | 'cancelled' | 'unknown';

/** What follows for an item whose job of an earlier run is fetched, if the job brings no result. */
export type AfterFetch =
  /** Nothing is submitted. */
  | 'end'
  /** It is submitted anew if the job has failed, which costs nothing; one that cannot be read stays unknown. */
  | 'submit-if-free'
  /** It is submitted anew in any case, which may be a second payment. */
  | 'submit';

/** A job of an earlier run, and what was found when it was fetched. */
export interface FetchedJob {
  readonly jobId: string;
  /** `null` if it completed, and its result was stored. */
  readonly code: string | null;
  /** Absent where nothing was said. */
  readonly charge?: Charge;
}

/** How an item ended. */
export interface ItemReport {
  readonly outcome: Outcome;
  readonly result: StoredResult | null;
  readonly jobId: string | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly submissions: readonly Submission[];
  /** Only of an item whose run began with a job of an earlier one. */
  readonly fetched?: FetchedJob;
}

/** How an item ended, as one line of a batch's results. */
export interface ItemResultRow {
  readonly key: string;
  readonly outcome: Outcome;
  readonly file: string | null;
  readonly sha256: string | null;
  readonly bytes: number | null;
  readonly mimeType: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly verified: boolean | null;
  readonly jobId: string | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly submissions: readonly RowSubmission[];
  /** Only of an item whose run began with a job of an earlier one. */
  readonly fetched?: FetchedJob;
}

/** One submission as it is listed. */
export type RowSubmission = Pick<Submission, 'jobId' | 'code' | 'refusals'> & {
  /** What it cost, by the provider's own words; absent where nothing was said. */
  readonly charge?: Charge;
};

/** What an item is doing until it ends; a batch counts its items by the same words. */
const OPEN_ITEM_STATES = [
  /** For a permit. */
  'waiting',
  'submitting',
  /** Its job was accepted. */
  'running',
  /** The job is said to have ended. */
  'collecting',
  /** The answer to a submission was lost; a callback may tell the job. */
  'awaiting-callback',
  /** Its job failed; it is submitted again after a while. */
  'retrying',
] as const;

type OpenItemState = (typeof OPEN_ITEM_STATES)[number];

export type ItemState = OpenItemState | 'ended';

/** All states that callers see: what an item is doing, and how it ended. */
export const ITEM_STATES = [
  ...OPEN_ITEM_STATES,
  'succeeded',
  'failed',
  'cancelled',
  /** A submission may have been accepted and charged, and its end is not known. */
  'unknown',
  /** Ended by an operator. */
  'terminated',
] as const;

/** What an item is doing, or how it ended. */
export type ItemStateName = (typeof ITEM_STATES)[number];

export function isOpenState(state: ItemStateName): boolean {
  return OPEN_ITEM_STATES.some((open) => open === state);
}

/** What a single image is doing now; answered by the query of its workflow. */
export interface SingleItemProgress extends ItemProgress {
  /** Nothing further is submitted; a job in flight is collected. */
  readonly cancelRequested: boolean;
}

/** What an item is doing now. */
export interface ItemProgress {
  readonly state: ItemState;
  readonly submission: number;
  readonly jobId: string | null;
  readonly lastCode: string | null;
  /** ISO 8601, while a retry is waited for. */
  readonly nextRetryAt: string | null;
  readonly submissions: readonly Submission[];
}

/** A submission that the provider accepted. */
export interface AcceptedJob {
  readonly jobId: string;
  /** The provider's own estimate, in ms; `null` where it gave none. */
  readonly estimatedMs: number | null;
  /** How long such jobs have taken as its worker has seen them, in ms; left out where it has seen few. */
  readonly usualMs?: number;
  /** Refusals met before it was accepted, by code. */
  readonly refusals: CodeCounts;
  /** A callback was asked for, so that the job's end will be told. */
  readonly expectsCallback?: true;
  /** Nothing was sent: it is the job of an earlier submission, of which Temporal does not know any more. */
  readonly isTakenOver?: true;
  /** Of a job that was taken over: its result, if it is in the store. */
  readonly completed?: CompletedJob;
}

/** An accepted job that is looked after. */
export interface RunningJob extends AcceptedJob {
  /** When the workflow heard of it, in ms since the epoch: the server's clock, by which its age is told everywhere. */
  readonly acceptedAt: number;
  /** Its id was given by a caller or a callback, not by the provider's answer: it may be no job at all. */
  readonly isClaimed?: true;
}

/** A job that completed and whose bytes are in the store. */
export interface CompletedJob {
  readonly result: StoredResult;
  readonly charge: Charge | null;
}
