/** What the workflows of a batch ask of the activities, which implement it. */
import type { AfterFetch, ItemResultRow, PartReference, PlainRow, StoreReference } from '../item/item';
import type { OperationName } from '../operations/operations';
import type { SizedPart } from './batch-schedule';
import type { BatchSettings } from './batch-settings';
import type { PageReport } from './page-protocol';
import type { Tally } from './tally';

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
  readonly rows: readonly ItemResultRow[];
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
  /** Writes rows that a workflow has passed on, and the batch's manifest; or finds those of the same batch. */
  storeRows(input: StoreRowsInput): Promise<StoredRows>;
  /** Says in the store that the part is begun, unless another run has said so before. */
  loadPage(input: LoadPageInput): Promise<LoadedPage>;
  /** Writes outcomes into the store, then tells the coordinator; `isDelivered`: that run of the batch is still there. */
  reportPage(input: ReportPageInput): Promise<{ readonly isDelivered: boolean }>;
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
