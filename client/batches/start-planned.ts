import { InvalidRequestError } from '../../connection/errors';
import { BATCH_TYPE } from '../../connection/workflow-kinds';
import type { WorkflowStarter } from '../../connection/workflow-starter';
import { findNameProblems } from '../../input/requests/name-problems';
import type { imagePipelineBatch } from '../../workflows/batch/batch-workflow';
import { formatCount } from '../../workflows/domain/base/format-count';
import { BATCH_INPUT_CHECKS, findInputProblems } from '../../workflows/domain/batch/input-checks';
import type { BatchInput } from '../../workflows/messages';
import type { StartTerms } from './batch-context';

/**
 * Starts the workflow of a batch whose manifest is in the store. Returns whether it was started before.
 *
 * @throws InvalidRequestError with every problem of the input
 */
export async function startPlanned(
  starter: WorkflowStarter,
  { id, input, manifestHash }: { readonly id: string; readonly input: BatchInput; readonly manifestHash: string },
  { again = false, summary }: StartTerms,
): Promise<boolean> {
  const problems = [...findNameProblems('id', id), ...findInputProblems(BATCH_INPUT_CHECKS, input)];
  if (problems.length > 0) throw new InvalidRequestError(problems);
  const total = input.parts.reduce((sum, size) => sum + size, 0);
  const withAccount = { account: starter.account, ...input };
  return starter.startOrFind<typeof imagePipelineBatch>(BATCH_TYPE, id, withAccount, {
    hash: manifestHash,
    summary: summary ?? formatCount(total, 'item'),
    reuse: again ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
  });
}
