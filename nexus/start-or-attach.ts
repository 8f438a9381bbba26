/** An asynchronous operation that is a workflow: starts it, attaches to the running one, or returns how the ended one ended. */
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { getClient, startWorkflow, WorkflowRunOperationHandler } from '@temporalio/nexus';
import {
  HandlerStartOperationResult,
  OperationError,
  type OperationHandler,
  type StartOperationContext,
} from 'nexus-rpc';
import { IdTakenError } from '../connection/errors';
import { isOtherRequest, REQUEST_MEMO } from '../connection/request-memo';
import type { StartAttributes } from '../connection/search-attributes';
import { describeKind } from '../connection/workflow-kinds';
import { readWorkflowEnd } from '../workflows/domain/item/application-failure';
import { newConflict } from './refuse';

/** A workflow to start. */
export interface WorkflowStart {
  readonly type: string;
  /** What a workflow of this type with other work is called. */
  readonly otherWork: string;
  readonly workflowId: string;
  readonly input: object;
  readonly account: string;
  /** Hash of the work. */
  readonly hash: string;
  readonly summary: string;
  readonly memo?: Readonly<Record<string, string>>;
  /** Whether to run an id again whose workflow has failed. */
  readonly again: boolean;
}

/** Every try carries the request's id, so the server repeats no start that it has accepted. */
export class StartOrAttach<I, O> implements OperationHandler<I, O> {
  /** @param toStart checks the input; throws a handler error if it is not valid */
  constructor(
    private readonly attributes: StartAttributes,
    private readonly toStart: (input: I) => WorkflowStart,
  ) {}

  async start(context: StartOperationContext, input: I): Promise<HandlerStartOperationResult<O>> {
    const wanted = this.toStart(input);
    const started = await this.#start(context, wanted, 'FAIL');
    if (started !== null) return started;
    const isRunning = await refuseOtherWork(wanted);
    // It may end meanwhile.
    const attached = isRunning ? await this.#start(context, wanted, 'USE_EXISTING') : null;
    return attached ?? HandlerStartOperationResult.sync(await findResult<O>(wanted.workflowId));
  }

  cancel(context: Parameters<OperationHandler<I, O>['cancel']>[0], token: string): Promise<void> {
    return this.#backedBy(() => Promise.reject(new TypeError('a cancellation starts nothing'))).cancel(context, token);
  }

  /** Returns `null` if another workflow has the id: a running one with `FAIL`, an ended one with both. */
  async #start(context: StartOperationContext, wanted: WorkflowStart, conflict: 'FAIL' | 'USE_EXISTING') {
    const start = (more: Pick<WorkflowStartOptions, 'typedSearchAttributes'>) =>
      this.#backedBy(() =>
        startWorkflow(context, wanted.type, { ...toOptions(wanted), ...more, workflowIdConflictPolicy: conflict }),
      ).start(context, undefined);
    const attributes = await this.attributes.of(getClient(), wanted.account);
    try {
      return await start(attributes === null ? {} : { typedSearchAttributes: attributes }).catch((error: unknown) => {
        if (this.attributes.giveUp(error)) return start({});
        throw error;
      });
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
      throw error;
    }
  }

  #backedBy(start: () => ReturnType<typeof startWorkflow>): WorkflowRunOperationHandler<undefined, O> {
    return new WorkflowRunOperationHandler<undefined, O>(start);
  }
}

function toOptions({ workflowId, input, hash, summary, memo, again }: WorkflowStart) {
  return {
    workflowId,
    args: [input],
    staticSummary: summary,
    memo: { ...memo, [REQUEST_MEMO]: hash },
    workflowIdReusePolicy: again ? ('ALLOW_DUPLICATE_FAILED_ONLY' as const) : ('REJECT_DUPLICATE' as const),
  };
}

/**
 * Returns whether the workflow that has the id is running.
 *
 * @throws HandlerError `CONFLICT` if it is of another kind, or was started for other work
 */
async function refuseOtherWork({ workflowId, type, hash, otherWork }: WorkflowStart): Promise<boolean> {
  const found = await getClient().workflow.getHandle(workflowId).describe();
  if (found.type !== type)
    throw newConflict(new IdTakenError(workflowId, describeKind(found.type), 'is the id of').message);
  if (isOtherRequest(found.memo, hash)) throw newConflict(new IdTakenError(workflowId, otherWork).message);
  return found.status.name === 'RUNNING';
}

/** @throws OperationError with the failure of the workflow as its cause, if it did not complete */
async function findResult<O>(workflowId: string): Promise<O> {
  try {
    return (await getClient().workflow.getHandle(workflowId).result()) as O;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const state = readWorkflowEnd(cause).kind === 'cancelled' ? 'canceled' : 'failed';
    throw new OperationError(state, cause?.message ?? error.message, { cause });
  }
}
