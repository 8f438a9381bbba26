/** The status of a batch that was ended from outside before it had processed all of its messages. */
import {
  type Client,
  isGrpcServiceError,
  QueryNotRegisteredError,
  ServiceError,
  WorkflowFailedError,
} from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow';
import { listUnopenedParts, newSchedule, sumTally } from '../../workflows/domain/batch/batch-schedule';
import type { BatchState } from '../../workflows/domain/batch/batch-state';
import { countItems, EMPTY_TALLY, NO_ITEMS } from '../../workflows/domain/batch/tally';
import { readWorkflowEnd } from '../../workflows/domain/item/application-failure';
import type { BatchInput } from '../../workflows/messages';
import { WorkerMissingError } from '../errors';

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

/** The state of a run at its start, by its input. Each part that was not closed then may have a page by now. */
export async function readInitialState(
  client: Client,
  workflowId: string,
  { startTime, closeTime }: { readonly startTime: Date; readonly closeTime?: Date },
): Promise<BatchState> {
  const input = await readInput(client, workflowId);
  const { carried, concurrency = null, skipped = 0 } = input;
  const schedule = carried?.schedule ?? newSchedule({ ...input, price: 0 });
  const unopened = listUnopenedParts(schedule, schedule.parts.length).map(({ part, size }) => ({
    part,
    tally: { ...EMPTY_TALLY, counts: { ...NO_ITEMS, waiting: size } },
  }));
  return {
    ...NEVER_RUN,
    total: countItems(sumTally(schedule)),
    skipped,
    tally: sumTally(schedule),
    concurrency,
    open: [...schedule.open, ...unopened],
    rest: schedule.closed,
    startedAt: carried?.startedAt ?? startTime.toISOString(),
    updatedAt: (closeTime ?? startTime).toISOString(),
  };
}

const NEVER_RUN = {
  state: 'running',
  reason: null,
  pausedBy: null,
  hold: null,
  total: 0,
  skipped: 0,
  tally: EMPTY_TALLY,
  concurrency: null,
  permits: null,
  budget: null,
  open: [],
  rest: EMPTY_TALLY,
  finishedAt: null,
} as const satisfies Partial<BatchState>;

/** The state and the reason of a batch whose input was invalid; `null` for any other. */
export async function readRefusal(
  client: Client,
  workflowId: string,
  { startTime, closeTime }: { readonly startTime: Date; readonly closeTime?: Date },
): Promise<{ readonly state: BatchState; readonly reason: string } | null> {
  try {
    await client.workflow.getHandle(workflowId).result();
    return null;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const end = readWorkflowEnd(error.cause);
    if (end.kind !== 'failed' || end.code !== 'INPUT_INVALID') return null;
    const [startedAt, updatedAt] = [startTime.toISOString(), (closeTime ?? startTime).toISOString()];
    return { state: { ...NEVER_RUN, startedAt, updatedAt }, reason: `${end.code}: ${end.message}` };
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
