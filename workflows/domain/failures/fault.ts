import { addCounts } from '../base/counts';
import { getOwn } from '../base/own-value';
import { computeRetryDelayMs, drawFullJitterMs, type Random } from './backoff';
import {
  type CodeCounts,
  type FailureCode,
  type FailureRow,
  getFailureRow,
  isFailureCode,
  isProviderFailureCode,
} from './failures';

/**
 * Which step met the failure: `submit`, provably not accepted or not known to be; `job`, an accepted job that failed;
 * `read`, everything between an accepted job and its stored bytes.
 */
export type FaultOrigin = 'submit' | 'job' | 'read';

/** A failure as it was met, before anything is decided about it. */
export interface Fault {
  /** The code as the provider spelled it, or one of ours. */
  readonly code: string;
  readonly origin: FaultOrigin;
  readonly message: string;
  readonly jobId?: string;
  /** The job's own `retryable` flag; absent where there was none. */
  readonly saidRetryable?: boolean;
  /** What the provider asked us to wait, in ms. */
  readonly retryAfterMs?: number;
  /** The status alone said so: the answer brought no code. */
  readonly isUnnamed?: true;
  /** A callback was asked for, which may tell what became of a submission whose answer was lost. */
  readonly expectsCallback?: true;
}

/** A failure with the decision: this is what crosses from the activity to the workflow, in the failure's details. */
export interface JudgedFault extends Fault {
  /** The row that was applied: the code itself, or `UNRECOGNISED_CODE`. */
  readonly row: FailureCode;
  /** May the same request be sent again, after `retryInMs`? */
  readonly retryable: boolean;
  readonly retryInMs?: number;
  /** The provider's flag and the published table disagree about this code. */
  readonly contradiction: boolean;
  /** How often the item has met each code of the table, this time included; all others count as `UNRECOGNISED_CODE`. */
  readonly met: CodeCounts;
}

/** The row by which a code is judged. */
export function toRow(code: string): FailureCode {
  return isFailureCode(code) ? code : 'UNRECOGNISED_CODE';
}

/** A job that fails with one of *our* names has failed with a code that is not published, like any other such code. */
function judgingRow({ code, origin }: Fault): FailureCode {
  return origin === 'job' && !isProviderFailureCode(code) ? 'UNRECOGNISED_CODE' : toRow(code);
}

/** Both the table and the job's own flag must allow a retry; a code that we do not know needs the flag to say so. */
function allowsRetry(row: FailureRow, listed: boolean, saidRetryable: boolean | undefined): boolean {
  const flag = saidRetryable ?? listed;
  return row.retryable === true && flag;
}

function contradicts(code: string, saidRetryable: boolean | undefined): boolean {
  if (saidRetryable === undefined || !isProviderFailureCode(code)) return false;
  const published = getFailureRow(code).retryable;
  return published !== null && published !== saidRetryable;
}

/**
 * Decides about a failure: whether the same request may be sent again, and after how many ms.
 *
 * @param met how often the item has met each code of the table before this failure
 */
export function judge(fault: Fault, met: CodeCounts, random: Random): JudgedFault {
  const rowName = judgingRow(fault);
  const row = getFailureRow(rowName);
  // By row: a provider may spell a new code each time.
  const counted = addCounts(met, { [rowName]: 1 });
  const occurrence = getOwn(counted, rowName) ?? 1;
  const withinBudget = row.budget === null || occurrence <= row.budget;
  const listed = rowName !== 'UNRECOGNISED_CODE';
  const retryable = allowsRetry(row, listed, fault.saidRetryable) && withinBudget;
  const judged = {
    ...fault,
    row: rowName,
    retryable,
    contradiction: contradicts(fault.code, fault.saidRetryable),
    met: counted,
  };
  if (!retryable || row.backoff === null) return judged;
  return {
    ...judged,
    retryInMs: computeRetryDelayMs(drawFullJitterMs(row.backoff, occurrence, random), fault.retryAfterMs),
  };
}
