/** Whether ids of single images stand for something else, before anything is started: what is begun is paid for. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { DEFAULT_OPERATION } from '../../workflows/domain/operations/operations';
import type { StartImageOptions } from '../client';
import { IdTakenError } from '../errors';
import type { OpenStore } from '../open-store';
import { describeKind, OTHER_REQUEST } from '../temporal/workflow-kinds';
import { isOtherRequest } from './find-ended-request';
import { deriveItemId, hashRequest } from './item-id';
import { findEarlierRun } from './superseded-run';

type KnownStore = Pick<OpenStore, 'findOtherUse'>;

/**
 * An id that Temporal knows is compared there, any other in the store. Nothing is taken where the store cannot be read: the
 * worker looks again before anything is paid.
 */
export class TakenIds {
  private isReadable = true;

  /** @param onUnreadable called once, if the store cannot be read; it is not asked again */
  constructor(
    private readonly client: Client,
    private readonly store: KnownStore,
    private readonly onUnreadable: (error: unknown) => void,
  ) {}

  /**
   * What the id of an image stands for that is not this request; `null`: nothing.
   *
   * @throws NoServerError
   */
  async find(options: StartImageOptions): Promise<IdTakenError | null> {
    const { operation = DEFAULT_OPERATION, request, id = deriveItemId(operation, request) } = options;
    const hash = hashRequest(operation, request);
    const earlier = await findEarlierRun(this.client, id);
    if (earlier !== null) return isTaken(earlier, hash, options) ? takenBy(earlier, id) : null;
    const use = await this.findUse(id, hash);
    return use === null ? null : new IdTakenError(id, use);
  }

  private async findUse(id: string, hash: string): Promise<string | null> {
    if (!this.isReadable) return null;
    try {
      return await this.store.findOtherUse(id, hash);
    } catch (error) {
      this.isReadable = false;
      this.onUnreadable(error);
      return null;
    }
  }
}

/** With `again` an image that did not succeed makes room for another request, as when it is started. */
function isTaken(
  { type, status, memo }: WorkflowExecutionDescription,
  hash: string,
  { again = false }: StartImageOptions,
): boolean {
  if (type !== 'imagePipelineItem') return true;
  const isKept = status.name === 'RUNNING' || status.name === 'COMPLETED';
  return (!again || isKept) && isOtherRequest(memo, hash);
}

function takenBy({ type }: WorkflowExecutionDescription, id: string): IdTakenError {
  if (type === 'imagePipelineItem') return new IdTakenError(id, OTHER_REQUEST);
  return new IdTakenError(id, describeKind(type), 'is the id of');
}
