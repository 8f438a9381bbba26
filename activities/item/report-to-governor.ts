/** Returns a single item's permit from the activity that sees its job end, which costs its workflow no history. */
import { getFailureRow } from '../../workflows/domain/failures/failures';
import { awaitRetryPolicy } from '../../workflows/domain/failures/policies';
import type { AwaitJobInput } from '../../workflows/domain/item/activity-contract';
import { readActivityFault } from '../../workflows/domain/item/application-failure';
import {
  type SubmissionEnd,
  toBillingOutcome,
  toCompletedFeedback,
  toFeedback,
} from '../../workflows/domain/item/decide-next';
import type { CompletedJob } from '../../workflows/domain/item/item';
import { NO_FEEDBACK } from '../../workflows/domain/leases/feedback';
import { reportToGovernor } from '../account/account-activities';
import type { JobWatch } from './job-watch';

const FINAL = new Set(awaitRetryPolicy().nonRetryableErrorTypes);

/**
 * Runs `work` and reports to the governor how the job ended, unless another attempt will continue it. An unreachable
 * governor does not affect the item: its audit finds missed reports and cancelled items.
 */
export async function reportingToGovernor(
  input: AwaitJobInput,
  work: () => Promise<CompletedJob>,
): Promise<CompletedJob> {
  const { account, operation, waitsWhileHeld = false } = input;
  if (account === undefined) return work();
  try {
    const job = await work();
    await reportToGovernor({ account, operation }, { ...toCompletedFeedback(job), accepted: 1 }, 'charged', true);
    return job;
  } catch (error) {
    const fault = readActivityFault(error);
    if (fault !== null && (FINAL.has(fault.row) || !fault.retryable)) {
      const waits = waitsWhileHeld && getFailureRow(fault.row).scope === 'account';
      const end: SubmissionEnd = { kind: 'fault', fault };
      await reportToGovernor(
        { account, operation, waits },
        { ...toFeedback(end, { isProbe: false, operation, item: input.key }), accepted: 1 },
        toBillingOutcome(end),
        !waits,
      );
    }
    throw error;
  }
}

/**
 * Reports a key that is refused while a job is read, since that concerns the whole account. A page learns of it from
 * the end of the attempt and returns to the job when the account recovers. A single item reports to the governor,
 * returns its permit and keeps reading.
 */
export async function reportRefusedKey(watch: JobWatch, problem: string): Promise<void> {
  const { account, operation, isGoverned } = watch.input;
  if (isGoverned === true) watch.failOurs('UNAUTHENTICATED', `The key was refused while the job was read: ${problem}.`);
  if (account === undefined || watch.hasReportedKey) return;
  const accountRefusals = { UNAUTHENTICATED: 1 };
  const feedback = { ...NO_FEEDBACK, accountRefusals };
  watch.hasReportedKey = await reportToGovernor({ account, operation }, feedback, 'charged', true);
}
