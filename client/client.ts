import {
  type Client,
  type Workflow,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/client';
import type { SearchAttributePair } from '@temporalio/common';
import { hashRequest } from '../input/requests/hash-request';
import { adviseOperation } from '../input/requests/operation-advice';
import { type FieldProblem, requestProblems } from '../input/requests/request-schema';
import type { StoredBatch } from '../workflows/batch/batch-child';
import type { imagePipelineBatch } from '../workflows/batch/batch-workflow';
import { findDurationProblem } from '../workflows/domain/base/durations';
import type { Environment } from '../workflows/domain/base/environment';
import { formatCount } from '../workflows/domain/base/format-count';
import { brokenKeyRule } from '../workflows/domain/base/safe-key';
import type { WorkerDescription } from '../workflows/domain/batch/activity-contract';
import { BATCH_INPUT_CHECKS, findInputProblems } from '../workflows/domain/batch/input-checks';
import type { RequestFields } from '../workflows/domain/item/item';
import { DEFAULT_ACCOUNT } from '../workflows/domain/leases/governor-protocol';
import { DEFAULT_OPERATION, isOperationName, type OperationName } from '../workflows/domain/operations/operations';
import type { imagePipelineItem } from '../workflows/item/item-workflow';
import { type BatchInput, type ItemInput, TASK_QUEUE } from '../workflows/messages';
import { AccountHandle } from './account/account-handle';
import type { BatchContext, StartTerms } from './batches/batch-context';
import { BatchHandle } from './batches/batch-handle';
import { type ListBatchesOptions, type ListedBatch, listBatches } from './batches/list-batches';
import { type BatchPlan, type PlanBatchOptions, planBatch } from './batches/plan-batch';
import { type StartBatchOptions, startFromRows, storeFromRows } from './batches/start-from-rows';
import { IdTakenError, InvalidRequestError } from './errors';
import { findEndedRequest, isOtherRequest, REQUEST_MEMO } from './items/find-ended-request';
import { ItemHandle } from './items/item-handle';
import { deriveItemId } from './items/item-id';
import { findSupersededRun } from './items/superseded-run';
import { type OpenStore, openStore } from './open-store';
import { askWorker } from './temporal/ask-worker';
import { closeTemporal, connectTemporal, readTemporalTarget, toConnectionError } from './temporal/connection';
import { orUnknownAttributes, StartAttributes } from './temporal/search-attributes';
import { BATCH_TYPE, describeKind, OTHER_REQUEST, OTHER_ROWS } from './temporal/workflow-kinds';

/** Selects the Temporal server, the account, the workers and the store. */
export interface ConnectOptions {
  /**
   * The source of TEMPORAL_*, IMAGEPIPELINE_ENCRYPTION_KEYS and IMAGEPIPELINE_SEARCH_ATTRIBUTES, for instance
   * `process.env`.
   */
  readonly env: Environment;
  /** The task queue that the workers poll. Default `imagepipeline`. */
  readonly taskQueue?: string;
  /** The account whose permits images and batches need. Default IMAGEPIPELINE_ACCOUNT, or `default`. One API key is one account. */
  readonly account?: string;
  /** The store of batches, a folder or `s3://bucket/prefix`; must be the workers' store. Default IMAGEPIPELINE_STORE. */
  readonly store?: string;
  /** The folder that a relative store path starts from. Default: the working folder of the process. */
  readonly cwd?: string;
}

/** Options of an image to start. */
export interface StartImageOptions {
  /** The provider's fields, for instance `{ prompt, width, height }`. */
  readonly request: RequestFields;
  /** Default `generate/image`. */
  readonly operation?: OperationName;
  /**
   * Your name for the image. The same id finds the same image for as long as Temporal keeps its history, so a retried
   * call never pays twice. Letters, digits, `.`, `_`, `-`. Default: a hash of the request.
   */
  readonly id?: string;
  /** Deadline of the whole image, in ms from its start. Default 24 h. */
  readonly deadlineMs?: number;
  /** Time after which a job is overdue, in ms. Default 15 min for images. */
  readonly jobTimeBudgetMs?: number;
  /**
   * Runs an id again that failed, was cancelled or ended unknown. A job that may be charged is fetched first;
   * the image is submitted again only if that job failed. An unknown submission stays unknown. Default false.
   */
  readonly again?: boolean;
  /** With `again`: also submit an image that may have been charged. You may pay twice. Default false. */
  readonly allowUnknown?: boolean;
  /** While the account is held: wait, instead of failing with the code of the hold. Default false. */
  readonly waitWhileHeld?: boolean;
}

export interface RescueOptions {
  readonly jobId: string;
  /** The operation of the job. Default `generate/image`. */
  readonly operation?: OperationName;
  /**
   * Your name for the image. Default `rescue-` and the job's id. An id of an image that has ended keeps its
   * request; the result is stored under that id.
   */
  readonly id?: string;
}

interface StartDetails {
  /** Hash of the work; stored in the memo to distinguish a repetition from a conflict. */
  readonly hash: string;
  readonly summary: string;
  /** The reuse policy for an id whose workflow has ended. */
  readonly reuse: keyof typeof WorkflowIdReusePolicy;
}

/** Starts and finds images and batches. Create one per process and share it. */
export class ImagePipelineClient implements BatchContext {
  private opened: OpenStore | null = null;

  private constructor(
    /** Temporal's own client, for what this library does not cover. */
    readonly temporal: Client,
    private readonly taskQueue: string,
    private readonly accountName: string,
    private readonly startAttributes: StartAttributes,
    private readonly openOwnStore: () => OpenStore,
  ) {}

  /**
   * Connects by Temporal's environment configuration.
   *
   * @throws NoServerError if no server answers
   * @throws InvalidRequestError if the account's name is not safe, or IMAGEPIPELINE_SEARCH_ATTRIBUTES is not on or off
   * @throws EncryptionSettingsError if the keys are invalid
   */
  static async connect(options: ConnectOptions): Promise<ImagePipelineClient> {
    const account = accountFrom(options);
    const startAttributes = StartAttributes.from(options.env);
    const temporal = await connectTemporal(readTemporalTarget(options.env));
    const openOwnStore = () => openStore(storeEnvironment(options), options.cwd ?? process.cwd());
    return new ImagePipelineClient(temporal, options.taskQueue ?? TASK_QUEUE, account, startAttributes, openOwnStore);
  }

  /**
   * Starts an image, or finds the one with the same id. Returns once Temporal has recorded it:
   * from then on it survives the end of this process.
   *
   * @throws InvalidRequestError with every problem at once; nothing was started
   * @throws IdTakenError if the id was used for another request
   * @throws NoServerError if no server answers within 15 s: start it again with the same id
   */
  async startImage(options: StartImageOptions): Promise<ItemHandle> {
    const operation = options.operation ?? DEFAULT_OPERATION;
    const problems = startProblems(options);
    if (problems.length > 0) throw new InvalidRequestError(problems);
    const id = options.id ?? deriveItemId(operation, options.request);
    const supersedes = await this.supersededBy(id, options);
    const input = { ...toInput(operation, options), account: this.accountName, ...supersedes };
    const alreadyStarted = await this.startOrFind<typeof imagePipelineItem>('imagePipelineItem', id, input, {
      hash: hashRequest(operation, options.request),
      summary: toSummary(input),
      reuse: options.again ? 'ALLOW_DUPLICATE_FAILED_ONLY' : 'REJECT_DUPLICATE',
    });
    return new ItemHandle(this.temporal, id, alreadyStarted);
  }

  /**
   * Fetches and stores the result of an existing job. Submits nothing.
   *
   * @throws InvalidRequestError
   * @throws IdTakenError if the id belongs to a running image or to a batch; nothing was started
   * @throws NoServerError
   */
  async rescueItem({
    jobId,
    operation = DEFAULT_OPERATION,
    id = `rescue-${jobId}`,
  }: RescueOptions): Promise<ItemHandle> {
    const problems = [...nameProblems('id', id), ...operationProblems(operation)];
    if (problems.length > 0) throw new InvalidRequestError(problems);
    const input: ItemInput = { operation, jobId, account: this.accountName };
    const alreadyStarted = await this.startOrFind<typeof imagePipelineItem>('imagePipelineItem', id, input, {
      hash: (await findEndedRequest(this.temporal, id)) ?? hashRequest(operation, { jobId }),
      summary: `result of ${jobId}`,
      reuse: 'ALLOW_DUPLICATE',
    });
    return new ItemHandle(this.temporal, id, alreadyStarted);
  }

  /** Returns a handle of an image, started by any process. */
  item(id: string): ItemHandle {
    return new ItemHandle(this.temporal, id);
  }

  /**
   * Checks rows and estimates the batch: every problem, duplicates, submissions, cost and time. Starts nothing.
   *
   * @throws InvalidRequestError if there are no rows, or `concurrency` or `prices` is invalid
   */
  planBatch(options: PlanBatchOptions): Promise<BatchPlan> {
    return planBatch(options);
  }

  /**
   * Starts a batch, or finds the one with the same id and the same rows. All rows are read before the
   * first is submitted, in bounded memory. Returns once Temporal has recorded the batch: from then on it survives the
   * end of this process.
   *
   * @throws InvalidRequestError with every problem of the options, before a row is read
   * @throws InvalidRowsError with every problem of the rows, unless `skipInvalid`
   * @throws IdTakenError if the id was used for other rows, or belongs to a single image
   * @throws BatchRefusedError if it belongs to another Temporal server, if the workers use another store, or if Temporal has
   *   deleted the history of a batch that the store knows
   * @throws NoServerError
   * @throws StoreUnavailable
   */
  async startBatch(options: StartBatchOptions): Promise<BatchHandle> {
    const { id, alreadyStarted } = await startFromRows(this, options);
    return new BatchHandle(this, id, alreadyStarted);
  }

  /**
   * Like `startBatch`, but without the start. Returns the argument for a workflow that runs the batch with
   * `executeBatch`.
   *
   * @throws InvalidRequestError, InvalidRowsError, IdTakenError, BatchRefusedError, NoServerError, StoreUnavailable, like
   *   `startBatch`
   */
  async storeBatch(options: StartBatchOptions): Promise<StoredBatch> {
    const { input, ...stored } = await storeFromRows(this, options);
    return { ...stored, input: { account: this.accountName, ...input } };
  }

  /**
   * Lists the batches that Temporal knows, newest first.
   *
   * @throws InvalidRequestError if there is no such state
   * @throws NoServerError
   */
  listBatches(options: ListBatchesOptions = {}): AsyncGenerator<ListedBatch, void, undefined> {
    return listBatches(this.temporal, options);
  }

  /**
   * Starts a batch whose manifest is in the store.
   *
   * @internal
   */
  async startPlanned(
    id: string,
    input: BatchInput,
    manifestHash: string,
    options: StartTerms = {},
  ): Promise<BatchHandle> {
    const problems = batchProblems(id, input);
    if (problems.length > 0) throw new InvalidRequestError(problems);
    const withAccount = { account: this.accountName, ...input };
    const alreadyStarted = await this.startOrFind<typeof imagePipelineBatch>('imagePipelineBatch', id, withAccount, {
      hash: manifestHash,
      summary:
        options.summary ??
        formatCount(
          input.parts.reduce((sum, size) => sum + size, 0),
          'item',
        ),
      reuse: options.again ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
    });
    return new BatchHandle(this, id, alreadyStarted);
  }

  /** Returns a handle of a batch, started by any process. */
  batch(id: string): BatchHandle {
    return new BatchHandle(this, id);
  }

  /** Returns a handle of this client's account. */
  account(): AccountHandle {
    return new AccountHandle(this.temporal, this.accountName, this.taskQueue);
  }

  /**
   * Asks one of the workers for its settings.
   *
   * @returns `null` if none answers within 3 s
   * @throws NoServerError
   */
  async describeWorker(): Promise<WorkerDescription | null> {
    try {
      return await askWorker(this.temporal, this.taskQueue);
    } catch (error) {
      throw toConnectionError(this.temporal, error);
    }
  }

  /** Closes the connection. Calls in progress fail with a `ClientClosedError`. */
  async close(): Promise<void> {
    const { opened } = this;
    this.opened = null;
    await closeTemporal(this.temporal);
    await opened?.close();
  }

  /**
   * Returns the store of batches; the first call opens it.
   *
   * @internal
   */
  openStore(): OpenStore {
    this.opened ??= this.openOwnStore();
    return this.opened;
  }

  private async supersededBy(
    id: string,
    { again = false, allowUnknown = false }: StartImageOptions,
  ): Promise<Pick<ItemInput, 'supersedes'>> {
    const run = again ? await findSupersededRun(this.temporal, id, allowUnknown) : null;
    return run === null ? {} : { supersedes: run };
  }

  /**
   * Starts a workflow, or finds the one that has the id, running or ended.
   *
   * @throws IdTakenError if another request has the id
   */
  private async startOrFind<W extends Workflow>(
    type: string,
    workflowId: string,
    input: Parameters<W>[0],
    { hash, summary, reuse }: StartDetails,
  ): Promise<boolean> {
    const start = (typedSearchAttributes: SearchAttributePair[] | null) =>
      this.temporal.workflow.start(type, {
        workflowId,
        taskQueue: this.taskQueue,
        args: [input],
        staticSummary: summary,
        memo: { [REQUEST_MEMO]: hash },
        ...(typedSearchAttributes === null ? {} : { typedSearchAttributes }),
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
        workflowIdReusePolicy: WorkflowIdReusePolicy[reuse],
      });
    try {
      const attributes = await this.startAttributes.of(this.temporal, this.accountName);
      await start(attributes).catch((error: unknown) => {
        if (this.startAttributes.giveUp(error)) return start(null);
        throw error;
      });
      return false;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) {
        throw toConnectionError(this.temporal, orUnknownAttributes(error));
      }
      await this.refuseOtherRequest(workflowId, type, hash);
      return true;
    }
  }

  private async refuseOtherRequest(id: string, type: string, requestHash: string): Promise<void> {
    const { memo, type: firstType } = await this.temporal.workflow.getHandle(id).describe();
    if (firstType !== type) throw new IdTakenError(id, describeKind(firstType), 'is the id of');
    if (isOtherRequest(memo, requestHash)) throw new IdTakenError(id, type === BATCH_TYPE ? OTHER_ROWS : OTHER_REQUEST);
  }
}

function storeEnvironment({ env, store }: ConnectOptions): Environment {
  return store === undefined ? env : { ...env, IMAGEPIPELINE_STORE: store };
}

function accountFrom({ account, env }: ConnectOptions): string {
  const name = account ?? (env['IMAGEPIPELINE_ACCOUNT']?.trim() || DEFAULT_ACCOUNT);
  const problems = nameProblems('account', name);
  if (problems.length > 0) throw new InvalidRequestError(problems);
  return name;
}

function batchProblems(id: string, input: BatchInput): readonly FieldProblem[] {
  return [...nameProblems('id', id), ...findInputProblems(BATCH_INPUT_CHECKS, input)];
}

function nameProblems(field: string, name: string): readonly FieldProblem[] {
  const rule = brokenKeyRule(name);
  return rule === null ? [] : [{ field, problem: `is ${JSON.stringify(name)}; ${rule}` }];
}

/** Returns every problem of the options. */
export function startProblems(options: StartImageOptions): readonly FieldProblem[] {
  const operation: string = options.operation ?? DEFAULT_OPERATION;
  const problems: FieldProblem[] = options.id === undefined ? [] : [...nameProblems('id', options.id)];
  for (const field of ['deadlineMs', 'jobTimeBudgetMs'] as const) {
    const problem = options[field] === undefined ? null : findDurationProblem(options[field]);
    if (problem !== null) problems.push({ field, problem });
  }
  if (!isOperationName(operation)) return [...problems, ...operationProblems(operation)];
  return [...problems, ...requestProblems(operation, options.request)];
}

function operationProblems(operation: string): readonly FieldProblem[] {
  if (isOperationName(operation)) return [];
  return [{ field: 'operation', problem: `is "${operation}"; ${adviseOperation(operation)}` }];
}

function toInput(operation: OperationName, options: StartImageOptions): ItemInput {
  const { request, deadlineMs, jobTimeBudgetMs, waitWhileHeld } = options;
  return {
    operation,
    request,
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(jobTimeBudgetMs === undefined ? {} : { jobTimeBudgetMs }),
    ...(waitWhileHeld === undefined ? {} : { waitWhileHeld }),
  };
}

/** The summary that Temporal UI shows beside the id. Never contains a prompt. */
function toSummary({ operation, request = {} }: ItemInput): string {
  const size = request['width'] && request['height'] ? ` ${request['width']}×${request['height']}` : '';
  return `${operation}${size}`;
}
