/** Reads what the open pages of a batch have not reported to its coordinator yet. */
import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { retryPrematureQuery } from '../../connection/query-workflow';
import { countUnreadable } from '../../connection/read-heartbeats';
import { pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import type { BatchState } from '../../workflows/domain/batch/batch-state';
import { chooseFresher, chooseLater } from '../../workflows/domain/batch/fresher-tally';
import { closeOpenItems, countItems, type Tally } from '../../workflows/domain/batch/tally';
import { pageTallyQuery } from '../../workflows/messages';
import type { BatchContext } from './batch-context';
import { findTrouble } from './pending-trouble';

/** Timeout of a page's answer, in ms. Without an answer, the coordinator's counts or an earlier answer are used. */
const QUERY_TIMEOUT_MS = 3_000;
/** Maximum pages read concurrently. */
const MAX_LOOKS = 20;

interface SeenPage {
  readonly tally: Tally;
  /** Accepted jobs that are currently unreadable, by error. */
  readonly unreadable: Readonly<Record<string, number>>;
  /** What blocks it; `null` if nothing does. */
  readonly trouble: string | null;
}

/** Tallies of parts that no page has begun, by part; `null` while the batch runs. Items of an ended page will not be run. */
type NeverBegun = ReadonlyMap<number, Tally> | null;

type PageContext = Pick<BatchContext, 'temporal' | 'pages'>;

export async function seePages(
  context: PageContext,
  batchId: string,
  open: BatchState['open'],
  neverBegun: NeverBegun,
): Promise<readonly SeenPage[]> {
  const seen: SeenPage[] = [];
  for (let first = 0; first < open.length; first += MAX_LOOKS) {
    const looks = open
      .slice(first, first + MAX_LOOKS)
      .map((page) => seePage(context, pageWorkflowId(batchId, page.part), page, neverBegun));
    seen.push(...(await Promise.all(looks)));
  }
  return seen;
}

/** Reads first whether the page runs, then its counts: those of an ended page no longer change. */
async function seePage(
  { temporal: client, pages }: PageContext,
  pageId: string,
  { part, tally: known }: BatchState['open'][number],
  neverBegun: NeverBegun,
): Promise<SeenPage> {
  const described = await describePage(client, pageId);
  const reported = described === null ? null : await askForTally(client, pageId);
  const run = described === null ? '' : getFirstRun(described);
  if (reported !== null) pages.remember(run, reported);
  const tally = reported === null ? chooseLater(known, pages.get(run)) : chooseFresher(known, reported);
  if (described?.status.name === 'RUNNING') {
    const [unreadable, trouble] = await Promise.all([
      countUnreadable(client, described),
      findTrouble(client, described),
    ]);
    return { tally, unreadable, trouble };
  }
  const closed = () => closeOpenItems(tally, hasBegun(described, reported) ? 'unknown' : 'cancelled');
  const left = neverBegun === null ? tally : (neverBegun.get(part) ?? closed());
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

/** Whether the page began: a page that ended before it loaded its items has submitted none. */
function hasBegun(described: WorkflowExecutionDescription | null, reported: Tally | null): boolean {
  if (described === null) return false;
  return reported === null || countItems(reported) > 0 || getFirstRun(described) !== described.runId;
}

function getFirstRun({ raw, runId }: WorkflowExecutionDescription): string {
  return raw.workflowExecutionInfo?.firstRunId || runId;
}

async function askForTally(client: Client, pageId: string): Promise<Tally | null> {
  try {
    const page = client.workflow.getHandle(pageId);
    return await client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
      retryPrematureQuery(() => page.query(pageTallyQuery)),
    );
  } catch {
    // The coordinator's counts are a few seconds old, which is better than no answer.
    return null;
  }
}
