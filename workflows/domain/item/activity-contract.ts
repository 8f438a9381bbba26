/**
 * What the workflows ask of the activities. The workflow owns this contract; the activities implement it, so that no
 * workflow ever imports an activity.
 */
import type { CodeCounts } from '../failures/failures';
import type { OperationName } from '../operations/operations';
import type { AcceptedJob, CompletedJob, RequestSource, RunningJob } from './item';

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

/** Heartbeat details of `submitJob`: what the next attempt, or the workflow of a lost one, should know. */
export interface SubmitHeartbeat {
  readonly refusals: CodeCounts;
  readonly expectsCallback: boolean;
}

/** The request is looked at only so that its texts can be kept out of what the provider says. */
export interface AwaitJobInput extends RequestSource {
  readonly key: string;
  readonly operation: OperationName;
  /** Where the result goes, below the store's root. Default `items`. */
  readonly folder?: string;
  readonly job: RunningJob;
  readonly deadlineAt: number;
  /** Counted from `job.acceptedAt`, in ms. */
  readonly jobTimeBudgetMs: number;
  readonly met: CodeCounts;
  /** The job is said to have ended, so that it is read at once. Default false. */
  readonly hasCallback?: boolean;
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

export interface ItemActivities {
  /** Sends exactly one POST an attempt. */
  submitJob(input: SubmitJobInput): Promise<AcceptedJob | Queued>;
  /** Reads the job until it ends, then downloads, verifies and stores its result. */
  awaitJob(input: AwaitJobInput): Promise<CompletedJob>;
}
