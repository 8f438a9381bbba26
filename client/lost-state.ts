/** What can be said of a batch that was ended from outside before it had acted on all that it was told. */
import { type Client, QueryNotRegisteredError } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow';
import { newSchedule, tallyOf } from '../workflows/domain/batch-schedule';
import type { BatchState } from '../workflows/domain/batch-state';
import { EARLY_QUESTION, type ImageBatchInput } from '../workflows/messages';

/** Why its counts are old. */
export const LOST_STATE =
  'what it knew last cannot be read, so the counts are those of its beginning; its results tell the rest';

/**
 * Asked, such a workflow answers that the question comes too early for as long as it is kept: the turn that would come
 * first never comes. `null` then.
 */
export async function unlessTooEarly<T>(question: () => Promise<T>): Promise<T | null> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof QueryNotRegisteredError && error.message === EARLY_QUESTION) return null;
    throw error;
  }
}

/** As the run of the batch began, by its input. */
export async function stateAtItsBeginning(
  client: Client,
  workflowId: string,
  { startTime, closeTime }: { readonly startTime: Date; readonly closeTime?: Date },
): Promise<BatchState> {
  const input = await inputOf(client, workflowId);
  const { carried, concurrency = null, skipped = 0 } = input;
  const tally = tallyOf(carried?.schedule ?? newSchedule({ ...input, price: 0 }));
  return {
    state: 'running',
    reason: null,
    pausedBy: null,
    hold: null,
    total: Object.values(tally.counts).reduce((sum, count) => sum + count, 0),
    skipped,
    tally,
    concurrency,
    permits: null,
    budget: null,
    open: [],
    rest: tally,
    startedAt: carried?.startedAt ?? startTime.toISOString(),
    updatedAt: (closeTime ?? startTime).toISOString(),
    finishedAt: null,
  };
}

async function inputOf(client: Client, workflowId: string): Promise<ImageBatchInput> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId },
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  const [input] = await decodeArrayFromPayloads(client.options.loadedDataConverter, started?.input?.payloads);
  return input as ImageBatchInput;
}
