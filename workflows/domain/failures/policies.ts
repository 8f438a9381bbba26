import { FAILURE_CODES, type FailureCode, getFailureRow, OWN_FAILURES, PROVIDER_FAILURE_CODES } from './failures';

/** The part of Temporal's retry policy that we set; times in ms. */
interface DerivedRetryPolicy {
  readonly initialInterval: number;
  readonly backoffCoefficient: number;
  readonly maximumInterval: number;
  readonly nonRetryableErrorTypes: string[];
}

/**
 * A worker that dies in the middle of a POST leaves nothing but a timeout, and the POST may have been accepted.
 * The names are understood by the Temporal server.
 */
const LOST_WORKER_TYPES = ['TemporalTimeout:StartToClose', 'TemporalTimeout:Heartbeat'] as const;

/** Codes whose row forbids a retry, and the published one about which nothing is said. */
const NON_RETRYABLE_CODES: readonly FailureCode[] = FAILURE_CODES.filter(
  (code) => getFailureRow(code).retryable !== true,
);

/** Codes that a job can fail with: only a new submission can help it, never another attempt to read it. */
const JOB_FAILURE_CODES: readonly FailureCode[] = [...PROVIDER_FAILURE_CODES, 'UNRECOGNISED_CODE'];

/**
 * Submissions of one item at the most: the first, and as many as the budgets of all codes of failed jobs allow together. It
 * ends what no budget ends, for instance jobs that are accepted and then fail for the pace, again and again.
 */
export const MAX_SUBMISSIONS = JOB_FAILURE_CODES.reduce((sum, code) => sum + (getFailureRow(code).budget ?? 0), 1);

/** Codes of the pace, and of a provider that is out of order. */
export const PERMIT_CODES: readonly FailureCode[] = FAILURE_CODES.filter((code) => {
  const { scope, outage, retryable } = getFailureRow(code);
  return retryable === true && (scope === 'pace' || outage === true);
});

/** The backoff that the server uses where a failure brings no delay of its own. */
function baseBackoff(): Omit<DerivedRetryPolicy, 'nonRetryableErrorTypes'> {
  const { initialMs, coefficient, maximumMs } = OWN_FAILURES.PROVIDER_UNREACHABLE.backoff;
  return { initialInterval: initialMs, backoffCoefficient: coefficient, maximumInterval: maximumMs };
}

/** For `submitJob`: what was provably not accepted is sent again, everything else is not. */
export function submitRetryPolicy(): DerivedRetryPolicy {
  return { ...baseBackoff(), nonRetryableErrorTypes: [...NON_RETRYABLE_CODES, ...LOST_WORKER_TYPES] };
}

/**
 * For `submitJob` where permits are given out: what concerns everybody is not tried again by the server but comes back,
 * so that the permit does.
 */
export function governedSubmitRetryPolicy(): DerivedRetryPolicy {
  const { nonRetryableErrorTypes, ...base } = submitRetryPolicy();
  return { ...base, nonRetryableErrorTypes: [...nonRetryableErrorTypes, ...PERMIT_CODES] };
}

/** For `awaitJob`: reading may be repeated for ever, but no job failure is cured by reading. */
export function awaitRetryPolicy(): DerivedRetryPolicy {
  const types = new Set<string>([...JOB_FAILURE_CODES, ...NON_RETRYABLE_CODES]);
  return { ...baseBackoff(), nonRetryableErrorTypes: [...types] };
}
