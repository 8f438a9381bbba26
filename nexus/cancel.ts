/** The operation `cancel`. */
import { getClient } from '@temporalio/nexus';
import { cancelNowUpdate } from '../workflows/messages';
import type { CancelInput } from '../workflows/nexus-service';
import { checkInput } from './check-input';
import { findRun } from './find-run';
import { refuseBadRequest } from './refuse';

/** @throws HandlerError `BAD_REQUEST`, `NOT_FOUND` */
export async function cancelRun(_context: unknown, input: CancelInput): Promise<void> {
  checkInput('cancel', input);
  const { id, now = false } = input;
  const { kind, isRunning } = await findRun(id);
  if (now && kind === 'batch') refuseBadRequest([{ field: 'now', problem: 'is for an item, and this is a batch' }]);
  if (!isRunning) return;
  const workflow = getClient().workflow.getHandle(id);
  await (now ? workflow.executeUpdate(cancelNowUpdate) : workflow.cancel());
}
