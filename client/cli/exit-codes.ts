/** The exit codes of every command; part of the contract with scripts. */
import { isForPeople } from '../../workflows/domain/account-hold';
import type { ImagePipelineError } from '../errors';

export const EXIT = {
  done: 0,
  ourFault: 1,
  /** Bad input or settings; nothing was started. */
  badInput: 2,
  /** The item failed or was cancelled. */
  itemFailed: 3,
  /** Credits, key, the budget of the day or a hold by request: no item of the account can go on. */
  accountStopped: 4,
  outcomeUnknown: 5,
  /** By Ctrl-C; the work goes on. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code for an image that was not made. */
export function exitCodeOf({ outcome, code }: Pick<ImagePipelineError, 'outcome' | 'code'>): ExitCode {
  if (outcome === 'unknown') return EXIT.outcomeUnknown;
  return isForPeople(code) ? EXIT.accountStopped : EXIT.itemFailed;
}
