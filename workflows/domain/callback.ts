/**
 * What a callback of the provider tells a workflow. It is a hint: it says that reading is worth while, and of a
 * submission whose answer was lost it may say the job. Status and result are always read with our own key.
 */

/** Sent to the workflow that is named by the claim of the callback's token. */
export const JOB_CALLBACK_SIGNAL = 'jobCallback';

/** The single argument of the signal. */
export interface JobCallback {
  /** Of the item. */
  readonly key: string;
  /** Number of the item's submission, from 1. */
  readonly submission: number;
  /** As the callback says, at most 200 characters; `null` if it was unreadable. */
  readonly jobId: string | null;
  /** As the callback says, in lower case, for instance `completed`; `null` if it was unreadable. */
  readonly status: string | null;
}

/** For whom a callback is; carried and proven by the token in its address. */
export interface CallbackClaim {
  readonly workflowId: string;
  /** Of the item. */
  readonly key: string;
  /** Number of the item's submission, from 1. */
  readonly submission: number;
}
