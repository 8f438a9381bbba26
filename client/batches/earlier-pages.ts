/** Pages that outlive their batch run: they submit nothing more, collect the jobs in flight, and end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Manifest } from '../../activities/store';
import { BatchRefusedError } from '../../connection/errors';
import { formatCount } from '../../workflows/domain/base/format-count';
import { pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import { batchRunSignal } from '../../workflows/messages';

const POLL_INTERVAL_MS = 1_000;
/** Number of parts that are checked concurrently. */
const MAX_LOOKS = 20;
/** Longer than a page needs for its jobs and their results, in ms. */
const MAX_PAGE_WAIT_MS = 3_600_000;

export interface PageWait {
  /** Longest wait in ms. Default one hour. */
  readonly maxWaitMs?: number;
  /** Receives the number of remaining pages, each time it falls. */
  readonly onWait?: (pages: number) => void;
  /** Aborted: the wait ends at once, and nothing may be started. */
  readonly signal?: AbortSignal;
}

/**
 * Waits until no page of an ended batch runs: a rerun would submit the jobs that such a page has in flight again.
 *
 * @returns whether it had to wait
 * @throws BatchRefusedError if pages are left after `maxWaitMs`
 */
export async function waitForEarlierPages(
  client: Client,
  { batchId, parts }: Pick<Manifest, 'batchId' | 'parts'>,
  { maxWaitMs = MAX_PAGE_WAIT_MS, onWait = () => undefined, signal }: PageWait = {},
): Promise<boolean> {
  const endAt = Date.now() + maxWaitMs;
  let living = await findRunning(client, listPageIds({ batchId, parts }));
  const hadToWait = living.length > 0;
  await Promise.all(living.map((id) => askToReport(client, id)));
  for (let reported = 0; living.length > 0 && !signal?.aborted; living = await findRunning(client, living)) {
    if (living.length !== reported) onWait(living.length);
    reported = living.length;
    if (Date.now() >= endAt) throw new BatchRefusedError(batchId, stillThere(living.length));
    await sleep(POLL_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
  return hadToWait;
}

export async function isAnyPageRunning(
  client: Client,
  manifest: Pick<Manifest, 'batchId' | 'parts'>,
): Promise<boolean> {
  return (await findRunning(client, listPageIds(manifest))).length > 0;
}

function listPageIds({ batchId, parts }: Pick<Manifest, 'batchId' | 'parts'>): readonly string[] {
  return [...parts.keys()].map((part) => pageWorkflowId(batchId, part));
}

/** For instance `2 pages`. */
export function formatPages(pages: number): string {
  return formatCount(pages, 'page');
}

function stillThere(pages: number): string {
  return (
    `jobs of its terminated run are still collected by ${formatPages(pages)}, which requires a worker; nothing was ` +
    'started; try again once that has ended'
  );
}

/** A page that waits without a permit rarely checks whether its run has ended. */
async function askToReport(client: Client, id: string): Promise<void> {
  try {
    await client.workflow.getHandle(id).signal(batchRunSignal, null);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

async function findRunning(client: Client, ids: readonly string[]): Promise<readonly string[]> {
  const running: string[] = [];
  for (let first = 0; first < ids.length; first += MAX_LOOKS) {
    const looks = ids.slice(first, first + MAX_LOOKS).map(async (id) => ((await isRunning(client, id)) ? [id] : []));
    running.push(...(await Promise.all(looks)).flat());
  }
  return running;
}

async function isRunning(client: Client, id: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(id).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
