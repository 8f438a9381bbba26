/**
 * What the workflows ask of the activities. The workflow owns this contract; the activities implement it, so that no
 * workflow ever imports an activity.
 */
import type { Tally } from './batch';
import type { PageReport } from './batch-schedule';
import type { Charge, CodeCounts, ItemLine, RequestSource, StoredResult } from './item';
import type { OperationName } from './operations';

export interface SubmitJobInput extends RequestSource {
  readonly key: string;
  readonly operation: OperationName;
  /** Its number among those of the item, from 1. */
  readonly submission: number;
  /** No POST is begun after this time, in ms since the epoch. */
  readonly deadlineAt: number;
  /** What the item has met before this submission. */
  readonly met: CodeCounts;
}

/** A submission that the provider accepted. */
export interface AcceptedJob {
  readonly jobId: string;
  /** In ms since the epoch, by the clock of the worker. */
  readonly acceptedAt: number;
  /** The provider's own estimate, in ms; `null` where it gave none. */
  readonly estimatedMs: number | null;
  /** Refusals met before it was accepted, by code. */
  readonly refusals: CodeCounts;
}

/** The request is looked at only so that its texts can be kept out of what the provider says. */
export interface AwaitJobInput extends RequestSource {
  readonly key: string;
  readonly operation: OperationName;
  /** Where the result goes, below the store's root. Default `images`. */
  readonly folder?: string;
  readonly job: AcceptedJob;
  readonly deadlineAt: number;
  /** Counted from `job.acceptedAt`, in ms. */
  readonly jobTimeBudgetMs: number;
  readonly met: CodeCounts;
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
}

export interface PageReference {
  readonly batchId: string;
  readonly part: number;
}

/** What a page must know of its items; their requests stay in the store. */
export interface PageItem {
  readonly key: string;
  readonly operation: OperationName;
}

export interface ReportPageInput extends PageReference {
  /** Names the segment of outcomes: a report that is repeated writes the same one again. */
  readonly sequence: number;
  readonly lines: readonly ItemLine[];
  readonly report: PageReport;
}

export interface BatchActivities {
  loadPage(page: PageReference): Promise<readonly PageItem[]>;
  /** Writes outcomes into the store, then tells the coordinator. */
  reportPage(input: ReportPageInput): Promise<void>;
  /** For a page that died: which of its items have an outcome; the others are recorded as unknown. */
  closeDeadPage(page: PageReference): Promise<PageReport>;
  /** For parts that were never opened: records their items as cancelled. */
  cancelParts(input: { readonly batchId: string; readonly parts: readonly number[] }): Promise<Tally>;
  /** Which of these parts have no page running. */
  findDeadPages(input: { readonly batchId: string; readonly parts: readonly number[] }): Promise<readonly number[]>;
}

export interface ImageActivities {
  /** Sends exactly one POST an attempt. */
  submitJob(input: SubmitJobInput): Promise<AcceptedJob>;
  /** Reads the job until it ends, then downloads, verifies and stores its result. */
  awaitJob(input: AwaitJobInput): Promise<CompletedJob>;
}
