/** Starts workflows under ids that are used once. */
import {
  type Client,
  type Workflow,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/client';
import type { SearchAttributePair } from '@temporalio/common';
import { toConnectionError } from './connection';
import { IdTakenError } from './errors';
import { isOtherRequest, REQUEST_MEMO } from './request-memo';
import { orUnknownAttributes, type StartAttributes } from './search-attributes';
import { BATCH_TYPE, describeKind, OTHER_REQUEST, OTHER_ROWS } from './workflow-kinds';

interface StartDetails {
  /** Hash of the work; stored in the memo to distinguish a repetition from a conflict. */
  readonly hash: string;
  readonly summary: string;
  readonly memo?: Readonly<Record<string, string>>;
  /** The reuse policy for an id whose workflow has ended. */
  readonly reuse: keyof typeof WorkflowIdReusePolicy;
}

export class WorkflowStarter {
  constructor(
    readonly temporal: Client,
    readonly taskQueue: string,
    /** The account whose permits the workflows need. */
    readonly account: string,
    private readonly startAttributes: StartAttributes,
  ) {}

  /** Returns the search attributes of what is started; `null`: none. */
  readAttributes(): Promise<SearchAttributePair[] | null> {
    return this.startAttributes.of(this.temporal, this.account);
  }

  /**
   * Starts a workflow, or finds the one that has the id, running or ended.
   *
   * @throws IdTakenError if another request has the id
   */
  async startOrFind<W extends Workflow>(
    type: string,
    workflowId: string,
    input: Parameters<W>[0],
    { hash, summary, memo, reuse }: StartDetails,
  ): Promise<boolean> {
    const start = (typedSearchAttributes: SearchAttributePair[] | null) =>
      this.temporal.workflow.start(type, {
        workflowId,
        taskQueue: this.taskQueue,
        args: [input],
        staticSummary: summary,
        memo: { ...memo, [REQUEST_MEMO]: hash },
        ...(typedSearchAttributes === null ? {} : { typedSearchAttributes }),
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
        workflowIdReusePolicy: WorkflowIdReusePolicy[reuse],
      });
    try {
      const attributes = await this.readAttributes();
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
