/** Whether another worker could carry on what histories tell: one that has none of it in its memory. */
import type { History } from '@temporalio/common/lib/proto-utils';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { workflowCode } from '../../worker/bundle';

export interface Recorded {
  readonly workflowId: string;
  readonly history: History;
}

let isQuiet = false;

/** Those that no worker can carry on, with what it says. */
export async function unreplayable(recorded: readonly Recorded[]): Promise<readonly string[]> {
  quieten();
  const found: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories(workflowCode({}), recorded)) {
    if (error !== undefined) found.push(`${workflowId}: ${error.message}`);
  }
  return found;
}

/** Of each worker that replays, the SDK would tell how it comes and goes. */
function quieten(): void {
  if (isQuiet) return;
  isQuiet = true;
  const telemetryOptions = { logging: { forward: {}, filter: 'OFF' } };
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [], telemetryOptions });
}
