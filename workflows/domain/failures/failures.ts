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
  'If the message tells of an HTML page or a redirect, a proxy or a login page has answered: check the network of the workers and IMAGEPIPELINE_BASE_URL.';

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
    remedy: `Nothing to do: sending slows down and goes on by itself. A larger plan allows more. ${PROXY_HINT}`,
  },
  CONCURRENT_JOBS_EXCEEDED: {
    retryable: true,
    scope: 'pace',
    budget: null,
    backoff: { initialMs: 2_000, coefficient: 1.6, maximumMs: 30_000 },
    reason: 'A place becomes free when a job ends, that is within seconds; only the deadline ends the wait.',
    meaning: 'More jobs in flight than the plan allows.',
    remedy: 'Nothing to do: it is sent again when a job has ended. A larger plan allows more.',
  },
  INSUFFICIENT_CREDITS: {
    retryable: false,
    scope: 'account',
    ...NEVER,
    reason: 'Every further request meets the same wall until somebody pays.',
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
    reason: 'The model failed on this input; another draw often helps, a fifth seldom does.',
    meaning: 'The model failed on this input.',
    remedy: 'Run it again with another seed, or simplify the prompt.',
  },
  MODEL_UNAVAILABLE: {
    retryable: true,
    scope: 'item',
    outage: true,
    budget: 8,
    backoff: { initialMs: 15_000, coefficient: 2, maximumMs: 300_000 },
    reason: 'Models come back after minutes: eight tries reach over about a quarter of an hour.',
    meaning: 'The model is not available for the moment.',
    remedy: 'Run it again later, or use another operation.',
  },
  STORAGE_ERROR: {
    retryable: true,
    scope: 'item',
    budget: 4,
    backoff: { initialMs: 5_000, coefficient: 2, maximumMs: 60_000 },
    reason: 'The image was made but the provider could not keep it; failed jobs are not charged.',
    meaning: 'The provider could not store the result.',
    remedy: 'Run it again later.',
  },
  TIMEOUT: {
    retryable: true,
    scope: 'item',
    budget: 2,
    backoff: { initialMs: 5_000, coefficient: 2, maximumMs: 60_000 },
    reason: 'Each try lasts as long as the time budget of the provider, so few of them are worth the wait.',
    meaning: "The job used up the provider's time budget.",
    remedy: 'Ask for less: a smaller image or fewer steps.',
  },
  INTERNAL_ERROR: {
    retryable: true,
    scope: 'item',
    outage: true,
    budget: 5,
    backoff: { initialMs: 5_000, coefficient: 2, maximumMs: 120_000 },
    reason: 'A fault of the provider that may last some minutes.',
    meaning: 'Something went wrong at the provider.',
    remedy: 'Run it again later; if it stays, give the job id to ImagePipeline support.',
  },
  CANCELLED: {
    retryable: null,
    scope: 'item',
    ...NEVER,
    reason: 'Nobody says that a retry is wanted; whoever cancelled it may have had a reason.',
    meaning: 'The item was cancelled by request, or its job by the provider; the message says which.',
    remedy:
      'Run the item again if it is still wanted. If the provider cancelled the job, ask ImagePipeline support why.',
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
    reason: 'Cautious, and used only if the job itself says that it may be retried.',
    meaning: 'The job failed with a code that is not in the published list, or with none.',
    remedy: 'Read the message of the provider; a newer release may know the code.',
  },
  UNAUTHENTICATED: {
    retryable: false,
    scope: 'account',
    ...NEVER,
    reason: 'The same key is refused again.',
    meaning: 'The API key is missing, wrong, or not allowed to use this operation.',
    remedy: `Set IMAGEPIPELINE_API_KEY of the worker to a valid key, restart the worker, then run "imagepipeline account resume": what waits goes on, and what was refused may be started anew. ${PROXY_HINT}`,
  },
  FORBIDDEN: {
    retryable: false,
    scope: 'item',
    ...NEVER,
    reason: 'What is not allowed for this request is not allowed the next time either.',
    meaning: 'The provider does not allow this request for this key (HTTP 403).',
    remedy: `Check the plan and the fields of the request that need a larger one, then run the item again. ${PROXY_HINT}`,
  },
  ID_TAKEN: {
    retryable: false,
    scope: 'item',
    ...NEVER,
    reason: 'What is stored under an id stays there, so that the same id is refused again.',
    meaning: 'The store has something else under this id already; nothing was sent.',
    remedy: 'Use another id ("imagepipeline generate --id ID"), and start the item with it.',
  },
  CERTIFICATE_INVALID: {
    retryable: false,
    scope: 'account',
    probed: true,
    ...NEVER,
    reason: 'Provably nothing was sent; every further request meets the same certificate until somebody acts.',
    meaning:
      'The certificate of the provider, or of a proxy in between, is not valid for the worker; the message says why.',
    remedy:
      'Let NODE_EXTRA_CA_CERTS of the workers name the certificate of your authority, or correct IMAGEPIPELINE_BASE_URL ' +
      'or the host\'s clock; restart the workers, then run "imagepipeline account resume".',
  },
  SUBMIT_OUTCOME_UNKNOWN: {
    retryable: false,
    scope: 'item',
    ...NEVER,
    reason: 'The API has no idempotency key: sending again could pay twice.',
    meaning: 'The request was sent but its answer was lost, so a job may exist and may be charged.',
    remedy: `Look in the dashboard whether a job was made; if so, fetch it, which costs nothing: "imagepipeline rescue JOB --id ID". Run the item again only if a second payment is acceptable. ${PROXY_HINT}`,
  },
  JOB_NOT_FOUND: {
    retryable: false,
    scope: 'item',
    ...NEVER,
    reason:
      'Raised only when the time of the job is over; it may have been charged, and a new one would be charged again.',
    meaning: 'The provider answered that it does not know the job, until the time of the job was over.',
    remedy: `Check the id of the job, and that the key belongs to the account that submitted it, then fetch it: "imagepipeline rescue JOB --id ID". If it stays unknown, give its id to ImagePipeline support. ${PROXY_HINT}`,
  },
  JOB_OVERDUE: {
    retryable: false,
    scope: 'item',
    ...NEVER,
    reason: 'The job may still end and be charged; a new submission would be a second payment.',
    meaning: 'The job was not seen to end within our time budget for it.',
    remedy: 'Fetch it later, which costs nothing: "imagepipeline rescue JOB --id ID".',
  },
  RESULT_UNAVAILABLE: {
    retryable: false,
    scope: 'item',
    ...NEVER,
    reason: 'Raised only after many downloads with fresh addresses; the job is paid, a new one would be paid again.',
    meaning: 'The job completed, but its result could not be downloaded whole.',
    remedy:
      'Fetch it soon, for results expire: "imagepipeline rescue JOB --id ID". If that fails too, give the job id to ImagePipeline support: the job was probably charged.',
  },
  RESPONSE_INVALID: {
    retryable: false,
    scope: 'item',
    ...NEVER,
    reason:
      'A submission that is answered so is answered so again; a job that was accepted was read until its time was over.',
    meaning: 'The provider answered in a way that the published API does not allow.',
    remedy:
      'Check IMAGEPIPELINE_BASE_URL and what stands between, such as a proxy or a login page; if both are right, a newer release is needed. A job that was accepted is fetched by "imagepipeline rescue JOB --id ID".',
  },
  PROVIDER_UNREACHABLE: {
    retryable: true,
    scope: 'item',
    outage: true,
    budget: null,
    backoff: { initialMs: 1_000, coefficient: 2, maximumMs: 60_000 },
    reason: 'Provably nothing was accepted, so only the deadline ends it.',
    meaning: 'The provider could not be reached, or said that it is out of service.',
    remedy:
      'Nothing to do if the provider is down: it is tried again. Else check IMAGEPIPELINE_BASE_URL, the network and its proxies.',
  },
  STORE_UNAVAILABLE: {
    retryable: true,
    scope: 'item',
    budget: null,
    backoff: { initialMs: 1_000, coefficient: 2, maximumMs: 60_000 },
    reason: 'The image is paid and still downloadable: only the deadline ends the tries to keep it.',
    meaning: 'The result could not be written to the store.',
    remedy: 'Make room in the store named by IMAGEPIPELINE_STORE, or make it writable; it is tried again.',
  },
  DEADLINE_EXCEEDED: {
    retryable: false,
    scope: 'item',
    ...NEVER,
    reason: 'The caller asked not to go on after this time.',
    meaning: "The item did not end before the caller's deadline.",
    remedy:
      'Give a longer deadline; the last code tells what the time was spent on. A job that was accepted is fetched by "imagepipeline rescue JOB --id ID".',
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
