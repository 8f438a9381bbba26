/** Names, inputs and messages of workflows, for workflows and clients. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AccountState } from './domain/account/account-state';
import type { AccountStatus } from './domain/account/account-status';
import type { GivenHours } from './domain/account/hours';
import type { BatchNotices } from './domain/batch/batch-notices';
import type { GivenRow } from './domain/batch/batch-options';
import type { BatchRecord } from './domain/batch/batch-record';
import type { BatchChange, BatchSettings, ItemSettings } from './domain/batch/batch-settings';
import type { BatchState } from './domain/batch/batch-state';
import type { PageGrant, PageLeaseReport, PageReport } from './domain/batch/page-protocol';
import { PAGE_REPORT_SIGNAL, type Tally } from './domain/batch/tally';
import type { AwaitJobInput, JournalRecipe, SubmitJobInput } from './domain/item/activity-contract';
import { JOB_CALLBACK_SIGNAL, type JobCallback } from './domain/item/callback';
import type { AcceptedJob, RequestFields, RowStep, StoreReference } from './domain/item/item';
import type { PackedRecord } from './domain/item/packed-record';
import type { CarriedPermits, SubmitTerms } from './domain/item/permits';
import type { SingleItemProgress } from './domain/item/step-report';
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
import type { HoldBelow } from './domain/money/balance';
import type { DayCap } from './domain/money/day-budget';
import type { Allowance, Spending } from './domain/money/spending';
import type { OperationName } from './domain/operations/operations';
import type { PaceBounds } from './domain/pace/pace';

export { DEFAULT_DEADLINE_MS, TASK_QUEUE } from './domain/base/defaults';

/** Memo with the report of a cancelled item. */
export const REPORT_MEMO = 'report';

/** Memo with the operation of a single item: that of its last step. */
export const OPERATION_MEMO = 'operation';

/** Memo with the ids of the steps of a single item, if it has several. */
export const STEPS_MEMO = 'steps';

export function toItemMemo(
  operation: string,
  steps?: readonly Pick<RowStep, 'id'>[],
): Readonly<Record<string, string>> {
  const ids = steps === undefined ? {} : { [STEPS_MEMO]: steps.map(({ id }) => id).join(' ') };
  return { [OPERATION_MEMO]: operation, ...ids };
}

/** Memo with the state of a batch. */
export const STATE_MEMO = 'state';

/** Memo with the counts of a batch at its last change of state; final when it has ended. */
export const COUNTS_MEMO = 'counts';

/** Memo with the receiver of notifications, without the path of its address. */
export const NOTIFY_MEMO = 'notify';

/** Memo of an `imagePipelineNotification` with the type and time of what happened. */
export const EVENT_MEMO = 'event';

/** Memo of an `imagePipelineNotification` that has ended. */
export const DELIVERY_MEMO = 'delivery';

/** Argument of the workflow `imagePipelineItem`. */
export interface ItemInput {
  /** Default `generate/image`. */
  readonly operation?: OperationName;
  /** The provider's fields, for example `{ "prompt": "…" }`. */
  readonly request?: RequestFields;
  /** Instead of operation and request: 1 to 10 steps, in order. */
  readonly steps?: readonly RowStep[];
  /** Ids of steps whose files are results, beside the last one. Default: none. */
  readonly keep?: readonly string[];
  /** Values that are returned with the report. Default: none. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Instead of a request: an existing job whose result is fetched; nothing is submitted. */
  readonly jobId?: string;
  /** Time limit of the item from its start, in ms; with several steps, of each of them. Default 24 h. */
  readonly deadlineMs?: number;
  /** Time limit of one job from its acceptance, in ms. Default: from the operation's row. */
  readonly jobTimeBudgetMs?: number;
  /** Account whose permits it uses. Default `default`. */
  readonly account?: string;
  /** Whether to wait while the account is held, instead of failing with the code of the hold. Default false. */
  readonly waitWhileHeld?: boolean;
  /** https address that receives a signed POST when the item ends. Default: none. */
  readonly notify?: string;
  /**
   * First run of an earlier workflow of this id whose submissions are abandoned, which allows a new one; `*` for any; `ended`
   * for those whose end is known.
   * Default: a job of an earlier submission is taken over, and nothing is sent if that job is unknown.
   */
  readonly supersedes?: string;
  /** Jobs that this earlier workflow reported; another job of it is taken over. Default: all are abandoned. */
  readonly supersededJobs?: readonly string[];
  /** Carried across continue-as-new; never set by callers. */
  readonly carried?: CarriedItem;
}

export interface CarriedItem {
  readonly record: PackedRecord;
  /** What the store records about its steps. Absent: it has one. */
  readonly recipe?: JournalRecipe;
  readonly permits: CarriedPermits;
  readonly callbacks: readonly JobCallback[];
  /** It was cancelled: jobs in flight are collected, and nothing further is submitted. */
  readonly isStopped: boolean;
}

/** Argument of the workflow `imagePipelineBatchItem`: one submission of an item of a batch. */
export interface BatchItemInput {
  readonly submit: SubmitJobInput;
  /** From the page, which has given the permit. */
  readonly terms: SubmitTerms;
  /** Input of `awaitJob`, without the job. */
  readonly read: Omit<AwaitJobInput, 'job'>;
}

/** The job of an item that has its own workflow. */
export interface AcceptedItem {
  readonly key: string;
  readonly job: AcceptedJob;
}

/** Sent by an `imagePipelineBatchItem` to its page. */
export const jobAcceptedSignal = defineSignal<[AcceptedItem]>('jobAccepted');

/** Failure message of a query that reached a worker together with unprocessed messages. */
export const PREMATURE_QUERY = 'the query arrived before the workflow task; retry the query';

/** Queries the progress of an `imagePipelineItem`. */
export const itemProgressQuery = defineQuery<SingleItemProgress>('itemProgress');

/**
 * Ends an `imagePipelineItem` immediately: nothing further is submitted, and a job in flight is abandoned. A POST in
 * flight is waited for. The item is `unknown` if something may have been accepted, with the job's id if known.
 */
export const cancelNowUpdate = defineUpdate<void>('cancelNow');

/** Argument of the workflow `imagePipelineBatch`; the workflow id is the batch's id. */
export interface BatchInput extends BatchSettings {
  /** Number of rows in each part of the manifest, in order. */
  readonly parts: readonly number[];
  /** Hash of the rows of these parts, part of their file names. */
  readonly rowsHash: string;
  /** The store with the rows: a page whose worker uses another store does not start. Default: not checked. */
  readonly store?: StoreReference;
  /** Index of the first part. Default 0. A redrive runs parts that were added to the manifest later. */
  readonly firstPart?: number;
  /** Tally of the items that a redrive does not run. Default: none. */
  readonly base?: Tally;
  /** Number of invalid rows of the file that were skipped; only shown in the state. Default 0. */
  readonly skipped?: number;
  /** Number of rows of a sampled batch that no run has started; only shown in the state. Default 0. */
  readonly notStarted?: number;
  /** Whether the budget also counts what `base` has spent: the runs of a sampled batch share it. Default false. */
  readonly sharesBudget?: boolean;
  /** Account whose permits it uses. Default `default`. */
  readonly account?: string;
  /** Time before which nothing is submitted, ISO 8601. Default: it starts at once. */
  readonly startAt?: string;
  /** Budget of this run of the batch. Default: unlimited. */
  readonly budget?: Allowance;
  /** How long to wait for a permit before checking that the governor is alive, in ms. Default 5 min. */
  readonly patienceMs?: number;
  /** https address that receives a signed POST when the batch ends, pauses, is held, or has many failures. Default: none. */
  readonly notify?: string;
  /** Failed and unknown items that are reported once, for example `12` or `5%`. Default 10%. */
  readonly notifyFailures?: string;
  /** Carried across continue-as-new; never set by callers. */
  readonly carried?: CarriedBatch;
}

/** Argument of the workflow `imagePipelineBatch` with the rows themselves, which it writes to the store first. */
export interface BatchRowsInput
  extends Omit<BatchSettings, 'items'>,
    Pick<BatchInput, 'account' | 'patienceMs' | 'startAt' | 'notify' | 'notifyFailures'> {
  /** 1 to 250 rows. They become part of the history. */
  readonly rows: readonly GivenRow[];
  /** Default: the defaults of a single item. */
  readonly items?: Partial<ItemSettings>;
  /** Budget of this run of the batch. Default: no limit, and no submission of unknown outcome is repeated. */
  readonly budget?: Partial<Allowance>;
}

/** Argument of the workflow `imagePipelineScheduledBatch`, which a schedule starts: it starts one run of the schedule as a batch. */
export interface ScheduledBatchInput {
  /** Id of the schedule. */
  readonly schedule: string;
  /** Input of each run; its rows are in the store under the id of the schedule. */
  readonly batch: BatchInput;
  /** Hash of the rows. */
  readonly manifestHash: string;
}

/** Result of the workflow `imagePipelineScheduledBatch`. */
export interface ScheduledRun {
  readonly batchId: string;
  /** `false`: the id of the run was taken, and nothing was started. */
  readonly isStarted: boolean;
}

export interface CarriedBatch extends BatchRecord {
  /** Id of this run of the batch: a batch id may run again, and a reset repeats a run. */
  readonly run: string;
  /** The last report to the governor. */
  readonly lastReport: LastHolderReport;
  /** What was notified last. Absent: nothing. */
  readonly notices?: BatchNotices;
}

/** Default and maximum of `patienceMs`, which doubles with every check. */
export const DEFAULT_PATIENCE_MS = 5 * 60_000;
export const MAX_PATIENCE_MS = 60 * 60_000;

/** Argument of the workflow `imagePipelinePage`. */
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
  /** Page run that returned the part because it could not start; `null`: none. */
  readonly previousRun: string | null;
  /** Carried across continue-as-new; never set by callers. */
  readonly carried?: CarriedPage;
}

export interface CarriedPage {
  readonly tally: Tally;
  /** Records of unfinished items, by key. */
  readonly records: Readonly<Record<string, PackedRecord>>;
  readonly sequence: number;
  readonly spent: Spending;
  /** Callbacks for unfinished items. */
  readonly callbacks: readonly JobCallback[];
}

/** Sent by the gateway to a page or a single item. */
export const jobCallbackSignal = defineSignal<[JobCallback]>(JOB_CALLBACK_SIGNAL);

/** Sent by the coordinator to a page. */
export const pageGrantSignal = defineSignal<[PageGrant]>('grant');
/**
 * Run of the batch that needs the page's id: a page of another run stops, and one of this run reports. `null`: the page
 * reports, and so notices whether its run has ended.
 */
export const batchRunSignal = defineSignal<[string | null]>('batchRun');
export const pageTallyQuery = defineQuery<Tally>('pageTally');

/** Sent to the coordinator, with the run of the batch that the page belongs to. */
export const pageReportSignal = defineSignal<[PageReport, string]>(PAGE_REPORT_SIGNAL);
export const pageLeaseReportSignal = defineSignal<[PageLeaseReport, string]>('pageLeaseReport');
/** A page that could not start and returns its part. */
export interface PageRefusal {
  readonly part: number;
  /** Run of the page. */
  readonly run: string;
  /** `null` if it was stopped. */
  readonly reason: string | null;
  /** Whether a retry is pointless until a person has fixed the cause. */
  readonly isPermanent: boolean;
}
export const pageRefusalSignal = defineSignal<[PageRefusal, string]>('pageRefusal');
export const reRegisterSignal = defineSignal(RE_REGISTER_SIGNAL);
export const batchStateQuery = defineQuery<BatchState>('batchState');
export const pauseUpdate = defineUpdate<BatchState, [string]>('pause');
export const resumeUpdate = defineUpdate<BatchState>('resume');
export const cancelUpdate = defineUpdate<BatchState>('cancel');
export const setBatchUpdate = defineUpdate<BatchState, [BatchChange]>('set');

/** Sent by the governor to a holder of its permits. */
export const grantSignal = defineSignal<[AccountGrant]>(GRANT_SIGNAL);

/** Argument of the workflow `imagePipelineAccount`. */
export interface AccountInput {
  readonly account: string;
  /** Limits of the plan from the worker's settings. Default: none. */
  readonly bounds?: PaceBounds;
  /** Silence after which a holder is checked, in ms. Default 30 s. */
  readonly auditMs?: number;
  /** Carried across continue-as-new; never set by callers. */
  readonly carried?: AccountState;
}

/** Sent to the governor. */
export const holderReportSignal = defineSignal<[HolderReport]>(HOLDER_REPORT_SIGNAL);
export const storeReportSignal = defineSignal<[StoreReport]>(STORE_REPORT_SIGNAL);
export const accountStatusQuery = defineQuery<AccountStatus>(ACCOUNT_STATUS_QUERY);
export const requestPermitsUpdate = defineUpdate<readonly AskAnswer[], [AskRequest]>(REQUEST_PERMITS_UPDATE);
export const holdAccountUpdate = defineUpdate<AccountStatus, [string]>('hold');
export const resumeAccountUpdate = defineUpdate<AccountStatus>('resume');
export const setAccountBudgetUpdate = defineUpdate<AccountStatus, [Partial<DayCap>]>('setBudget');
export const setHoldBelowUpdate = defineUpdate<AccountStatus, [Partial<HoldBelow>]>('setHoldBelow');
export const setAccountNotifyUpdate = defineUpdate<AccountStatus, [string | null]>('setNotify');
export const setAccountHoursUpdate = defineUpdate<AccountStatus, [GivenHours | null]>('setHours');
export const setAccountLimitsUpdate = defineUpdate<AccountStatus, [Partial<PaceBounds>]>('setLimits');
