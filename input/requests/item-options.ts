/** The options of an item, and what is wrong with them. */

import { findDurationProblem } from '../../workflows/domain/base/durations';
import type { RequestFields } from '../../workflows/domain/item/item';
import { isOperationName, type OperationName } from '../../workflows/domain/operations/operations';
import type { RequestOf } from '../../workflows/domain/operations/request-type';
import type { PictureBytes } from '../pictures/picture-bytes';
import { type AcceptedInputs, STARTABLE_INPUTS } from './input-reference';
import { findNameProblems } from './name-problems';
import { adviseOperation } from './operation-advice';
import { type FieldProblem, requestProblems } from './request-schema';

/** Options of an item beside its request. */
export interface ItemTerms {
  /**
   * Your name for the item. The same id finds the same item for as long as Temporal keeps its history, so a retried
   * call never pays twice. Letters, digits, `.`, `_`, `-`. Default: a hash of the request.
   */
  readonly id?: string;
  /** Deadline of the whole item, in ms from its start. Default 24 h. */
  readonly deadlineMs?: number;
  /** Time after which a job is overdue, in ms. Default: by operation, 15 min for pictures. */
  readonly jobTimeBudgetMs?: number;
  /**
   * Runs an id again that failed, was cancelled or ended unknown. A job that may be charged is fetched first;
   * the item is submitted again only if that job failed. An unknown submission stays unknown. Default false.
   */
  readonly again?: boolean;
  /** Requires `again`: also submit an item that may have been charged. You may pay twice. Default false. */
  readonly allowUnknown?: boolean;
  /** While the account is held: wait, instead of failing with the code of the hold. Default false. */
  readonly waitWhileHeld?: boolean;
}

/** An item of any operation, with a request that is yet to be checked. */
export interface ItemOptions extends ItemTerms {
  readonly operation: OperationName;
  readonly request: RequestFields;
}

/** Options of an item to start, typed by its operation. */
export interface StartItemOptions<N extends OperationName = OperationName> extends ItemTerms {
  /** For instance `upscale/image`. */
  readonly operation: N;
  /**
   * The provider's fields, for instance `{ input_image, scale: 2 }`. A picture may also be a path, `file:`, `s3:`,
   * `item:ID` or `batch:ID/KEY`, or its bytes: a `Uint8Array`, such as a `Buffer`, or a stream, which is read once.
   */
  readonly request: RequestOf<N, PictureBytes>;
}

/** A request whose files are put into the store, typed by its operation. */
export type RequestToStore<N extends OperationName> = Pick<StartItemOptions<N>, 'operation' | 'request'>;

/** Options of a picture of a prompt to start. */
export type StartImageOptions = Omit<StartItemOptions<'generate/image'>, 'operation'>;

/** How a problem names another option. */
type NameOption = (option: keyof ItemOptions) => string;

const identity: NameOption = (option) => option;

/**
 * Returns every problem of the options.
 *
 * @param nameOption default: the names of this library
 * @param accepted how inputs may be named; default as when their files are in the store
 */
export function startProblems(
  options: ItemOptions,
  nameOption: NameOption = identity,
  accepted: AcceptedInputs = STARTABLE_INPUTS,
): readonly FieldProblem[] {
  const { operation }: { readonly operation: string } = options;
  const problems: FieldProblem[] = options.id === undefined ? [] : [...findNameProblems('id', options.id)];
  for (const field of ['deadlineMs', 'jobTimeBudgetMs'] as const) {
    const problem = options[field] === undefined ? null : findDurationProblem(options[field]);
    if (problem !== null) problems.push({ field, problem });
  }
  problems.push(...findAgainProblems(options, nameOption));
  if (!isOperationName(operation)) return [...problems, ...operationProblems(operation)];
  return [...problems, ...requestProblems(operation, options.request, accepted)];
}

/** Returns the problem of `allowUnknown`, for options from any source. */
export function findAgainProblems(
  { again, allowUnknown }: { readonly again?: unknown; readonly allowUnknown?: unknown },
  nameOption: NameOption = identity,
): readonly FieldProblem[] {
  const isRight = allowUnknown !== true || again === true;
  return isRight ? [] : [{ field: 'allowUnknown', problem: `requires ${nameOption('again')}` }];
}

/** Returns what is wrong with the name of an operation. */
export function operationProblems(operation: string): readonly FieldProblem[] {
  if (isOperationName(operation)) return [];
  return [{ field: 'operation', problem: `is "${operation}"; ${adviseOperation(operation)}` }];
}
