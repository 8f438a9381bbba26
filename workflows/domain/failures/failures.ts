/**
 * The failure table: what each failure code means and how it is handled.
 *
 * Everything else about codes is derived from it: types, retry policies, failure flags, resubmission budgets and
 * delays, exit codes, CLI texts, the emulator's scenarios and the table in the README. This file imports nothing, so
 * every part of the product can use it.
 */

/** What a failure affects: one `item`, the submission `pace`, or the whole `account`. */
export type FailureScope = 'item' | 'pace' | 'account';

/** Exponentially growing bound of a fully jittered delay; all in ms. */
export interface Backoff {
  readonly initialMs: number;
  readonly coefficient: number;
  readonly maximumMs: number;
}

export interface FailureRow {
  /** Whether the same request may be submitted again. `null`: not documented, and not assumed. */
  readonly retryable: boolean | null;
  readonly scope: FailureScope;
  /** Whether several in a row mean that the provider is down for everyone. Default false. */
  readonly outage?: true;
  /** Whether a hold with this code may clear without a person, so that probes are sent. Default false. */
  readonly probed?: true;
  /** How often one item may meet this code and be retried; `null` for until the item's deadline. */
  readonly budget: number | null;
  readonly backoff: Backoff | null;
  /** Why this budget and this backoff. */
  readonly reason: string;
  readonly meaning: string;
  readonly remedy: string;
}

const NEVER = { budget: 0, backoff: null } as const;

/** For codes of HTTP statuses that proxies use too. */
const PROXY_HINT =
  'If the message mentions an HTML page or a redirect, a proxy or a login page answered instead: check the network of the workers and IMAGEPIPELINE_BASE_URL.';

/**
 * Codes of the published error page, with its retryability. Retryable means that the *same request may be submitted
 * again*: reading the status of a failed job again cannot change it.
 */
export const PROVIDER_FAILURES = {
  RATE_LIMIT_EXCEEDED: {
    retryable: true,
    scope: 'pace',
    budget: null,
    backoff: { initialMs: 2_000, coefficient: 2, maximumMs: 60_000 },
    reason: 'A throttle says nothing about the item and costs nothing, so only the deadline ends it.',
    meaning: 'Too many requests in too short a time.',
    remedy: `Nothing to do: submissions slow down and continue automatically. A larger plan allows more. ${PROXY_HINT}`,
  },
  CONCURRENT_JOBS_EXCEEDED: {
    retryable: true,
    scope: 'pace',
    budget: null,
    backoff: { initialMs: 2_000, coefficient: 1.6, maximumMs: 30_000 },
    reason: 'A place becomes free when a job ends, usually within seconds, so only the deadline ends the wait.',
    meaning: 'More jobs in flight than the plan allows.',
    remedy: 'Nothing to do: the item is submitted again when another job has ended. A larger plan allows more.',
  },
  INSUFFICIENT_CREDITS: {
    retryable: false,
    scope: 'account',
    ...NEVER,
    reason: 'Every further request is refused too until the account has credits.',
    meaning: 'The account has no credits left.',
    remedy: `Top up credits in the ImagePipeline dashboard, then run the item again. ${PROXY_HINT}`,
  },
  CREDIT_CHARGE_FAILED: {
    retryable: false,
    scope: 'account',
    ...NEVER,
    reason: 'Billing is broken for the account, not for the item.',
    meaning: 'The charge for the job could not be made.',
    remedy: 'Check the payment method in the dashboard or ask ImagePipeline support, then run the item again.',
  },
  INPUT_INVALID: {
    retryable: false,
    scope: 'item',
    ...NEVER,
    reason: 'The same input is refused again.',
    meaning: 'The input is malformed, unreachable or against the content policy.',
    remedy: `Change the prompt or the fields named in the message, then run the item again. ${PROXY_HINT}`,
  },
  MODEL_ERROR: {
    retryable: true,
    scope: 'item',
    budget: 3,
    backoff: { initialMs: 2_000, coefficient: 2, maximumMs: 30_000 },
    reason: 'A second try of the same input often succeeds, a fifth seldom does.',
    meaning: 'The model failed on this input.',
    remedy: 'Run it again with another seed, or simplify the prompt.',
  },
  MODEL_UNAVAILABLE: {
    retryable: true,
    scope: 'item',
    outage: true,
    budget: 8,
    backoff: { initialMs: 15_000, coefficient: 2, maximumMs: 300_000 },
    reason: 'Models return after minutes: eight tries cover about a quarter of an hour.',
    meaning: 'The model is temporarily unavailable.',
    remedy: 'Run it again later, or use another operation.',
  },
  STORAGE_ERROR: {
    retryable: true,
    scope: 'item',
    budget: 4,
    backoff: { initialMs: 5_000, coefficient: 2, maximumMs: 60_000 },
    reason: 'The result was made but could not be stored; failed jobs are not charged.',
    meaning: 'The provider could not store the result.',
    remedy: 'Run it again later.',
  },
  TIMEOUT: {
    retryable: true,
    scope: 'item',
    budget: 2,
    backoff: { initialMs: 5_000, coefficient: 2, maximumMs: 60_000 },
    reason: "Each try takes the provider's whole time budget, so few are worth the wait.",
    meaning: "The job used up the provider's time budget.",
    remedy: 'Request less work, for example a smaller image.',
  },
  INTERNAL_ERROR: {
    retryable: true,
    scope: 'item',
    outage: true,
    budget: 5,
    backoff: { initialMs: 5_000, coefficient: 2, maximumMs: 120_000 },
    reason: 'A fault of the provider, which may last some minutes.',
    meaning: 'Something went wrong at the provider.',
    remedy: 'Run it again later. If it fails again, contact ImagePipeline support with the job id.',
  },
  CANCELLED: {
    retryable: null,
    scope: 'item',
    ...NEVER,
    reason: 'It was cancelled on purpose, and no retry is documented.',
    meaning: 'The item was cancelled on request, or the provider cancelled its job; the message says which.',
    remedy:
      'Run the item again if you still want it. If the provider cancelled the job, ask ImagePipeline support why.',
  },
} as const satisfies Record<string, FailureRow>;

/**
 * Our own codes, for cases that the published list does not name. Retryable means that the failed step may be repeated
 * without risking a second payment.
 */
export const OWN_FAILURES = {
  UNRECOGNISED_CODE: {
    retryable: true,
    scope: 'item',
    budget: 2,
    backoff: { initialMs: 10_000, coefficient: 3, maximumMs: 300_000 },
    reason: 'Cautious, and applied only if the job itself is marked as retryable.',
    meaning: 'The job failed with a code that is not in the published list, or with none.',
    remedy: "Read the provider's message; a newer release may know the code.",
  },
  UNAUTHENTICATED: {
    retryable: false,
    scope: 'account',
    ...NEVER,
    reason: 'The same key is refused again.',
    meaning: 'The API key is missing, wrong, or not allowed to use this operation.',
    remedy: `Set IMAGEPIPELINE_API_KEY of the workers to a valid key, restart them, then run "imagepipeline account resume": waiting items continue, and refused ones can be run again. ${PROXY_HINT}`,
  },
  FORBIDDEN: {
    retryable: false,
    scope: 'item',
    ...NEVER,
    reason: 'The same request is refused again.',
    meaning: 'The provider does not allow this request for this key (HTTP 403).',
    remedy: `Check whether the request uses fields that need a larger plan, then run the item again. ${PROXY_HINT}`,
  },
  ID_TAKEN: {
    retryable: false,
    scope: 'item',
    ...NEVER,
    reason: 'Stored results are never replaced, so the same id is refused again.',
    meaning: 'The id is already used for something else in the store; nothing was sent.',
    remedy: 'Start the item with another id: "imagepipeline generate --id ID".',
  },
  CERTIFICATE_INVALID: {
    retryable: false,
    scope: 'account',
    probed: true,
    ...NEVER,
    reason: 'Provably nothing was sent, and every further request fails on the same certificate.',
    meaning: 'The worker rejects the certificate of the provider, or of a proxy in between; the message says why.',
    remedy:
      'Set NODE_EXTRA_CA_CERTS of the workers to the certificate of your authority, or correct IMAGEPIPELINE_BASE_URL ' +
      'or the clock of the host. Restart the workers, then run "imagepipeline account resume".',
  },
  SUBMIT_OUTCOME_UNKNOWN: {
    retryable: false,
    scope: 'item',
    ...NEVER,
    reason: 'The API has no idempotency key: sending again could pay twice.',
    meaning: 'The request was sent but its answer was lost, so a job may exist and be charged.',
    remedy: `Check the dashboard for a job. If there is one, fetch it, which costs nothing: "imagepipeline rescue JOB --id ID". Run the item again only if a second payment is acceptable. ${PROXY_HINT}`,
  },
  JOB_NOT_FOUND: {
    retryable: false,
    scope: 'item',
    ...NEVER,
    reason: "Raised only at the job's time limit; it may have been charged, and a new one would be charged again.",
    meaning: 'The provider did not know the job until its time limit passed.',
    remedy: `Check the job id, and that the key belongs to the account that submitted it, then fetch it: "imagepipeline rescue JOB --id ID". If it stays unknown, contact ImagePipeline support with the job id. ${PROXY_HINT}`,
  },
  JOB_OVERDUE: {
    retryable: false,
    scope: 'item',
    ...NEVER,
    reason: 'The job may still end and be charged; a new submission would be a second payment.',
    meaning: 'The job did not end within its time limit.',
    remedy: 'Fetch it later, which costs nothing: "imagepipeline rescue JOB --id ID".',
  },
  RESULT_UNAVAILABLE: {
    retryable: false,
    scope: 'item',
    ...NEVER,
    reason: 'Raised only after many downloads from fresh URLs; the job is paid, and a new one would be paid again.',
    meaning: 'The job completed, but its result could not be downloaded completely.',
    remedy:
      'Fetch it soon, because results expire: "imagepipeline rescue JOB --id ID". If that fails too, contact ImagePipeline support with the job id: the job was probably charged.',
  },
  STEP_FILE_UNUSABLE: {
    retryable: false,
    scope: 'item',
    ...NEVER,
    reason: 'The store answers, so the same file would be found again.',
    meaning:
      'A file that an earlier step of the item has made cannot be the input of this step: it is not in the store, has other bytes, or is of a type that cannot be uploaded.',
    remedy:
      'Restore the file from a copy and run "imagepipeline redrive ID", or make it again, which is paid: "imagepipeline redrive ID --from-step STEP".',
  },
  RESPONSE_INVALID: {
    retryable: false,
    scope: 'item',
    ...NEVER,
    reason: 'A submission would get the same answer again; an accepted job was read until its time limit.',
    meaning: 'The answer does not follow the published API.',
    remedy:
      'Check IMAGEPIPELINE_BASE_URL and the network for a proxy or a login page; if both are right, you need a newer release. To fetch an accepted job: "imagepipeline rescue JOB --id ID".',
  },
  PROVIDER_UNREACHABLE: {
    retryable: true,
    scope: 'item',
    outage: true,
    budget: null,
    backoff: { initialMs: 1_000, coefficient: 2, maximumMs: 60_000 },
    reason: 'Provably nothing was accepted, so only the deadline ends it.',
    meaning: 'The provider could not be reached, or reported that it is out of service.',
    remedy:
      'Nothing to do if the provider is down: requests are retried. Otherwise check IMAGEPIPELINE_BASE_URL, the network and its proxies.',
  },
  STORE_UNAVAILABLE: {
    retryable: true,
    scope: 'item',
    budget: null,
    backoff: { initialMs: 1_000, coefficient: 2, maximumMs: 60_000 },
    reason: 'The result is paid and can still be downloaded, so only the deadline ends the retries.',
    meaning: 'The result could not be written to the store.',
    remedy: 'Free space in the store that IMAGEPIPELINE_STORE names, or make it writable; writes are retried.',
  },
  DEADLINE_EXCEEDED: {
    retryable: false,
    scope: 'item',
    ...NEVER,
    reason: 'The caller set this limit.',
    meaning: "The item did not end before the caller's deadline.",
    remedy:
      'Set a longer deadline; the last code names the cause of the delay. To fetch an accepted job: "imagepipeline rescue JOB --id ID".',
  },
} as const satisfies Record<string, FailureRow>;

/** Every row of the failure table, by code. */
export const FAILURES = { ...PROVIDER_FAILURES, ...OWN_FAILURES } as const;

/** A code of the provider's published list. */
export type ProviderFailureCode = keyof typeof PROVIDER_FAILURES;
type OwnFailureCode = keyof typeof OWN_FAILURES;
/** A published code or one of ours. */
export type FailureCode = ProviderFailureCode | OwnFailureCode;

export const PROVIDER_FAILURE_CODES = Object.keys(PROVIDER_FAILURES) as readonly ProviderFailureCode[];
export const FAILURE_CODES = Object.keys(FAILURES) as readonly FailureCode[];

export function isProviderFailureCode(code: string): code is ProviderFailureCode {
  return Object.hasOwn(PROVIDER_FAILURES, code);
}

export function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(FAILURES, code);
}

/** The row of a code, with the common type rather than its literal type. */
export function getFailureRow(code: FailureCode): FailureRow {
  return FAILURES[code];
}

/** How often one item met each code. Keys are spelled as by the provider and may be unpublished codes. */
export type CodeCounts = Readonly<Record<string, number>>;
