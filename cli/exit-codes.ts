/** The exit codes of every command. Scripts rely on them. */
import type { ImagePipelineError } from '../connection/errors';
import { needsHuman } from '../workflows/domain/account/account-hold';
import type { FailureCode } from '../workflows/domain/failures/failures';

export const EXIT = {
  done: 0,
  internalError: 1,
  /** Bad input or settings; nothing was started. `download`: a file could not be copied. */
  badInput: 2,
  /** The item failed or was cancelled. */
  itemFailed: 3,
  /** No item of the account can continue: credits, API key, daily budget, store, or a requested hold. */
  accountStopped: 4,
  outcomeUnknown: 5,
  /** Interrupted by Ctrl-C; the work continues. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Precedence of the codes when items end differently; the highest wins. */
const WEIGHTS: Readonly<Record<ExitCode, number>> = {
  [EXIT.done]: 0,
  [EXIT.badInput]: 1,
  [EXIT.itemFailed]: 2,
  [EXIT.outcomeUnknown]: 3,
  [EXIT.accountStopped]: 4,
  [EXIT.internalError]: 5,
  [EXIT.interrupted]: 6,
};

/** The exit code of several items. */
export function findWorstExit(left: ExitCode, right: ExitCode): ExitCode {
  return WEIGHTS[right] > WEIGHTS[left] ? right : left;
}

/**
 * The exit code of several items. If some were started, a refused one counts as failed: `badInput` would mean that
 * nothing was started.
 */
export function toSeriesExit(codes: readonly ExitCode[]): ExitCode {
  const worst = codes.reduce(findWorstExit, EXIT.done);
  return worst === EXIT.badInput && codes.some((code) => code !== worst) ? EXIT.itemFailed : worst;
}

/** Codes with which an item ends only if the account was held with them at its start; running items wait. */
const REFUSED_WHILE_HELD: readonly string[] = ['STORE_UNAVAILABLE', 'RATE_LIMIT_EXCEEDED', 'CONCURRENT_JOBS_EXCEEDED'];

/** Found by the worker, which can check more than the command, before anything was sent. */
const NOTHING_STARTED: FailureCode = 'ID_TAKEN';

/** The exit code for an item that did not succeed. */
export function toExitCode({ outcome, code }: Pick<ImagePipelineError, 'outcome' | 'code'>): ExitCode {
  if (outcome === 'unknown') return EXIT.outcomeUnknown;
  if (code === NOTHING_STARTED) return EXIT.badInput;
  return needsHuman(code) || REFUSED_WHILE_HELD.includes(code) ? EXIT.accountStopped : EXIT.itemFailed;
}
