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
 * The step that failed: `submit`, not accepted or not known to be; `job`, an accepted job failed; `read`, anything
 * between an accepted job and its stored bytes.
 */
export type FaultOrigin = 'submit' | 'job' | 'read';

/** A failure as observed, before any decision. */
export interface Fault {
  /** The code as spelled by the provider, or one of ours. */
  readonly code: string;
  readonly origin: FaultOrigin;
  readonly message: string;
  readonly jobId?: string;
  /** The job's own `retryable` flag; absent if there was none. */
  readonly saidRetryable?: boolean;
  /** Delay requested by the provider, in ms. */
  readonly retryAfterMs?: number;
  /** Only the status says so: the answer had no code. */
  readonly isUnnamed?: true;
  /** A callback was requested and may report the outcome of a submission whose answer was lost. */
  readonly expectsCallback?: true;
}

/** A failure with its decision, passed from activity to workflow in the failure's details. */
export interface JudgedFault extends Fault {
  /** The applied row: the code itself, or `UNRECOGNISED_CODE`. */
  readonly row: FailureCode;
  /** Whether the same request may be submitted again, after `retryInMs`. */
  readonly retryable: boolean;
  readonly retryInMs?: number;
  /** Whether the provider's flag contradicts the published table. */
  readonly contradiction: boolean;
  /** How often the item met each code of the table, including now; unlisted codes count as `UNRECOGNISED_CODE`. */
  readonly met: CodeCounts;
}

/** The row that applies to a code. */
export function toRow(code: string): FailureCode {
  return isFailureCode(code) ? code : 'UNRECOGNISED_CODE';
}

/** A job that fails with the name of one of *our* codes has failed with an unpublished code. */
function judgingRow({ code, origin }: Fault): FailureCode {
  return origin === 'job' && !isProviderFailureCode(code) ? 'UNRECOGNISED_CODE' : toRow(code);
}

/** Both the table and the job's own flag must allow a retry; an unknown code needs the flag. */
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
 * Decides whether the same request may be submitted again, and after how many ms.
 *
 * @param met how often the item met each code of the table before this failure
 */
export function judge(fault: Fault, met: CodeCounts, random: Random): JudgedFault {
  const rowName = judgingRow(fault);
  const row = getFailureRow(rowName);
  // By row, because a provider may spell each code differently.
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
