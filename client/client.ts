import type { Client } from '@temporalio/client';
import { PageTallies } from '../connection/page-tallies';
import type { WorkflowStarter } from '../connection/workflow-starter';
import type { PictureInputs } from '../input/pictures/picture-inputs';
import type {
  GivenRecipeOptions,
  ItemOptions,
  RequestToStore,
  StartImageOptions,
  StartItemOptions,
  StartRecipeOptions,
  StoredWork,
} from '../input/requests/item-options';
import type { RescueItemsOptions, RescueOptions } from '../input/requests/rescue-options';
import type { StoredBatch } from '../workflows/batch/batch-child';
import type { Segmentation } from '../workflows/domain/account/api-calls';
import { TASK_QUEUE } from '../workflows/domain/base/defaults';
import type { WorkerDescription } from '../workflows/domain/batch/activity-contract';
import type { RequestFields } from '../workflows/domain/item/item';
import { DEFAULT_OPERATION, type OperationName } from '../workflows/domain/operations/operations';
import type { BatchInput } from '../workflows/messages';
import type { AccountHandle } from './account/account-handle';
import type { Profiles } from './account/call-api';
import type { StartTerms } from './batches/batch-context';
import type { BatchHandle } from './batches/batch-handle';
import type { ScheduleContext } from './batches/create-schedule';
import type { ListBatchesOptions, ListedBatch } from './batches/list-batches';
import type { BatchPlan, PlanBatchOptions } from './batches/plan-batch';
import type { RowIndex } from './batches/row-index';
import type { ScheduleHandle } from './batches/schedule-handle';
import type { Schedules } from './batches/schedules';
import type { StartBatchOptions, StoreBatchOptions } from './batches/start-from-rows';
import type { ConnectOptions, ConnectWithClientOptions } from './connect-options';
import type { ItemHandle } from './items/item-handle';
import type { OpenStore } from './open-store';
import type { StoreHandle } from './store/store-handle';

type UseCases = typeof import('./use-cases');

/** Starts and finds items and batches. Create one per process and share it. */
export class ImagePipelineClient implements ScheduleContext {
  private opened: OpenStore | null = null;
  private rows: RowIndex | null = null;
  /** @internal */
  readonly pages = new PageTallies();

  private constructor(
    /** Temporal's own client, for what this library does not cover. */
    readonly temporal: Client,
    /** @internal */
    readonly starter: WorkflowStarter,
    private readonly openOwnStore: () => OpenStore,
    /** Whether `close` closes the connection to Temporal. */
    private readonly ownsConnection: boolean,
    private readonly uses: UseCases,
    /** @internal */
    readonly cwd: string,
  ) {}

  /**
   * Connects by Temporal's environment configuration, or uses the given client of Temporal.
   *
   * @throws NoServerError if no server answers; a given client is not tried
   * @throws InvalidRequestError if the account's name is not safe, IMAGEPIPELINE_SEARCH_ATTRIBUTES is not on or off, or the
   *   data converter of the given client does not match IMAGEPIPELINE_ENCRYPTION_KEYS
   * @throws EncryptionSettingsError, TemporalSettingsError if the keys, or variables TEMPORAL_*, are invalid
   */
  static async connect(options: ConnectOptions | ConnectWithClientOptions): Promise<ImagePipelineClient> {
    const { client, env = {}, taskQueue = TASK_QUEUE, cwd = process.cwd() } = options;
    const uses = await import('./use-cases');
    const account = uses.readAccount(options);
    const startAttributes = uses.StartAttributes.from(env);
    if (client !== undefined) await uses.checkDataConverter(client, uses.findEncryption(env));
    const temporal = client ?? (await uses.connectTemporal(uses.readTemporalTarget(env)));
    const openOwnStore = () => uses.openStore(uses.toStoreEnvironment(options), cwd);
    const starter = new uses.WorkflowStarter(temporal, taskQueue, account, startAttributes);
    return new ImagePipelineClient(temporal, starter, openOwnStore, client === undefined, uses, cwd);
  }

  /**
   * Starts an item of any operation, or of a recipe, or finds the one with the same id. Returns once Temporal has recorded it:
   * from then on it survives the end of this process.
   *
   * @throws InvalidRequestError with every problem at once; nothing was started
   * @throws IdTakenError if the id was used for another request
   * @throws OtherStoreError if it has files, and the workers have another store
   * @throws NoServerError if no server answers within 15 s: start it again with the same id
   */
  startItem<N extends OperationName>(options: StartItemOptions<N> | StartRecipeOptions): Promise<ItemHandle> {
    return this.uses.startItem(this.starter, this, options);
  }

  /**
   * Puts the files of a request into the store, and returns the request with their contents instead of the files: for an
   * item in a workflow of yours, which may run on another machine. Starts nothing.
   *
   * @throws InvalidRequestError with every problem at once; nothing was stored
   * @throws OtherStoreError if the workers have another store
   */
  async storeInputs<N extends OperationName>({ operation, request }: RequestToStore<N>): Promise<RequestFields> {
    return (await this.uses.storeInputs(this, { operation, request })).request;
  }

  /** Like `storeInputs`, for a recipe: returns what `executeItem` and `InlineItems` take beside the id. */
  async storeRecipe(given: GivenRecipeOptions & Pick<ItemOptions, 'id'>): Promise<StoredWork> {
    const { id: _id, ...work } = await this.uses.storeInputs(this, given);
    return this.uses.toStoredWork(work);
  }

  /** @internal `startItem` for a request whose files are in the store. */
  startResolved(options: ItemOptions): Promise<ItemHandle> {
    return this.uses.startResolved(this.starter, this, options);
  }

  /** Starts a picture of a prompt: short for `startItem` with the operation `generate/image`. */
  startImage(options: StartImageOptions): Promise<ItemHandle> {
    return this.startItem({ operation: DEFAULT_OPERATION, ...options });
  }

  /**
   * Fetches and stores the result of an existing job. Submits nothing.
   *
   * @throws InvalidRequestError
   * @throws IdTakenError, ItemDeletedError if the id is that of a running or deleted item, or of a batch; nothing was started
   * @throws NoServerError
   */
  rescueItem(options: RescueOptions): Promise<ItemHandle> {
    return this.uses.startRescue(this.starter, this, options);
  }

  /**
   * Like `rescueItem`, for several jobs.
   *
   * @throws InvalidRequestError with every problem at once; nothing was started
   * @throws IdTakenError, ItemDeletedError if one id is that of a running or deleted item, or of a batch; nothing was started
   * @throws NoServerError
   */
  rescueItems(options: RescueItemsOptions): Promise<readonly ItemHandle[]> {
    return this.uses.startRescues(this.starter, this, options);
  }

  /** Returns a handle of an item, started by any process. */
  item(id: string): ItemHandle {
    return new this.uses.ItemHandle(this, id);
  }

  /**
   * Checks rows and estimates the batch: every problem, duplicates, submissions, cost and time. Starts nothing.
   *
   * @throws InvalidRequestError if there are no rows, or `concurrency` or `prices` is invalid
   */
  planBatch(options: PlanBatchOptions): Promise<BatchPlan> {
    return this.uses.planBatch(this, options);
  }

  /**
   * Starts a batch, or finds the one with the same id and the same rows. All rows are read before the
   * first is submitted, in bounded memory. Returns once Temporal has recorded the batch: from then on it survives the
   * end of this process.
   *
   * @throws InvalidRequestError with every problem of the options, before a row is read
   * @throws InvalidRowsError with every problem of the rows, unless `skipInvalid`
   * @throws IdTakenError if the id was used for other rows, or belongs to a single item
   * @throws BatchRefusedError if it belongs to another Temporal server, or if Temporal has deleted the history of a batch
   *   that the store knows
   * @throws OtherStoreError if the workers use another store
   * @throws NoServerError
   * @throws StoreUnavailable
   */
  async startBatch(options: StartBatchOptions): Promise<BatchHandle> {
    const { id, alreadyStarted } = await this.uses.startFromRows(this, options);
    return new this.uses.BatchHandle(this, id, alreadyStarted);
  }

  /**
   * Like `startBatch`, but without the start. Returns the argument for a workflow that runs the batch with
   * `executeBatch`.
   *
   * @throws InvalidRequestError, InvalidRowsError, IdTakenError, BatchRefusedError, OtherStoreError, NoServerError, StoreUnavailable,
   *   like `startBatch`
   */
  async storeBatch(options: StoreBatchOptions): Promise<StoredBatch> {
    const { input, ...stored } = await this.uses.storeFromRows(this, options);
    return { ...stored, input: { account: this.starter.account, ...input } };
  }

  /**
   * Lists the batches that Temporal knows, newest first.
   *
   * @throws InvalidRequestError if there is no such state
   * @throws NoServerError
   */
  listBatches(options: ListBatchesOptions = {}): AsyncGenerator<ListedBatch, void, undefined> {
    return this.uses.listBatches(this.temporal, options);
  }

  /** Returns a handle of a schedule, created by any process. */
  schedule(id: string): ScheduleHandle {
    return new this.uses.ScheduleHandle(this.temporal, id);
  }

  /** Creates and lists schedules. */
  schedules(): Schedules {
    return new this.uses.Schedules(this);
  }

  /** @internal Starts a batch whose manifest is in the store. */
  async startPlanned(
    id: string,
    input: BatchInput,
    manifestHash: string,
    options: StartTerms = {},
  ): Promise<BatchHandle> {
    const alreadyStarted = await this.uses.startPlanned(this.starter, { id, input, manifestHash }, options);
    return new this.uses.BatchHandle(this, id, alreadyStarted);
  }

  /** Returns a handle of a batch, started by any process. */
  batch(id: string): BatchHandle {
    return new this.uses.BatchHandle(this, id);
  }

  /** Returns the identity profiles of the workers' API key. */
  profiles(): Profiles {
    return new this.uses.Profiles(this.starter);
  }

  /**
   * Finds the parts of a picture, which `edit/image` can change alone. The preview is kept in the store.
   *
   * @throws InvalidRequestError, ApiCallError, WorkerMissingError, NoServerError
   */
  segment({ imageUrl }: { readonly imageUrl: string }): Promise<Segmentation> {
    return this.uses.callApi(this.starter, 'segment', { imageUrl });
  }

  /** Returns a handle of this client's account. */
  account(): AccountHandle {
    return new this.uses.AccountHandle(this.temporal, this.starter.account, this.starter.taskQueue);
  }

  /** Returns a handle of the store, for its usage and for deletions. */
  store(): StoreHandle {
    return new this.uses.StoreHandle(this);
  }

  /**
   * Asks one of the workers for its settings.
   *
   * @returns `null` if none answers within 3 s
   * @throws NoServerError
   */
  async describeWorker(): Promise<WorkerDescription | null> {
    try {
      return await this.uses.askWorker(this.temporal, this.starter.taskQueue);
    } catch (error) {
      throw this.uses.toConnectionError(this.temporal, error);
    }
  }

  /**
   * Closes the connection. Calls in progress fail with a `ClientClosedError`. The connection of a client that was given to
   * `connect` stays open.
   */
  async close(): Promise<void> {
    const { opened } = this;
    this.opened = null;
    this.rows = null;
    if (this.ownsConnection) await this.uses.closeTemporal(this.temporal);
    await opened?.close();
  }

  /** @internal */
  newInputs(folder = this.cwd): PictureInputs {
    return new this.uses.PictureInputs({ folder, remote: () => this.openStore().sources });
  }

  /** @internal Returns the store of batches; the first call opens it. */
  openStore(): OpenStore {
    this.opened ??= this.openOwnStore();
    return this.opened;
  }

  /** @internal */
  openRows(): RowIndex {
    this.rows ??= new this.uses.RowIndex(this.openStore().batches);
    return this.rows;
  }
}
