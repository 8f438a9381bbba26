/** Activities that batch workflows call; the activities implement this contract. */
import type {
  AfterFetch,
  EarlierOutcome,
  ItemResultRow,
  PartReference,
  PlainRow,
  RowStep,
  StoredStep,
  StoreReference,
} from '../item/item';
import type { SizedPart } from './batch-schedule';
import type { BatchSettings } from './batch-settings';
import type { PageReport } from './page-protocol';
import type { Tally } from './tally';

interface PageReference {
  readonly batchId: string;
  readonly part: number;
}

export interface CancelPartsInput extends Omit<PartReference, 'part'> {
  readonly parts: readonly SizedPart[];
}

/** What a page needs to know about an item; its request stays in the store. */
export interface PageItem extends Pick<PlainRow, 'key' | 'operation'> {
  /** Whether its request names files in the store. Default false. */
  readonly hasFiles?: true;
  /** Its steps in order, if there are several. */
  readonly steps?: readonly PageStep[];
  /** As in the row. */
  readonly keep?: readonly string[];
  /** Steps that an earlier run has finished. Default: none. */
  readonly finished?: readonly StoredStep[];
  /** As in the row. */
  readonly earlier?: EarlierOutcome;
  /** A job submitted for this item in an earlier run; its result is fetched first. */
  readonly jobId?: string;
  /** What happens if the fetch brings no result. Default `end`. */
  readonly afterFetch?: AfterFetch;
}

/** What a page needs to know about a step. */
export interface PageStep extends Pick<RowStep, 'id' | 'operation'> {
  /** Whether its request names files in the store, or of earlier steps. Default false. */
  readonly hasFiles?: true;
}

export interface LoadPageInput extends PartReference {
  /** The store with the rows. Default: any. */
  readonly store?: StoreReference;
  /** The page run that this one continues, or that returned the part without beginning it; `null` if none. */
  readonly previousRun: string | null;
}

export interface LoadedPage {
  readonly items: readonly PageItem[];
  /**
   * Whether another run has begun the part and may have submitted its items, for example after a reset of the page or
   * batch.
   */
  readonly isBegunElsewhere: boolean;
}

export interface ReportPageInput extends PageReference {
  /** Number of the segment of outcomes; a repeated report writes the same segment. */
  readonly sequence: number;
  readonly rows: readonly ItemResultRow[];
  readonly report: PageReport;
  /** The run of the batch that the page belongs to. */
  readonly batchRun: string;
}

export interface CloseItemsInput extends PartReference {
  readonly keys: readonly string[];
  /** As in `ReportPageInput`. */
  readonly sequence: number;
  /** Price of one submission, by operation. */
  readonly prices: Readonly<Record<string, number>>;
}

export interface CloseDeadPageInput extends PartReference, Omit<SizedPart, 'part'> {}

export interface StoreRowsInput {
  readonly batchId: string;
  readonly rows: readonly PlainRow[];
  readonly settings: BatchSettings;
}

/** Where the rows of a batch are. */
export interface StoredRows {
  readonly parts: readonly number[];
  readonly rowsHash: string;
  readonly store: StoreReference;
}

export interface BatchActivities {
  /** Writes rows passed by a workflow, and the batch's manifest; finds those of the same batch if they exist. */
  storeRows(input: StoreRowsInput): Promise<StoredRows>;
  /** Loads the items and marks the part as begun, unless another run already has. */
  loadPage(input: LoadPageInput): Promise<LoadedPage>;
  /**
   * Writes outcomes to the store, then signals the coordinator. `isDelivered` is false if that run of the batch is
   * gone.
   */
  reportPage(input: ReportPageInput): Promise<{ readonly isDelivered: boolean }>;
  /** Closes items that another run may have submitted: by their recorded outcomes, else as unknown. */
  closeItems(input: CloseItemsInput): Promise<Tally>;
  /** Closes the items of a dead page like `closeItems`, but items of a part that was never begun are cancelled. */
  closeDeadPage(input: CloseDeadPageInput): Promise<Tally>;
  /** Closes the items of parts without a page: cancelled, or like `closeDeadPage` if a page had begun the part. */
  cancelParts(input: CancelPartsInput): Promise<Tally>;
  /** Returns the parts whose page is not running. */
  findDeadPages(input: { readonly batchId: string; readonly parts: readonly number[] }): Promise<readonly number[]>;
  /** Returns pages of these parts, and item workflows of these pages, whose workflow tasks keep failing. */
  findStuckWorkflows(input: {
    readonly batchId: string;
    readonly parts: readonly number[];
  }): Promise<readonly string[]>;
  /** Terminates these workflows. */
  endWorkflows(ids: readonly string[]): Promise<void>;
}

export interface StoreScheduledRunInput extends Omit<StoredRows, 'store'> {
  readonly schedule: string;
  readonly batchId: string;
  /** The store with the rows. Default: any. */
  readonly store?: StoreReference;
  /** Hash of the rows. */
  readonly manifestHash: string;
  readonly settings: BatchSettings;
}

export interface ScheduleActivities {
  /** Copies the rows of a schedule to one of its runs, and claims the id of that run; finds those of the same run. */
  storeScheduledRun(input: StoreScheduledRunInput): Promise<void>;
}

/** A worker's description. */
export interface WorkerDescription {
  /** The store for results and batch rows. */
  readonly store: StoreReference;
  /** Absent if the activities were created without it. */
  readonly provider?: ProviderReference;
}

/** The provider account that a worker uses. */
export interface ProviderReference {
  readonly baseUrl: string;
  /** Distinguishes API keys without revealing them. */
  readonly keyHash: string;
}

export interface WorkerActivities {
  describeWorker(): Promise<WorkerDescription>;
}
