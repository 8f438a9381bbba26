import type { CodeCounts } from '../failures/failures';
import type { Balance } from '../money/balance';
import type { OperationName } from '../operations/operations';

/** Request fields, named as by the provider and validated against the operation's row before anything starts. */
export type RequestFields = Readonly<Record<string, unknown>>;

/** One item of a batch, as planned. */
export interface PlainRow {
  readonly key: string;
  /** That of the last step, if there are several. */
  readonly operation: OperationName;
  /** Empty if there are several steps. */
  readonly request: RequestFields;
  /** Its steps in order, if there are several. */
  readonly steps?: readonly RowStep[];
  /** Ids of steps whose files are results, beside the last one. Default: none. */
  readonly keep?: readonly string[];
}

/** A step of an item. Its request may refer to files of earlier steps. */
export interface RowStep {
  readonly id: string;
  readonly operation: OperationName;
  readonly request: RequestFields;
}

/** A part of a batch's manifest, named by its content. */
export interface PartReference {
  readonly batchId: string;
  readonly part: number;
  /** Hash of all rows of its run; part of the file name. */
  readonly rowsHash: string;
}

/** The store with the rows of a batch. */
export interface StoreReference {
  readonly identity: string;
  /** The address that the process that started the batch used. */
  readonly address: string;
}

/** A row of a batch's manifest. Workers load the request from it, which keeps prompts out of the histories of batches. */
export interface RowReference extends PartReference {
  /** Index in the part, from 0. */
  readonly index: number;
  /** Run of the page that requests it. Only the run that began the part may submit. */
  readonly pageRun: string;
}

/** A request or the place where it is stored; exactly one of the two is set. */
export interface RequestSource {
  readonly request?: RequestFields;
  readonly row?: RowReference;
  /** The step that is run. Default: the item has one step. */
  readonly step?: StepSource;
}

/** A step of an item of several steps, and the files that its request may refer to. */
export interface StepSource {
  readonly id: string;
  /** Whether its main file has the name of the item. Default false. */
  readonly isLast?: true;
  /** Files of earlier steps, by the id of the step. Default: none. */
  readonly files?: Readonly<Record<string, readonly StepFile[]>>;
  /** Folder of these files, below the store's root. */
  readonly folder?: string;
  /** Format to ask for beside the request, if that is passed inline. Default: none. */
  readonly format?: string;
}

/** A file of an earlier step. */
export type StepFile = Pick<StoredFile, 'role' | 'file' | 'sha256'>;

/** Folder of single items, below the store's root. */
export const SINGLE_ITEMS_FOLDER = 'items';

/** One result that a caller wants, for example an image. */
export interface Item {
  /** The caller's name for the item: safe as a file name, unique in its batch or account. */
  readonly key: string;
  /** In the order in which they run; at least one. */
  readonly steps: readonly ItemStep[];
  /** Ids of steps whose files are results, beside the last one. Default: none. */
  readonly keep?: readonly string[];
}

/** One operation of an item. Most items have one step. */
export interface ItemStep {
  /** The key of the item. */
  readonly key: string;
  /** Absent for the only step of an item. */
  readonly id?: string;
  readonly operation: OperationName;
  readonly source: RequestSource;
  /** Price of a submission, in the unit of the batch's budget. */
  readonly price: number;
  /** Whether its request names files in the store, which are uploaded before a submission. Default false. */
  readonly hasFiles?: true;
  /** Folder of its result, below the store's root. */
  readonly folder: string;
  /** Time limit from its first permit, in ms. */
  readonly deadlineMs: number;
  /** Time after which a job counts as overdue, in ms. */
  readonly jobTimeBudgetMs: number;
}

/** A result in the store. */
export interface StoredResult {
  /** An absolute path, or the address of an object. */
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly mimeType: string;
  readonly width: number | null;
  readonly height: number | null;
  /** Whether it was read to its end; `false` for a picture that is too large to decode, which is stored nevertheless. */
  readonly verified: boolean;
  /** Of a clip or a sound. */
  readonly durationMs?: number;
  /** Of a sound, in samples per second. */
  readonly sampleRate?: number;
}

/** A file of an item. */
export interface StoredFile extends StoredResult {
  /** What it is, for example `result` or `cutout`. */
  readonly role: string;
}

/** A file beside the main one that a completed job named and that could not be stored. */
export interface MissingFile {
  readonly role: string;
  /** Why not, in words. */
  readonly problem: string;
}

/** The files of an item in their short form. */
interface FilesInShort {
  /** Every file by role, the main one first. Absent: at most one, the result. */
  readonly files?: readonly StoredFile[];
  /** Absent: none. */
  readonly missing?: readonly MissingFile[];
}

/** Every file of an item, also if there is one or none. */
export interface AllFiles {
  /** By role, the main one first. */
  readonly files: readonly StoredFile[];
}

/** The role of the main file of most operations. */
export const MAIN_ROLE = 'result';

/** Cost of a job as reported by the provider; `null` for a unit that the answer does not name. */
export interface Charge {
  readonly credits: number | null;
  readonly usd: number | null;
}

/** One paid POST for an item, and its outcome. */
export interface Submission {
  /** Number within the item, from 1; steps do not restart it. */
  readonly number: number;
  /** Id of its step. Absent: the item has one step, or the submission is not reported yet. */
  readonly step?: string;
  readonly jobId: string | null;
  /** `null` while it is open, and if it succeeded. */
  readonly code: string | null;
  readonly message: string | null;
  /** Refusals before the POST was accepted, by code; they are free. */
  readonly refusals: CodeCounts;
  readonly charge: Charge | null;
}

export type Outcome = 'succeeded' | 'failed' | 'cancelled' | 'unknown';

/** What happens to an item if the fetched job of an earlier run brings no result. */
export type AfterFetch =
  /** Nothing is submitted. */
  | 'end'
  /** It is submitted again if the job failed, since failed jobs are free; if the job cannot be read, it stays unknown. */
  | 'submit-if-free'
  /** It is submitted again in any case, which may be a second payment. */
  | 'submit';

/** A fetched job of an earlier run, and its outcome. */
export interface FetchedJob {
  readonly jobId: string;
  /** Id of its step. Absent: the item has one step. */
  readonly step?: string;
  /** `null` if it completed and its result was stored. */
  readonly code: string | null;
  /** Absent if the provider reported none. */
  readonly charge?: Charge;
}

/** How an item ended. */
export interface ItemReport extends FilesInShort {
  readonly outcome: Outcome;
  readonly result: StoredResult | null;
  readonly jobId: string | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly submissions: readonly Submission[];
  /** The job of an earlier run that was fetched first. Absent: none. */
  readonly fetched?: FetchedJob;
  /** The steps that were reached. Absent: the item has one step. */
  readonly steps?: readonly StepReport[];
  /** That of the last step. Absent: a row of a batch. */
  readonly operation?: OperationName;
  /** Values that the caller gave with it. Absent: none. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** The files of a step that an earlier run of the item has finished. */
export type StoredStep = Pick<StepReport, 'id' | 'files' | 'missing'>;

/** How an item of a redrive ended before. If its run sends nothing, it counts as before. */
export interface EarlierOutcome extends Pick<ItemResultRow, 'outcome' | 'code'> {
  /** Absent: it has one step. */
  readonly steps?: readonly Pick<StepReport, 'id' | 'outcome'>[];
}

/** How a step ended. */
export interface StepReport {
  readonly id: string;
  readonly operation: OperationName;
  readonly outcome: Outcome;
  /** Every file that it made, the main one first. */
  readonly files: readonly StoredFile[];
  /** Absent: none. */
  readonly missing?: readonly MissingFile[];
}

/** How an item ended, as one line of a batch's results. */
export interface ItemResultRow extends FilesInShort {
  readonly key: string;
  readonly outcome: Outcome;
  readonly file: string | null;
  readonly sha256: string | null;
  readonly bytes: number | null;
  readonly mimeType: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly verified: boolean | null;
  /** Of a clip or a sound. */
  readonly durationMs?: number;
  /** Of a sound, in samples per second. */
  readonly sampleRate?: number;
  readonly jobId: string | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly submissions: readonly RowSubmission[];
  /** The job of an earlier run that was fetched first. Absent: none. */
  readonly fetched?: FetchedJob;
  /** The steps that were reached. Absent: the item has one step. */
  readonly steps?: readonly StepReport[];
}

/** A submission in a result row. */
export type RowSubmission = Pick<Submission, 'step' | 'jobId' | 'code' | 'refusals'> & {
  /** Its cost as reported by the provider; absent if not reported. */
  readonly charge?: Charge;
};

/** States of an item before its end; a batch counts its items by the same names. */
const OPEN_ITEM_STATES = [
  /** Waits for a permit. */
  'waiting',
  'submitting',
  /** Its job was accepted. */
  'running',
  /** Its job is reported as ended; the result is downloaded. */
  'collecting',
  /** The answer to a submission was lost; a callback, or its worker, may name the job. */
  'awaiting-callback',
  /** Its job failed; it is submitted again after a delay. */
  'retrying',
] as const;

type OpenItemState = (typeof OPEN_ITEM_STATES)[number];

export type ItemState = OpenItemState | 'ended';

/** All states of an item: before its end, and its outcomes. */
export const ITEM_STATES = [
  ...OPEN_ITEM_STATES,
  'succeeded',
  'failed',
  'cancelled',
  /** A submission may have been accepted and charged, and its end is unknown. */
  'unknown',
  /** Ended by an operator. */
  'terminated',
] as const;

/** The state or the outcome of an item. */
export type ItemStateName = (typeof ITEM_STATES)[number];

export function isOpenState(state: ItemStateName): boolean {
  return OPEN_ITEM_STATES.some((open) => open === state);
}

/** The current state of an item. */
export interface ItemProgress {
  readonly state: ItemState;
  /** Id of the step under way. Absent: the item has one step. */
  readonly step?: string;
  readonly submission: number;
  readonly jobId: string | null;
  readonly lastCode: string | null;
  /** Time of the next retry, ISO 8601; `null` if none is due. */
  readonly nextRetryAt: string | null;
  readonly submissions: readonly Submission[];
}

/** A submission that the provider accepted. */
export interface AcceptedJob {
  readonly jobId: string;
  /** The provider's estimate of the job time, in ms; `null` if absent. */
  readonly estimatedMs: number | null;
  /** Mean time of such jobs as observed by its worker, in ms; absent if it observed too few. */
  readonly usualMs?: number;
  /** Refusals before it was accepted, by code. */
  readonly refusals: CodeCounts;
  /** Whether a callback was requested that reports the job's end. Default false. */
  readonly expectsCallback?: true;
  /** Nothing was sent: the job belongs to an earlier submission that Temporal no longer knows. Default false. */
  readonly isTakenOver?: true;
  /** The stored result of a job that was taken over. Absent: none is stored. */
  readonly completed?: CompletedJob;
}

/** An accepted job that is followed. */
export interface RunningJob extends AcceptedJob {
  /** When the workflow learned of it, in ms since the epoch by the server's clock; all ages are measured from it. */
  readonly acceptedAt: number;
  /** The id comes from a caller or a callback instead of the provider's answer, so the job may not exist. Default false. */
  readonly isClaimed?: true;
}

/** A completed job whose result is in the store. */
export interface CompletedJob extends FilesInShort {
  readonly result: StoredResult;
  readonly charge: Charge | null;
  /** What the account had left; absent if the answer does not contain it. */
  readonly balance?: Balance;
}
