/** Checks whether a worker without cached workflows could continue these histories. */
import type { History } from '@temporalio/common/lib/proto-utils';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { type WorkflowCode, workflowCode } from '../../worker/bundle';

export interface Recorded {
  readonly workflowId: string;
  readonly history: History;
}

/** The SDK's runtime ends with its last worker; one that starts at that moment would fail. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * Returns the histories that no worker can continue, with the error. Serializes calls.
 *
 * @param code default: that of workers
 */
export function unreplayable(recorded: readonly Recorded[], code = workflowCode({})): Promise<readonly string[]> {
  const found = turn.then(() => replayed(recorded, code));
  turn = found.catch(() => undefined);
  return found;
}

async function replayed(recorded: readonly Recorded[], code: WorkflowCode): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories(code, recorded)) {
    if (error !== undefined) found.push(`${workflowId}: ${error.message}`);
  }
  return found;
}

/** Silences the SDK's log of each replay worker. Call once, before the first. */
export function quietReplays(): void {
  const telemetryOptions = { logging: { forward: {}, filter: 'OFF' } };
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [], telemetryOptions });
}
