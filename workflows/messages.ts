/** What can be asked of a running workflow; imported by the workflows and by the client. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AccountState } from './domain/account/account-state';
import type { AccountStatus } from './domain/account/account-status';
import type { BatchSchedule } from './domain/batch/batch-schedule';
import type { BatchChange, BatchSettings, ItemSettings } from './domain/batch/batch-settings';
import type { BatchState, PauseCause, Tolerance } from './domain/batch/batch-state';
import type { PageGrant, PageLeaseReport, PageReport } from './domain/batch/page-protocol';
import { PAGE_REPORT_SIGNAL, type Tally } from './domain/batch/tally';
import { JOB_CALLBACK_SIGNAL, type JobCallback } from './domain/item/callback';
import type { PlainRow, RequestFields, RowReference, SingleItemProgress, StoreReference } from './domain/item/item';
import type { PackedRecord } from './domain/item/packed-record';
import type { CarriedPermits } from './domain/item/permits';
import {
  ACCOUNT_STATUS_QUERY,
  type AccountGrant,
  type AskAnswer,
  type AskRequest,
  GRANT_SIGNAL,
  HOLDER_REPORT_SIGNAL,
  type HolderReport,
  RE_REGISTER_SIGNAL,
  REQUEST_PERMITS_UPDATE,
  STORE_REPORT_SIGNAL,
  type StoreReport,
} from './domain/leases/governor-protocol';
import type { LastHolderReport } from './domain/leases/report-throttle';
import type { DayCap } from './domain/money/day-budget';
import type { Allowance, Spending } from './domain/money/spending';
import type { OperationName } from './domain/operations/operations';
import type { PaceBounds } from './domain/pace/pace';

/** The task queue that workers poll and clients start on, unless told otherwise. */
export const TASK_QUEUE = 'imagepipeline';

export { DEFAULT_DEADLINE_MS } from './domain/base/defaults';

/** The memo under which a cancelled image leaves its report. */
export const REPORT_MEMO = 'report';

/** The memo that says in a word what a batch is doing. */
export const STATE_MEMO = 'state';

/** The memo with the counts of a batch's items, as they were when its state last changed: at its end, the final ones. */
export const COUNTS_MEMO = 'counts';

/** The single argument of the workflow `imagePipelineItem`. */
export interface ItemInput {
  /** Default `generate/image`. */
  readonly operation?: OperationName;
  /** The provider's fields, for instance `{ "prompt": "…" }`. */
  readonly request?: RequestFields;
  /** In place of a request: a job that exists already, whose result is fetched; nothing is submitted. */
  readonly jobId?: string;
  /** In place of a request: what the item is in its batch. */
  readonly inBatch?: { readonly key: string; readonly row: RowReference; readonly folder: string };
  /** Time for the whole item from its start, in ms; default 24 h. */
  readonly deadlineMs?: number;
  /** Time for one job from its acceptance, in ms; default from the operation's row. */
  readonly jobTimeBudgetMs?: number;
  /** Whose permits it needs; default `default`. */
  readonly account?: string;
  /** While the account is held: wait, instead of failing with the code of the hold. Default false. */
  readonly waitWhileHeld?: boolean;
  /**
   * First run of the earlier workflow of this id whose submissions are given up, so that another may be sent; `*`: whatever
   * there was. Default: a job of an earlier submission is taken over, and nothing is sent if it is not known.
   */
  readonly supersedes?: string;
  /** Only from one run of the workflow to the next. */
  readonly carried?: CarriedItem;
}

export interface CarriedItem {
  readonly record: PackedRecord;
  /** Left out for an image of a batch. */
  readonly permits?: CarriedPermits;
  readonly callbacks: readonly JobCallback[];
  /** It was cancelled: what is in flight is collected, and nothing further is submitted. */
  readonly isStopped: boolean;
}

/** How a question fails that was handed to a worker together with what has come in since the last turn. */
export const PREMATURE_QUERY = 'the question came before the turn of the workflow; ask again';

/** Asks an `imagePipelineItem` how far it is. */
export const itemProgressQuery = defineQuery<SingleItemProgress>('itemProgress');

/**
 * Ends an `imagePipelineItem` at once: nothing is submitted, and a job in flight is left alone. A POST under way is waited for.
 * The image then is `unknown` if something of it may have been accepted, with the job's id where it is known.
 */
export const cancelNowUpdate = defineUpdate<void>('cancelNow');

/** The single argument of the workflow `imagePipelineBatch`; its id is the batch's id. */
export interface BatchInput extends BatchSettings {
  /** Rows of each part of the manifest, in order. */
  readonly parts: readonly number[];
  /** Of the rows of these parts, which names their files. */
  readonly rowsHash: string;
  /** In place of rows in the store, which they become first: as many as a page has at most. */
  readonly rows?: readonly PlainRow[];
  /** Where they are: a page whose worker has another store does not begin. Default: that is not looked at. */
  readonly store?: StoreReference;
  /** Number of the first of them; default 0. A redrive runs parts that were added to the manifest later. */
  readonly firstPart?: number;
  /** What has become of the items that a redrive leaves as they are; default none. */
  readonly base?: Tally;
  /** Rows of the file that were left out since they were not right; only told, in the state. Default 0. */
  readonly skipped?: number;
  /** Whose permits it needs; default `default`. */
  readonly account?: string;
  /** What this run of the batch may spend; default without end. */
  readonly budget?: Allowance;
  /** Who waits for this long without a permit asks whether those who give them are still there, in ms; default 5 min. */
  readonly patienceMs?: number;
  /** Only from one run of the workflow to the next. */
  readonly carried?: CarriedBatch;
}

export interface CarriedBatch {
  readonly schedule: BatchSchedule;
  readonly tolerance: Tolerance;
  readonly weight: number;
  readonly reason: string | null;
  readonly pausedBy: PauseCause | null;
  /** Names this run of the batch: an id may be run again, and a reset repeats a run. */
  readonly run: string;
  /** What the governor was last told. */
  readonly lastReport: LastHolderReport;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** See `patienceMs`; doubles with every question, up to the longest. */
export const DEFAULT_PATIENCE_MS = 5 * 60_000;
export const MAX_PATIENCE_MS = 60 * 60_000;

/** The single argument of the workflow `imagePipelinePage`. */
export interface PageInput {
  /** The run of the batch that the page belongs to; see `CarriedBatch`. */
  readonly batchRun: string;
  readonly batchId: string;
  readonly part: number;
  /** As in the batch's input. */
  readonly rowsHash: string;
  /** As in the batch's input. */
  readonly store?: StoreReference;
  readonly grant: PageGrant;
  readonly items: ItemSettings;
  readonly prices: Readonly<Record<string, number>>;
  readonly workflowPerImage: boolean;
  /** As in the batch's input. */
  readonly account?: string;
  /** As in the batch's input. */
  readonly patienceMs?: number;
  /** Run of the page that gave the part back, since it could not begin; default: none has. */
  readonly previousRun?: string;
  /** Only from one run of the workflow to the next. */
  readonly carried?: CarriedPage;
}

export interface CarriedPage {
  readonly tally: Tally;
  /** Of the items that have not ended, by key. */
  readonly records: Readonly<Record<string, PackedRecord>>;
  readonly sequence: number;
  readonly spent: Spending;
  /** Callbacks for items that have not ended. */
  readonly callbacks: readonly JobCallback[];
}

/** From the gateway, to a page or a single image. */
export const jobCallbackSignal = defineSignal<[JobCallback]>(JOB_CALLBACK_SIGNAL);

/** To a page. */
export const pageGrantSignal = defineSignal<[PageGrant]>('grant');
/** The run of the batch that wants the id of the page: another one's page stops, and this one's tells of itself. */
export const batchRunSignal = defineSignal<[string]>('batchRun');
export const pageTallyQuery = defineQuery<Tally>('pageTally');

/** To the coordinator, with the run of the batch that the page belongs to. */
export const pageReportSignal = defineSignal<[PageReport, string]>(PAGE_REPORT_SIGNAL);
export const pageLeaseReportSignal = defineSignal<[PageLeaseReport, string]>('pageLeaseReport');
/** A page could not begin, and gives its part back. */
export interface PageRefusal {
  readonly part: number;
  /** Of the page. */
  readonly run: string;
  /** `null`: it was stopped. */
  readonly reason: string | null;
  /** It is of no use to try again before somebody has done something about it. */
  readonly isPermanent: boolean;
}
export const pageRefusalSignal = defineSignal<[PageRefusal, string]>('pageRefusal');
export const reRegisterSignal = defineSignal(RE_REGISTER_SIGNAL);
export const batchStateQuery = defineQuery<BatchState>('batchState');
export const pauseUpdate = defineUpdate<BatchState, [string]>('pause');
export const resumeUpdate = defineUpdate<BatchState>('resume');
export const cancelUpdate = defineUpdate<BatchState>('cancel');
export const setBatchUpdate = defineUpdate<BatchState, [BatchChange]>('set');

/** From the governor to whoever holds its permits. */
export const grantSignal = defineSignal<[AccountGrant]>(GRANT_SIGNAL);

/** The single argument of the workflow `imagePipelineAccount`. */
export interface AccountInput {
  readonly account: string;
  /** What the settings of the worker say of the plan; default nothing. */
  readonly bounds?: PaceBounds;
  /** A holder that is silent for this long is looked after, in ms; default 30 s. */
  readonly auditMs?: number;
  /** Only from one run of the workflow to the next. */
  readonly carried?: AccountState;
}

/** To the governor. */
export const holderReportSignal = defineSignal<[HolderReport]>(HOLDER_REPORT_SIGNAL);
export const storeReportSignal = defineSignal<[StoreReport]>(STORE_REPORT_SIGNAL);
export const accountStatusQuery = defineQuery<AccountStatus>(ACCOUNT_STATUS_QUERY);
export const requestPermitsUpdate = defineUpdate<readonly AskAnswer[], [AskRequest]>(REQUEST_PERMITS_UPDATE);
export const holdAccountUpdate = defineUpdate<AccountStatus, [string]>('hold');
export const resumeAccountUpdate = defineUpdate<AccountStatus>('resume');
export const setAccountBudgetUpdate = defineUpdate<AccountStatus, [Partial<DayCap>]>('setBudget');
export const setAccountLimitsUpdate = defineUpdate<AccountStatus, [Partial<PaceBounds>]>('setLimits');
