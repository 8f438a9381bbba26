/** The contract of the Nexus service `imagepipeline`, for callers and for the workers that serve it. */
import { operation, service } from 'nexus-rpc';
import { SERVICE_NAME } from './domain/base/nexus-names';
import type { BatchState } from './domain/batch/batch-state';
import type { ItemReport } from './domain/item/item';
import type { AgainOptions } from './domain/item/item-options';
import type { SingleItemProgress } from './domain/item/step-report';
import type { BatchRowsInput, ItemInput } from './messages';

export { NEXUS_ENDPOINT } from './domain/base/nexus-names';

interface Named {
  /** At most 128 letters, digits, `.`, `_` and `-`. */
  readonly id: string;
}

type ItemTerms = 'values' | 'account' | 'deadlineMs' | 'jobTimeBudgetMs' | 'waitWhileHeld' | 'notify';

/** Input of `runItem`: a request of one operation, or several steps. */
export interface RunItemInput
  extends Named,
    AgainOptions,
    Pick<ItemInput, 'operation' | 'request' | 'steps' | 'keep' | ItemTerms> {}

/** Input of `runBatch`: 1 to 250 rows, and the settings of the batch. */
export interface RunBatchInput extends Named, Omit<BatchRowsInput, 'patienceMs'> {}

/** Input of `cancel`. */
export interface CancelInput extends Named {
  /**
   * For an item: do not wait for the job in flight, which may be charged. The item ends as `unknown`. Default false: the
   * job in flight is collected.
   */
  readonly now?: boolean;
}

/** Input of `status`. */
export interface StatusInput extends Named {}

/** What `status` returns about an item. */
export interface ItemStatusOutput extends Named {
  readonly kind: 'item';
  /** `null` when it has ended. */
  readonly progress: SingleItemProgress | null;
  /** `null` until it has ended. */
  readonly report: ItemReport | null;
}

/** What `status` returns about a batch. */
export interface BatchStatusOutput extends Named {
  readonly kind: 'batch';
  /** `null` if an operator terminated the batch. */
  readonly state: BatchState | null;
}

/** What `status` returns. */
export type StatusOutput = ItemStatusOutput | BatchStatusOutput;

/**
 * Start these operations from a workflow in any namespace. `runItem` and `runBatch` are asynchronous: they end with their
 * workflow. An item that did not succeed fails the operation; the cause has its code as `type`, and its report as first
 * detail. A batch ends with its state, whatever the outcomes of its items.
 *
 * An id is used once. The same id with the same work attaches to the running workflow, or returns how the ended one ended.
 * Every operation fails at once with a handler error, which is not retried: `BAD_REQUEST` with every problem of the input,
 * `CONFLICT` if the id belongs to other work, `NOT_FOUND` if nothing has the id.
 */
export const imagePipelineService = service(SERVICE_NAME, {
  runItem: operation<RunItemInput, ItemReport>(),
  runBatch: operation<RunBatchInput, BatchState>(),
  /** Returns as soon as the request is recorded. What has ended does not change. */
  cancel: operation<CancelInput, void>(),
  status: operation<StatusInput, StatusOutput>(),
});
