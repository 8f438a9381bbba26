/** Whether another worker could carry on what histories tell: one that has none of it in its memory. */
import type { History } from '@temporalio/common/lib/proto-utils';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { workflowCode } from '../../worker/bundle';

export interface Recorded {
  readonly workflowId: string;
  readonly history: History;
}

/** The runtime of the SDK ends with its last worker, and one that begins in this moment would find it gone. */
let turn: Promise<unknown> = Promise.resolve();

/** Those that no worker can carry on, with what it says. One call at a time: others wait. */
export function unreplayable(recorded: readonly Recorded[]): Promise<readonly string[]> {
  const found = turn.then(() => replayed(recorded));
  turn = found.catch(() => undefined);
  return found;
}

async function replayed(recorded: readonly Recorded[]): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories(workflowCode({}), recorded)) {
    if (error !== undefined) found.push(`${workflowId}: ${error.message}`);
  }
  return found;
}

/** Of each worker that replays, the SDK would tell how it comes and goes. To be called once, before the first. */
export function quietReplays(): void {
  const telemetryOptions = { logging: { forward: {}, filter: 'OFF' } };
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [], telemetryOptions });
}
