import { DEFAULT_LIMITS, type Limits } from './books/limits';
import {
  checkNamed,
  inOneLine,
  inRange,
  integerInRange,
  isRecord,
  type NamedChecks,
  nullOr,
  oneOf,
  type Problem,
} from './checks';
import { type Clock, systemClock } from './clock';

/** How callbacks are delivered; the defaults are the published ones. */
export interface WebhookOptions {
  /** Delays before the second and later deliveries, in ms. Default [1000, 2000], which makes three deliveries. */
  readonly waitsMs?: readonly number[];
  /** Time that the receiver has for its 2xx, in ms, > 0. Default 10000. */
  readonly timeoutMs?: number;
}

/** All options are optional. */
export interface EmulatorOptions extends Partial<Limits> {
  /** TCP port on 127.0.0.1, 0 to 65535. Default 0: any free port. */
  readonly port?: number;
  /** Accepted API keys, at least one; each is a separate account. Default ['ip_live_emulator']. */
  readonly apiKeys?: readonly string[];
  /** Determines job times and images; any integer. Default 1. Only job ids differ in every run. */
  readonly seed?: number;
  /** Lifetime of a signed result URL, in ms, > 0. Default 24 hours. */
  readonly resultTtlMs?: number;
  /** Append-only JSON lines. Jobs, credits and ledger are restored from it at the start. Default: no state is kept. */
  readonly stateFile?: string;
  /** Default: the system's clock. */
  readonly clock?: Clock;
  readonly webhooks?: WebhookOptions;
}

/** The options with all defaults filled in. */
export interface Settings {
  readonly limits: Limits;
  readonly port: number;
  readonly apiKeys: readonly string[];
  readonly seed: number;
  readonly resultTtlMs: number;
  readonly stateFile: string | null;
  readonly clock: Clock;
  readonly webhooks: Required<WebhookOptions>;
}

/** Thrown with every problem of the options. */
export class EmulatorOptionsError extends Error {
  override readonly name = 'EmulatorOptionsError';

  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(({ name, message }) => `${name}: ${message}`).join('\n'));
  }
}

const LIMIT_CHECKS: NamedChecks = {
  jobTime: jobTimeProblem,
  queueWaitMs: inRange(0, Number.MAX_SAFE_INTEGER),
  maxConcurrentJobs: nullOr(integerInRange(1, Number.MAX_SAFE_INTEGER)),
  foreignJobs: integerInRange(0, Number.MAX_SAFE_INTEGER),
  limitMode: oneOf(['refuse', 'fail-job']),
  submitsPerSecond: nullOr(inRange(0.001, 1_000_000)),
  retryAfter: oneOf([true, false]),
  credits: nullOr(inRange(0, Number.MAX_SAFE_INTEGER)),
};

const OPTION_CHECKS: NamedChecks = {
  ...LIMIT_CHECKS,
  port: integerInRange(0, 65_535),
  apiKeys: (value) =>
    isFilledList(value, isFilledString) ? null : 'must be a list of at least one key, each a non-empty string',
  seed: integerInRange(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  resultTtlMs: inRange(1, Number.MAX_SAFE_INTEGER),
  stateFile: (value) => (isFilledString(value) ? null : 'must be a file name'),
  clock: (value) => (isRecord(value) && typeof value['now'] === 'function' ? null : 'must have a function now()'),
  webhooks: webhooksProblem,
  host: () => 'cannot be chosen: the emulator listens on 127.0.0.1 only',
};

/** Every problem of the options, by option name. */
export function checkOptions(options: unknown): readonly Problem[] {
  return checkNamed(OPTION_CHECKS, options);
}

/** Fills in the defaults; throws an `EmulatorOptionsError` with every problem. */
export function toSettings(options: EmulatorOptions): Settings {
  refuse(checkOptions(options));
  return {
    limits: changedLimits(DEFAULT_LIMITS, options),
    port: options.port ?? 0,
    apiKeys: options.apiKeys ?? ['ip_live_emulator'],
    seed: options.seed ?? 1,
    resultTtlMs: options.resultTtlMs ?? 24 * 60 * 60 * 1_000,
    stateFile: options.stateFile ?? null,
    clock: options.clock ?? systemClock,
    webhooks: {
      waitsMs: options.webhooks?.waitsMs ?? [1_000, 2_000],
      timeoutMs: options.webhooks?.timeoutMs ?? 10_000,
    },
  };
}

/** Returns the changed limits; throws an `EmulatorOptionsError` if the change is invalid. */
export function changeLimits(limits: Limits, changes: unknown): Limits {
  refuse(checkNamed(LIMIT_CHECKS, changes));
  return changedLimits(limits, changes as Partial<Limits>);
}

function changedLimits(limits: Limits, changes: Partial<Limits>): Limits {
  const named = Object.entries(changes).filter(([name, value]) => value !== undefined && Object.hasOwn(limits, name));
  return { ...limits, ...Object.fromEntries(named) };
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new EmulatorOptionsError(problems);
}

function jobTimeProblem(value: unknown): string | null {
  const problems = checkNamed({ medianMs: inRange(1, Number.MAX_SAFE_INTEGER), sigma: inRange(0, 3) }, value);
  if (!isRecord(value) || value['medianMs'] === undefined || value['sigma'] === undefined) {
    return 'must be { medianMs, sigma }';
  }
  return inOneLine(problems);
}

function webhooksProblem(value: unknown): string | null {
  const waits = inRange(0, 3_600_000);
  const isWait = (wait: unknown) => waits(wait) === null;
  const waitsMs = (list: unknown) => (Array.isArray(list) && list.every(isWait) ? null : 'must be a list of times');
  return inOneLine(checkNamed({ waitsMs, timeoutMs: inRange(1, 3_600_000) }, value));
}

function isFilledList(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isItem);
}

function isFilledString(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0;
}
