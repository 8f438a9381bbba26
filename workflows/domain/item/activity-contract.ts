/**
 * Activities that item workflows call. The workflows own this contract and the activities implement it, so no workflow
 * imports an activity.
 */
import type { CodeCounts } from '../failures/failures';
import type { OperationName } from '../operations/operations';
import type { AcceptedJob, CompletedJob, RequestSource, RowStep, RunningJob, StoredFile, StoredStep } from './item';

export interface SubmitJobInput extends RequestSource {
  readonly key: string;
  readonly operation: OperationName;
  /** Number of the submission within the item, from 1. */
  readonly submission: number;
  /** First execution run id of the workflow: the same across continue-as-new and resets. */
  readonly run: string;
  /** Id of the workflow that `run` is of, and that gets the callback. Default: the one that runs the activity. */
  readonly callbackTo?: string;
  /** No POST starts after this time, in ms since the epoch. */
  readonly deadlineAt: number;
  /** Codes the item met before this submission. */
  readonly met: CodeCounts;
  /** Whether permits decide when to resubmit after an account-wide refusal, whatever the deadline. Default false. */
  readonly isGoverned?: true;
  /** Whether the submission probes a held account. Default false. */
  readonly isProbe?: true;
  /** Delay before the POST, in ms. Default 0. */
  readonly waitMs?: number;
  /** Terms for requesting a permit from the governor. Default: the item has a permit. */
  readonly ask?: AskTerms;
  /**
   * Set for a single item, whose submissions are recorded in the store. Default: a row of a batch, protected by its
   * part.
   */
  readonly journal?: JournalTerms;
}

/** What the store records about a submission of a single item. */
export interface JournalTerms {
  /** Number of the workflow's call of the activity for this item, from 1. */
  readonly call: number;
  /** First run of an earlier workflow whose submissions are abandoned; `*` for any; `ended` for those whose end is known. Default: none. */
  readonly supersedes?: string;
  /** Jobs that this earlier workflow reported; another job of it is taken over. Default: all are abandoned. */
  readonly supersededJobs?: readonly string[];
  /** Of an item of several steps. */
  readonly recipe?: JournalRecipe;
}

/** What the store records about an item of several steps. */
export interface JournalRecipe {
  /** SHA-256 of all steps, and of those to keep. */
  readonly hash: string;
  /** Ids of steps whose files are results, beside the last one. */
  readonly keep: readonly string[];
}

export interface OpenStepsInput extends Pick<JournalTerms, 'supersedes' | 'supersededJobs'> {
  /** Key of the item. */
  readonly key: string;
  /** First execution run id of the workflow. */
  readonly run: string;
  readonly steps: readonly RowStep[];
  readonly keep: readonly string[];
}

/** What the store knows of an item of several steps when it starts. */
export interface OpenedSteps {
  readonly recipe: JournalRecipe;
  /** The first steps, which earlier runs have finished. */
  readonly finished: readonly TakenOverStep[];
  /** Why nothing may be submitted, as sentences: the id was used for another item. `null`: it may. */
  readonly refusal: string | null;
}

/** A step that an earlier run has finished, with the job that made its files. */
export interface TakenOverStep extends StoredStep {
  readonly jobId: string;
  readonly charge: CompletedJob['charge'];
}

/** How a single item requests its permit. */
export interface AskTerms {
  readonly account: string;
  /** Whether the governor has granted the permit, so no request is needed. */
  readonly isGranted: boolean;
  /** Whether the permit is for a probe. */
  readonly isProbe: boolean;
  /** Whether the item has submitted before. */
  readonly again: boolean;
  /** Whether to wait while the account is held, instead of failing with the code of the hold. */
  readonly waitWhileHeld: boolean;
}

/** Nothing was sent; the item needs a permit again. */
export interface Queued {
  readonly queued: true;
  /** Whether the item is in the governor's queue, which grants a permit later; otherwise the item requests one at once. */
  readonly isInQueue: boolean;
  /** How long to wait at least before the next request, in ms. */
  readonly askAgainMs: number;
  /** Refusals by code; empty if nothing was sent. */
  readonly refusals: CodeCounts;
}

/**
 * Heartbeat details of `submitJob`, for the next attempt or the workflow of a lost one. An attempt records them before it
 * begins its POST, so an attempt without details has sent nothing.
 */
export interface SubmitHeartbeat {
  readonly refusals: CodeCounts;
  readonly expectsCallback: boolean;
  /** Maximum duration of the POST, in ms. */
  readonly postLimitMs: number;
  /** The POST was refused, so nothing was accepted until the next attempt records its own POST. Default false. */
  readonly isUnsent?: true;
}

/** A submission whose attempt was lost: its worker may have received a job and not been able to report it. */
export interface LostSubmission extends Pick<SubmitJobInput, 'key' | 'run' | 'submission' | 'row' | 'journal'> {}

export interface UploadInputsInput extends RequestSource {
  readonly key: string;
  readonly operation: OperationName;
  readonly deadlineAt: number;
  readonly met: CodeCounts;
  /** Uploads from before this time are not used, in ms since the epoch by the clocks of workers. Default: any. */
  readonly newerThan?: number;
  /** As in `SubmitJobInput`. */
  readonly isGoverned?: true;
  /** Account whose governor is informed of refusals. Default: none. */
  readonly account?: string;
  /** Whether the item waits for the end of an account-wide refusal. Default false. */
  readonly waitsWhileHeld?: boolean;
}

/** The uploads that a submission uses. Contains no address. */
export interface UploadedInputs {
  /** When the newest of the uploads that existed before was made, in ms since the epoch; `null`: none existed. */
  readonly rememberedAt: number | null;
}

/** An input that names the result of an earlier item. */
export interface ResolvedInput {
  /** As it was given. */
  readonly value: string;
  /** The value that names its content in the store; `null` if there is a problem. */
  readonly stored: string | null;
  /** Phrased to follow the name of the field; `null` if there is none. */
  readonly problem: string | null;
}

/** The workflow that has the permit of a job. */
export interface JobAddressee {
  readonly workflowId: string;
  /** Its first run. */
  readonly run: string;
  /** Number of the item's submission, from 1. */
  readonly submission: number;
}

/** Only used to keep its texts out of provider messages. */
export interface AwaitJobInput extends RequestSource {
  readonly key: string;
  readonly operation: OperationName;
  /** Folder of the result, below the store's root. Default `items`. */
  readonly folder?: string;
  readonly job: RunningJob;
  readonly deadlineAt: number;
  /** Time limit from `job.acceptedAt`, in ms. */
  readonly jobTimeBudgetMs: number;
  readonly met: CodeCounts;
  /** Whether the job is reported as ended, so it is read at once. Default false. */
  readonly hasCallback?: boolean;
  /** Workflow that is informed when the job has ended and its result takes time. Default: none. */
  readonly endTo?: JobAddressee;
  /** First run of a single item's workflow: its result is recorded in the store. Default: a row of a batch. */
  readonly singleRun?: string;
  /** Account whose governor is informed when the job has ended. Default: none. */
  readonly account?: string;
  /** Account that is held while results cannot be stored. Default: none. */
  readonly storeAccount?: string;
  /** Whether the item waits for the end of an account-wide refusal. Default false. */
  readonly waitsWhileHeld?: boolean;
  /** Whether a refused key ends the attempt, because a page continues it when the account recovers. Default false. */
  readonly isGoverned?: true;
  /** Whether the batch is ending: a refused key is waited out only until the job's time limit. Default false. */
  readonly isOver?: true;
}

/** Heartbeat details of `awaitJob`, for the next attempt, and for people who inspect a running activity. */
export interface AwaitHeartbeat {
  readonly jobId: string;
  readonly state: string;
  readonly progress: number | null;
  /** A code only, because a message may quote its input. */
  readonly trouble: string | null;
  /** Start of the trouble, ISO 8601. */
  readonly troubleSince: string | null;
  /** Files that are stored, the main one first; the next attempt does not download them again. Absent: none. */
  readonly files?: readonly StoredFile[];
}

export interface ItemActivities {
  /** Keeps results of earlier items, named `item:ID` or `batch:ID/KEY`, as inputs. Free, and may be repeated. */
  resolveInputs(values: readonly string[]): Promise<readonly ResolvedInput[]>;
  /** Finds the steps that earlier runs of an item have finished, and takes them over. Free, and may be repeated. */
  openSteps(input: OpenStepsInput): Promise<OpenedSteps>;
  /** Uploads the files of a request that are not uploaded yet. Free, and may be repeated. */
  uploadInputs(input: UploadInputsInput): Promise<UploadedInputs>;
  /** Sends exactly one POST per attempt. */
  submitJob(input: SubmitJobInput): Promise<AcceptedJob | Queued>;
  /** Returns the job that the store has of a lost submission; `null` if none is known. */
  findUnreportedJob(lost: LostSubmission): Promise<string | null>;
  /** Polls the job until it ends, then downloads, verifies and stores its result. */
  awaitJob(input: AwaitJobInput): Promise<CompletedJob>;
}
