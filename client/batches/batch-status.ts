/** Machine-readable batch status, merged with what open pages have not reported yet. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { tallyNeverBegunParts } from '../../activities/store';
import { BatchNotFoundError, WorkerMissingError } from '../../connection/errors';
import { type Notifications, readNotifications } from '../../connection/notifications';
import { findPollers } from '../../connection/pollers';
import { askWorkflow } from '../../connection/query-workflow';
import { BATCH_TYPE } from '../../connection/workflow-kinds';
import type { imagePipelineBatch } from '../../workflows/batch/batch-workflow';
import { addCounts } from '../../workflows/domain/base/counts';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import type { BatchState } from '../../workflows/domain/batch/batch-state';
import { type BatchStatus as StateOfBatch, toBatchStatus } from '../../workflows/domain/batch/batch-status';
import { addTallies, closeUnopened, type Tally, toSpending } from '../../workflows/domain/batch/tally';
import { subtractSpending } from '../../workflows/domain/money/batch-budget';
import { batchStateQuery } from '../../workflows/messages';
import type { BatchContext } from './batch-context';
import { LOST_STATE, readInitialState, readRefusal, unlessUnreadable } from './lost-state';
import { seePages } from './page-status';
import { findFailingTask, findTrouble } from './pending-trouble';

export { toBatchStatus } from '../../workflows/domain/batch/batch-status';

/** The status of a batch, with its notifications. */
export interface BatchStatus extends StateOfBatch {
  /** Absent: it notifies no receiver. */
  readonly notifications?: Notifications;
}

/** Whether the batch has ended, for any reason. */
export function hasEnded({ state, finishedAt }: BatchStatus): boolean {
  return finishedAt !== null || state === 'failed';
}

const WELL = ['RUNNING', 'CONTINUED_AS_NEW'];

/**
 * Reads its state, and its notifications.
 *
 * @throws BatchNotFoundError also if the id belongs to another kind of workflow
 * @throws WorkerMissingError
 */
export async function readBatchStatus(context: StatusContext, id: string): Promise<BatchStatus> {
  const { temporal: client } = context;
  const described = await client.workflow.getHandle(id).describe();
  if (described.type !== BATCH_TYPE) throw new BatchNotFoundError(id, described.type);
  const [state, notifications] = await Promise.all([
    readBatchState(context, id, described),
    readNotifications(client, { kind: 'batch', id }, described.memo),
  ]);
  return { ...state, ...withoutMissing({ notifications }) };
}

type StatusContext = Pick<BatchContext, 'temporal' | 'openStore' | 'pages'>;

/**
 * Queries the coordinator unless it has completed, and the open pages for what they have not reported yet. Of a batch that was ended from outside,
 * it also reads the store.
 */
async function readBatchState(
  context: StatusContext,
  id: string,
  described: WorkflowExecutionDescription,
): Promise<StateOfBatch> {
  const { temporal: client } = context;
  const handle = client.workflow.getHandle<typeof imagePipelineBatch>(id);
  const { status, taskQueue } = described;
  // Its result is its last state. A query would need a worker, and without one it may look like a batch that is stuck.
  if (status.name === 'COMPLETED') return toBatchStatus(id, await handle.result(), null);
  const endedBy = WELL.includes(status.name) ? null : status.name.toLowerCase();
  const refusal = status.name === 'FAILED' ? await readRefusal(client, id, described) : null;
  if (refusal !== null) return { ...toBatchStatus(id, refusal.state, endedBy), reason: refusal.reason };
  const answered =
    findFailingTask(described) === null
      ? await unlessStuck(client, described, () => askForState(client, id, taskQueue, endedBy !== null))
      : null;
  const state = answered ?? (await readInitialState(client, id, described));
  const neverBegun = endedBy === null ? null : await tallyNeverBegunParts(() => context.openStore(), id);
  const pages = await seePages(context, id, state.open, neverBegun);
  const rest = neverBegun === null ? state.rest : closeUnopened(state, neverBegun);
  const tally = pages.reduce((sum, page) => addTallies(sum, page.tally), rest);
  const trouble =
    (await findTrouble(client, described)) ?? pages.find((page) => page.trouble !== null)?.trouble ?? null;
  const fresh = { ...state, tally, budget: getFreshBudget(state, tally), reason: withTrouble(state, trouble) };
  const unreadable = pages.reduce((sum, page) => addCounts(sum, page.unreadable), {});
  const known = toBatchStatus(id, fresh, endedBy, unreadable);
  return answered === null ? { ...known, reason: joinSentences(known.reason, LOST_STATE) } : known;
}

/** Queries the state; `null` if it is unreadable. */
function askForState(client: Client, id: string, taskQueue: string, isOver: boolean): Promise<BatchState | null> {
  const ask = () => client.workflow.getHandle(id).query(batchStateQuery);
  const question = isOver ? () => unlessUnreadable(ask) : ask;
  return unlessUnreadable(() => askWorkflow(client, { workflowId: id, taskQueue }, question));
}

/**
 * `null` if the workflow cannot answer although a worker polls: its tasks have begun to fail, or it was terminated while they
 * failed, so that every query of it ends without an answer.
 */
async function unlessStuck<T>(
  client: Client,
  { workflowId, taskQueue }: WorkflowExecutionDescription,
  query: () => Promise<T>,
): Promise<T | null> {
  try {
    return await query();
  } catch (error) {
    if (!(error instanceof WorkerMissingError)) throw error;
    const now = await client.workflow.getHandle(workflowId).describe();
    if (findFailingTask(now) !== null) return null;
    if (now.status.name !== 'RUNNING' && (await findPollers(client, taskQueue, 'workflows')).served > 0) return null;
    throw error;
  }
}

function joinSentences(...sentences: readonly (string | null)[]): string {
  return sentences.filter((sentence) => sentence !== null).join('; ');
}

/** One that is paused waits for something else. */
function withTrouble({ state, reason }: BatchState, trouble: string | null): string | null {
  return state !== 'running' || trouble === null ? reason : joinSentences(reason, trouble);
}

/** What was spent before this run of the batch is in both tallies, and not in its budget. */
function getFreshBudget({ budget, tally }: BatchState, fresh: Tally): BatchState['budget'] {
  if (budget === null) return null;
  const before = subtractSpending(toSpending(tally), budget.spent);
  return { ...budget, spent: subtractSpending(toSpending(fresh), before) };
}
