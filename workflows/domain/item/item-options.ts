/** Options of an item in a user's workflow, as a child or inline. */

import type { OperationName } from '../operations/operations';
import { refuseProblems } from './application-failure';
import type { RequestFields, RowStep } from './item';
import { ANY_RUN, ENDED_ONLY, type Superseded } from './journal-entry';

/** An item of one operation. */
interface OneStep {
  /** Default `generate/image`. */
  readonly operation?: OperationName;
  /**
   * The provider's fields, for instance `{ prompt, width, height }`. A picture may also be the result of an earlier item,
   * `item:ID` or `batch:ID/KEY`; for a file, see `client.storeInputs`.
   */
  readonly request: RequestFields;
  readonly steps?: undefined;
  readonly keep?: undefined;
}

/** An item of several operations. */
interface SeveralSteps {
  /**
   * 1 to 10 steps, in order. A picture may also be the file of an earlier step: `{ step: 'base' }`, or
   * `{ step: 'base', role: 'cutout' }` for another one than the main file. A finished step is never paid again.
   */
  readonly steps: readonly RowStep[];
  /** Ids of steps whose files are results, beside the last one. Default: none. */
  readonly keep?: readonly string[];
  readonly operation?: undefined;
  readonly request?: undefined;
}

/** What an item does. */
export type ItemWork = OneStep | SeveralSteps;

/** Whether an id runs again. */
export interface AgainOptions {
  /**
   * Runs an id again that failed, was cancelled or ended unknown. A stored result, a finished step and a job that may be
   * charged are taken over; the item is submitted again only if its job failed, or if nothing was accepted. Default false.
   */
  readonly again?: boolean;
  /** Requires `again`: also submit what may have been charged and has no result. You may pay twice. Default false. */
  readonly allowUnknown?: boolean;
}

/** The earlier submissions that are abandoned. */
export function toSuperseded({ again = false, allowUnknown = false }: AgainOptions): Superseded {
  if (allowUnknown && !again) refuseProblems([{ field: 'allowUnknown', problem: 'requires again' }]);
  if (!again) return {};
  return { supersedes: allowUnknown ? ANY_RUN : ENDED_ONLY };
}
