/** The status of a batch that was ended from outside before it had processed all of its messages. */
import {
  type Client,
  isGrpcServiceError,
  QueryNotRegisteredError,
  ServiceError,
  WorkflowFailedError,
} from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow';
import { WorkerMissingError } from '../../connection/errors';
import type { BatchState } from '../../workflows/domain/batch/batch-state';
import { type RunTimes, toInitialState, toNeverRun } from '../../workflows/domain/batch/initial-state';
import { readWorkflowEnd } from '../../workflows/domain/item/application-failure';
import type { BatchInput } from '../../workflows/messages';

/** The reason shown for its old counts. */
export const LOST_STATE = 'its last state cannot be read, so the counts are those of its pages';

/**
 * Returns `null` if the workflow cannot answer queries: it was terminated before its first workflow task, or its
 * workflow tasks fail.
 */
export async function unlessUnreadable<T>(question: () => Promise<T>): Promise<T | null> {
  try {
    return await question();
  } catch (error) {
    // The SDK's error for any failed query.
    if (error instanceof QueryNotRegisteredError || isTaskFailing(error)) return null;
    throw error;
  }
}

/** The server rejects queries after a failed workflow task. */
function isTaskFailing(error: unknown): boolean {
  const refused = error instanceof WorkerMissingError ? error.cause : error;
  const cause = refused instanceof ServiceError ? refused.cause : refused;
  return isGrpcServiceError(cause) && cause.details.includes('Workflow Task in failed state');
}

/** As `toInitialState`, by the input of the newest run. */
export async function readInitialState(client: Client, workflowId: string, times: RunTimes): Promise<BatchState> {
  return toInitialState(await readInput(client, workflowId), times);
}

/** The state and the reason of a batch whose input was invalid; `null` for any other. */
export async function readRefusal(
  client: Client,
  workflowId: string,
  times: RunTimes,
): Promise<{ readonly state: BatchState; readonly reason: string } | null> {
  try {
    await client.workflow.getHandle(workflowId).result();
    return null;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const end = readWorkflowEnd(error.cause);
    if (end.kind !== 'failed' || end.code !== 'INPUT_INVALID') return null;
    return { state: toNeverRun(times), reason: `${end.code}: ${end.message}` };
  }
}

export async function readInput(client: Client, workflowId: string): Promise<BatchInput> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId },
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  const [input] = await decodeArrayFromPayloads(client.options.loadedDataConverter, started?.input?.payloads);
  return input as BatchInput;
}
