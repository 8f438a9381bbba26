import { FAILURE_CODES, type FailureCode, getFailureRow, OWN_FAILURES, PROVIDER_FAILURE_CODES } from './failures';

/** The part of Temporal's retry policy that we set; times in ms. */
interface DerivedRetryPolicy {
  readonly initialInterval: number;
  readonly backoffCoefficient: number;
  readonly maximumInterval: number;
  readonly nonRetryableErrorTypes: string[];
}

/**
 * Failure types of a worker that died during a POST, which may have been accepted. The Temporal server understands
 * these names.
 */
const LOST_WORKER_TYPES = ['TemporalTimeout:StartToClose', 'TemporalTimeout:Heartbeat'] as const;

/** Codes whose row forbids a retry, and the published one whose retryability is not documented. */
const NON_RETRYABLE_CODES: readonly FailureCode[] = FAILURE_CODES.filter(
  (code) => getFailureRow(code).retryable !== true,
);

/** Codes that a job can fail with. Only a new submission helps; another read does not. */
const JOB_FAILURE_CODES: readonly FailureCode[] = [...PROVIDER_FAILURE_CODES, 'UNRECOGNISED_CODE'];

/**
 * Maximum submissions per item: one, plus the sum of the budgets of all job failure codes. It ends cases without a
 * budget of their own, for example jobs that are accepted and then fail for the pace again and again.
 */
export const MAX_SUBMISSIONS = JOB_FAILURE_CODES.reduce((sum, code) => sum + (getFailureRow(code).budget ?? 0), 1);

/** Codes of the pace and of provider outages. */
export const PERMIT_CODES: readonly FailureCode[] = FAILURE_CODES.filter((code) => {
  const { scope, outage, retryable } = getFailureRow(code);
  return retryable === true && (scope === 'pace' || outage === true);
});

/** The server's backoff for failures without a delay of their own. */
function baseBackoff(): Omit<DerivedRetryPolicy, 'nonRetryableErrorTypes'> {
  const { initialMs, coefficient, maximumMs } = OWN_FAILURES.PROVIDER_UNREACHABLE.backoff;
  return { initialInterval: initialMs, backoffCoefficient: coefficient, maximumInterval: maximumMs };
}

/** Policy of `submitJob`: retries only what was provably not accepted. */
export function submitRetryPolicy(): DerivedRetryPolicy {
  return { ...baseBackoff(), nonRetryableErrorTypes: [...NON_RETRYABLE_CODES, ...LOST_WORKER_TYPES] };
}

/**
 * Policy of `submitJob` under permits: account-wide failures are returned instead of retried, which also returns the
 * permit.
 */
export function governedSubmitRetryPolicy(): DerivedRetryPolicy {
  const { nonRetryableErrorTypes, ...base } = submitRetryPolicy();
  return { ...base, nonRetryableErrorTypes: [...nonRetryableErrorTypes, ...PERMIT_CODES] };
}

/** Policy of `uploadInputs`: as that of the submission, but an upload whose worker died is repeated, because it is free. */
export function uploadRetryPolicy({ nonRetryableErrorTypes, ...base }: DerivedRetryPolicy): DerivedRetryPolicy {
  const lost: readonly string[] = LOST_WORKER_TYPES;
  return { ...base, nonRetryableErrorTypes: nonRetryableErrorTypes.filter((type) => !lost.includes(type)) };
}

/** Policy of `awaitJob`: reads may be repeated indefinitely, but reading does not cure a failed job. */
export function awaitRetryPolicy(): DerivedRetryPolicy {
  const types = new Set<string>([...JOB_FAILURE_CODES, ...NON_RETRYABLE_CODES]);
  return { ...baseBackoff(), nonRetryableErrorTypes: [...types] };
}
