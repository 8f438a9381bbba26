import type { ProviderFailureCode } from '../../workflows/domain/failures/failures';

/** How a code appears if the submission is refused. */
export interface Refusal {
  readonly status: number;
  /** The `error_code` of the body. The vendor's SDK uses some names that differ from the job's code. */
  readonly errorCode: string;
}

/** How the provider presents one failure code. */
export interface Scenario {
  readonly message: string;
  /** As published; `null` if not documented. */
  readonly retryable: boolean | null;
  /** Status of a job that ends with this code. */
  readonly jobStatus: 'failed' | 'cancelled';
  /** `null` if only jobs fail with this code. */
  readonly refusal: Refusal | null;
  /** Which of the two a directive in a prompt causes. */
  readonly usually: 'refusal' | 'job';
}

/** How each published code appears: refused over HTTP, or as a failed job. */
export const SCENARIOS = {
  RATE_LIMIT_EXCEEDED: {
    message: 'Too many requests. Please slow down.',
    retryable: true,
    jobStatus: 'failed',
    refusal: { status: 429, errorCode: 'RATE_LIMIT_EXCEEDED' },
    usually: 'refusal',
  },
  CONCURRENT_JOBS_EXCEEDED: {
    message: 'Too many in-flight jobs for your plan.',
    retryable: true,
    jobStatus: 'failed',
    refusal: { status: 429, errorCode: 'CONCURRENT_JOBS_EXCEEDED' },
    usually: 'refusal',
  },
  INSUFFICIENT_CREDITS: {
    message: 'Not enough credits. Top up credits in the dashboard.',
    retryable: false,
    jobStatus: 'failed',
    refusal: { status: 402, errorCode: 'INSUFFICIENT_CREDITS' },
    usually: 'refusal',
  },
  CREDIT_CHARGE_FAILED: {
    message: 'Billing could not be completed. Please contact support.',
    retryable: false,
    jobStatus: 'failed',
    refusal: { status: 402, errorCode: 'CREDIT_CHARGE_FAILED' },
    usually: 'job',
  },
  INPUT_INVALID: {
    message: 'Input rejected: an input is invalid or could not be fetched.',
    retryable: false,
    jobStatus: 'failed',
    refusal: { status: 400, errorCode: 'INVALID_PARAMETERS' },
    usually: 'job',
  },
  MODEL_ERROR: {
    message: 'The model failed on this input.',
    retryable: true,
    jobStatus: 'failed',
    refusal: null,
    usually: 'job',
  },
  MODEL_UNAVAILABLE: {
    message: 'The model is temporarily unavailable. Try again in a few minutes.',
    retryable: true,
    jobStatus: 'failed',
    refusal: { status: 503, errorCode: 'MODEL_UNAVAILABLE' },
    usually: 'job',
  },
  STORAGE_ERROR: {
    message: 'The result could not be stored.',
    retryable: true,
    jobStatus: 'failed',
    refusal: null,
    usually: 'job',
  },
  TIMEOUT: {
    message: 'The job exceeded its time budget.',
    retryable: true,
    jobStatus: 'failed',
    refusal: null,
    usually: 'job',
  },
  INTERNAL_ERROR: {
    message: 'Something went wrong on our side.',
    retryable: true,
    jobStatus: 'failed',
    refusal: { status: 500, errorCode: 'INTERNAL_ERROR' },
    usually: 'job',
  },
  CANCELLED: {
    message: 'The job was cancelled.',
    retryable: null,
    jobStatus: 'cancelled',
    refusal: null,
    usually: 'job',
  },
} as const satisfies Record<ProviderFailureCode, Scenario>;

/** Codes that a submission can be refused with. */
export type RefusableCode = {
  [Code in ProviderFailureCode]: (typeof SCENARIOS)[Code]['refusal'] extends null ? never : Code;
}[ProviderFailureCode];

/** The scenario of a code; `undefined` for an unlisted code. */
export function findScenario(code: string): Scenario | undefined {
  return Object.hasOwn(SCENARIOS, code) ? SCENARIOS[code as ProviderFailureCode] : undefined;
}

/** Returns the code if it usually refuses the submission, else `null`. */
export function findRefusable(code: ProviderFailureCode): RefusableCode | null {
  return SCENARIOS[code].usually === 'refusal' ? (code as RefusableCode) : null;
}
