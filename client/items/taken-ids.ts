/** Checks that ids of single images are not in use for something else, before anything is started and paid. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { hashRequest } from '../../input/requests/hash-request';
import { DEFAULT_OPERATION } from '../../workflows/domain/operations/operations';
import { IdTakenError } from '../errors';
import type { OpenStore } from '../open-store';
import { isOtherRequest } from '../temporal/request-memo';
import { describeKind, OTHER_REQUEST } from '../temporal/workflow-kinds';
import { deriveItemId } from './item-id';
import type { StartImageOptions } from './item-options';
import { findEarlierRun } from './superseded-run';

type KnownStore = Pick<OpenStore, 'findOtherUse'>;

/**
 * Compares an id with Temporal if it exists there, else with the store. If the store cannot be read, no id counts as taken: the
 * worker checks again before anything is paid.
 */
export class TakenIds {
  private isReadable = true;

  /** @param onUnreadable called once if the store cannot be read; it is then not read again */
  constructor(
    private readonly client: Client,
    private readonly store: KnownStore,
    private readonly onUnreadable: (error: unknown) => void,
  ) {}

  /**
   * Returns the other use of an image's id; `null` if there is none.
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

/** Whether the id is taken. With `again`, an image that did not succeed can be replaced by another request. */
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
