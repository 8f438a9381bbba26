/**
 * What the workflows ask of the activities. The workflow owns this contract; the activities implement it, so that no
 * workflow ever imports an activity.
 */
import type { PageReport, SizedPart } from '../batch/batch-schedule';
import type { Tally } from '../batch/tally';
import type { HolderReport } from '../leases/governor-protocol';
import type { OperationName } from '../operations/operations';
import type {
  AfterFetch,
  Charge,
  CodeCounts,
  ItemLine,
  PartReference,
  RequestSource,
  StoredResult,
  StoreReference,
} from './item';

export interface SubmitJobInput extends RequestSource {
  readonly key: string;
  readonly operation: OperationName;
  /** Its number among those of the item, from 1. */
  readonly submission: number;
  /** Run id of the first run of the workflow: the same for all that it continues as new, and for a reset. */
  readonly run: string;
  /** No POST is begun after this time, in ms since the epoch. */
  readonly deadlineAt: number;
  /** What the item has met before this submission. */
  readonly met: CodeCounts;
  /** Permits decide when a refusal that concerns everybody is sent again, whatever the deadline. Default false. */
  readonly isGoverned?: true;
  /** Its permit was given to see whether the account can go on. Default false. */
  readonly isProbe?: true;
  /** Time to wait before the POST, in ms. Default 0. */
  readonly waitMs?: number;
  /** The activity asks the governor for the permit; default: the item has one. */
  readonly ask?: AskTerms;
  /** The item is single: the store remembers its submissions. Default: it is a row of a batch, which has its part. */
  readonly journal?: JournalTerms;
}

/** What the store has to know of a submission of a single item. */
export interface JournalTerms {
  /** How often the workflow has called the activity for this item, from 1. */
  readonly call: number;
  /** First run of an earlier workflow of the id whose submissions are given up; `*`: whatever there was. Default none. */
  readonly supersedes?: string;
}

/** How a single image asks for its permit. */
export interface AskTerms {
  readonly account: string;
  /** The governor has called, so that it need not be asked again. */
  readonly isGranted: boolean;
  /** Called to see whether the account can go on. */
  readonly isProbe: boolean;
  /** Something of it was sent before. Default false. */
  readonly again?: true;
  /** While the account is held: wait, instead of failing with the code of the hold. */
  readonly waitWhileHeld: boolean;
}

/** Nothing was sent; the governor will call. */
export interface Queued {
  readonly queued: true;
  /** What refused it, by code; empty if it was not sent. */
  readonly refusals: CodeCounts;
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
  readonly isEchoed?: true;
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

/** Heartbeat details of `submitJob`: what the next attempt, or the workflow of a lost one, should know. */
export interface SubmitHeartbeat {
  readonly refusals: CodeCounts;
  readonly isEchoed: boolean;
}

/** The request is looked at only so that its texts can be kept out of what the provider says. */
export interface AwaitJobInput extends RequestSource {
  readonly key: string;
  readonly operation: OperationName;
  /** Where the result goes, below the store's root. Default `images`. */
  readonly folder?: string;
  readonly job: RunningJob;
  readonly deadlineAt: number;
  /** Counted from `job.acceptedAt`, in ms. */
  readonly jobTimeBudgetMs: number;
  readonly met: CodeCounts;
  /** The job is said to have ended, so that it is read at once. Default false. */
  readonly isCalled?: boolean;
  /** The first run of the workflow of a single item: the store is to remember the result. Default: it is of a batch. */
  readonly singleRun?: string;
  /** The account whose governor is to hear that the job has ended; default none. */
  readonly account?: string;
  /** The account that is held while results cannot be stored; default none. */
  readonly storeAccount?: string;
  /** The image wants to be called when a wall that it meets is gone. Default false. */
  readonly waitsWhileHeld?: boolean;
  /** A page looks after the job again when the account goes on, so that a refused key ends the attempt. Default false. */
  readonly isGoverned?: true;
  /** The batch is about to end: a refused key is waited out no longer than the time of the job. Default false. */
  readonly isOver?: true;
}

/** A job that completed and whose bytes are in the store. */
export interface CompletedJob {
  readonly result: StoredResult;
  readonly charge: Charge | null;
}

/** Heartbeat details of `awaitJob`, for people who look at a running activity. */
export interface AwaitHeartbeat {
  readonly jobId: string;
  readonly state: string;
  readonly progress: number | null;
  /** Codes only: the sentence may quote what it failed on. */
  readonly trouble: string | null;
  /** ISO 8601, while there is trouble. */
  readonly troubleSince: string | null;
}

export interface PageReference {
  readonly batchId: string;
  readonly part: number;
}

export interface CancelPartsInput extends Omit<PartReference, 'part'> {
  readonly parts: readonly SizedPart[];
}

/** What a page must know of its items; their requests stay in the store. */
export interface PageItem {
  readonly key: string;
  readonly operation: OperationName;
  /** A job that was made of it in an earlier run: its result is fetched first. */
  readonly jobId?: string;
  /** What follows if that brings no result. Default `end`. */
  readonly afterFetch?: AfterFetch;
}

export interface LoadPageInput extends PartReference {
  /** That has the rows. Default: any. */
  readonly store?: StoreReference;
  /** The run of the page that was continued as new by this one, or that gave the part back unbegun; `null`: none. */
  readonly previousRun: string | null;
}

export interface LoadedPage {
  readonly items: readonly PageItem[];
  /** Another run has begun the part, and may have submitted its items: an operator has reset the page, or its batch. */
  readonly isBegunElsewhere: boolean;
}

export interface ReportPageInput extends PageReference {
  /** Names the segment of outcomes: a report that is repeated writes the same one again. */
  readonly sequence: number;
  readonly lines: readonly ItemLine[];
  readonly report: PageReport;
  /** The run of the batch that the page belongs to. */
  readonly batchRun: string;
}

export interface CloseItemsInput extends PartReference {
  readonly keys: readonly string[];
  /** As in `ReportPageInput`. */
  readonly sequence: number;
  /** Of one submission by operation. */
  readonly prices: Readonly<Record<string, number>>;
}

export interface CloseDeadPageInput extends PartReference, Omit<SizedPart, 'part'> {}

export interface BatchActivities {
  /** Says in the store that the part is begun, unless another run has said so before. */
  loadPage(input: LoadPageInput): Promise<LoadedPage>;
  /** Writes outcomes into the store, then tells the coordinator; `isHeard`: that run of the batch is still there. */
  reportPage(input: ReportPageInput): Promise<{ readonly isHeard: boolean }>;
  /** For items that another run may have submitted: how they ended by the store; the others are recorded as unknown. */
  closeItems(input: CloseItemsInput): Promise<Tally>;
  /** For a page that died: as `closeItems`, but what it had not begun is recorded as cancelled. */
  closeDeadPage(input: CloseDeadPageInput): Promise<Tally>;
  /** For parts without a page: records their items as cancelled, or as `closeDeadPage` does if a page had begun them. */
  cancelParts(input: CancelPartsInput): Promise<Tally>;
  /** Which of these parts have no page running. */
  findDeadPages(input: { readonly batchId: string; readonly parts: readonly number[] }): Promise<readonly number[]>;
  /** Pages of these parts, and images of these pages, whose workflow tasks fail again and again. */
  findStuckWorkflows(input: {
    readonly batchId: string;
    readonly parts: readonly number[];
  }): Promise<readonly string[]>;
  /** Terminates these workflows. */
  endWorkflows(ids: readonly string[]): Promise<void>;
}

/** What the workflows ask about the account. */
export interface AccountActivities {
  /** Starts the governor if there is none, and hands it the report. */
  joinAccount(input: { readonly account: string; readonly report: HolderReport }): Promise<void>;
  /** Which of these holders have ended. */
  findEndedHolders(holders: readonly string[]): Promise<readonly string[]>;
  /** A governor that knows nobody asks the running batches of the account to report. */
  callRoll(account: string): Promise<void>;
}

/** What a worker says of itself. */
export interface WorkerDescription {
  /** Where it writes results, and looks for the rows of batches. */
  readonly store: StoreReference;
  /** Absent where the activities were made without it. */
  readonly provider?: ProviderReference;
}

/** Which account of which provider a worker uses. */
export interface ProviderReference {
  readonly baseUrl: string;
  /** Tells one key from another, and reveals none. */
  readonly keyHash: string;
}

export interface WorkerActivities {
  describeWorker(): Promise<WorkerDescription>;
}

export interface ImageActivities {
  /** Sends exactly one POST an attempt. */
  submitJob(input: SubmitJobInput): Promise<AcceptedJob | Queued>;
  /** Reads the job until it ends, then downloads, verifies and stores its result. */
  awaitJob(input: AwaitJobInput): Promise<CompletedJob>;
}
