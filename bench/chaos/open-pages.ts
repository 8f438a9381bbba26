/** Pages of an ended batch: after a termination or reset they collect the paid jobs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import { isMissing, untilAnswered } from './patience';
import type { SeedContext } from './seed-context';

const POLL_MS = 500;

/** Returns the pages that have not ended before `endAt`. */
export async function openPages({ client, id }: SeedContext, parts: number, endAt: number): Promise<readonly string[]> {
  let open = Array.from({ length: parts }, (_, part) => pageWorkflowId(id, part));
  for (;;) {
    const running = await Promise.all(open.map((page) => isRunning(client.temporal, page, endAt)));
    open = open.filter((_, index) => running[index]);
    if (open.length === 0 || Date.now() > endAt) return open;
    await sleep(POLL_MS);
  }
}

async function isRunning(
  client: SeedContext['client']['temporal'],
  workflowId: string,
  endAt: number,
): Promise<boolean> {
  try {
    const described = await untilAnswered({ endAt }, () => client.workflow.getHandle(workflowId).describe());
    return described === null || described.status.name === 'RUNNING';
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
