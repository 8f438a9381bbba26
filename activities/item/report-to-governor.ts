/** A single image gives its permit back by the activity that sees its job end, which costs its workflow no history. */
import { getFailureRow } from '../../workflows/domain/failures/failures';
import { awaitRetryPolicy } from '../../workflows/domain/failures/policies';
import type { AwaitJobInput } from '../../workflows/domain/item/activity-contract';
import { readActivityFault } from '../../workflows/domain/item/application-failure';
import { type SubmissionEnd, toBillingOutcome, toFeedback } from '../../workflows/domain/item/decide-next';
import type { CompletedJob } from '../../workflows/domain/item/item';
import { NO_FEEDBACK } from '../../workflows/domain/leases/feedback';
import { reportToGovernor } from '../account/account-activities';
import type { JobWatch } from './job-watch';

const FINAL = new Set(awaitRetryPolicy().nonRetryableErrorTypes);

/**
 * Runs `work` and tells the governor how the job ended, unless another attempt will go on with it. A governor that cannot
 * be told changes nothing for the image: what it does not hear, and an image that was cancelled, its audit finds.
 */
export async function reportingToGovernor(
  input: AwaitJobInput,
  work: () => Promise<CompletedJob>,
): Promise<CompletedJob> {
  const { account, waitsWhileHeld = false } = input;
  if (account === undefined) return work();
  try {
    const job = await work();
    await reportToGovernor(account, { ...NO_FEEDBACK, accepted: 1, completed: 1 }, 'charged', true);
    return job;
  } catch (error) {
    const fault = readActivityFault(error);
    if (fault !== null && (FINAL.has(fault.row) || !fault.retryable)) {
      const waits = waitsWhileHeld && getFailureRow(fault.row).scope === 'account';
      const end: SubmissionEnd = { kind: 'fault', fault };
      await reportToGovernor(
        account,
        { ...toFeedback(end, { isProbe: false, item: input.key }), accepted: 1 },
        toBillingOutcome(end),
        !waits,
      );
    }
    throw error;
  }
}

/**
 * A key that is refused while a job is read concerns the whole account. A page hears of it by the end of the attempt and
 * looks after the job when the account goes on; a single image tells the governor, gives its permit back and goes on
 * reading.
 */
export async function reportRefusedKey(watch: JobWatch, problem: string): Promise<void> {
  const { account, isGoverned } = watch.input;
  if (isGoverned === true) watch.failOurs('UNAUTHENTICATED', `The key was refused when the job was read: ${problem}.`);
  if (account === undefined || watch.hasReportedKey) return;
  const accountRefusals = { UNAUTHENTICATED: 1 };
  watch.hasReportedKey = await reportToGovernor(account, { ...NO_FEEDBACK, accountRefusals }, 'charged', true);
}
