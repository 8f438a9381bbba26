/** What the open pages of a batch have not told its coordinator yet. */
import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import type { BatchState } from '../../workflows/domain/batch/batch-state';
import { closeOpenItems, countItems, countOpen, type Tally } from '../../workflows/domain/batch/tally';
import { pageTallyQuery } from '../../workflows/messages';
import { retryPrematureQuery } from '../temporal/query-workflow';
import { countUnreadable } from '../temporal/read-heartbeats';
import { findTrouble } from './pending-trouble';

/** What a page does not answer within, is taken from the coordinator, which is a few seconds behind. */
const QUERY_TIMEOUT_MS = 3_000;
/** Pages that are looked at together. */
const MAX_LOOKS = 20;

export interface SeenPage {
  readonly tally: Tally;
  /** Accepted jobs that cannot be read now, by what was met. */
  readonly unreadable: Readonly<Record<string, number>>;
  /** What it waits for; `null`: nothing that it does not get. */
  readonly trouble: string | null;
}

/** @param isOver the batch has ended: what a page that has ended too has left open will not be done any more */
export async function seePages(
  client: Client,
  batchId: string,
  open: BatchState['open'],
  isOver: boolean,
): Promise<readonly SeenPage[]> {
  const seen: SeenPage[] = [];
  for (let first = 0; first < open.length; first += MAX_LOOKS) {
    const looks = open
      .slice(first, first + MAX_LOOKS)
      .map(({ part, tally }) => seePage(client, pageWorkflowId(batchId, part), tally, isOver));
    seen.push(...(await Promise.all(looks)));
  }
  return seen;
}

/** First whether it runs, then its counts: those of a page that has ended do not change any more. */
async function seePage(client: Client, pageId: string, known: Tally, isOver: boolean): Promise<SeenPage> {
  const described = await describePage(client, pageId);
  const reported = described === null ? null : await askForTally(client, pageId);
  const tally = reported === null ? known : chooseFresher(known, reported);
  if (described?.status.name === 'RUNNING') {
    const [unreadable, trouble] = await Promise.all([
      countUnreadable(client, described),
      findTrouble(client, described),
    ]);
    return { tally, unreadable, trouble };
  }
  const left = isOver ? closeOpenItems(tally, hasBegun(described, reported) ? 'unknown' : 'cancelled') : tally;
  return { tally: left, unreadable: {}, trouble: null };
}

async function describePage(client: Client, pageId: string): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.workflow.getHandle(pageId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** A page that was ended before it knew its items has submitted none. */
function hasBegun(described: WorkflowExecutionDescription | null, reported: Tally | null): boolean {
  if (described === null) return false;
  const { firstRunId } = described.raw.workflowExecutionInfo ?? {};
  const isFirstRun = !firstRunId || firstRunId === described.runId;
  return reported === null || countItems(reported) > 0 || !isFirstRun;
}

async function askForTally(client: Client, pageId: string): Promise<Tally | null> {
  try {
    const page = client.workflow.getHandle(pageId);
    return await client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
      retryPrematureQuery(() => page.query(pageTallyQuery)),
    );
  } catch {
    // What the coordinator knows is a few seconds old, which is better than no answer.
    return null;
  }
}

/**
 * A page that has just begun anew knows what has ended, and not yet which items are left: none of them runs. One that
 * has just begun knows nothing.
 *
 * @param known to the coordinator
 * @param told by the page
 */
export function chooseFresher(known: Tally, reported: Tally): Tally {
  const left = countItems(known) - countItems(reported);
  if (left === 0) return reported;
  if (countEnded(reported) < countEnded(known)) return known;
  return {
    ...reported,
    counts: { ...reported.counts, waiting: reported.counts.waiting + left },
    submissions: Math.max(known.submissions, reported.submissions),
    cost: Math.max(known.cost, reported.cost),
    duplicates: Math.max(known.duplicates, reported.duplicates),
  };
}

function countEnded(tally: Tally): number {
  return countItems(tally) - countOpen(tally);
}
