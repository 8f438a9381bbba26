/** The options of an image, and what is wrong with them. */

import { findDurationProblem } from '../../workflows/domain/base/durations';
import type { RequestFields } from '../../workflows/domain/item/item';
import { DEFAULT_OPERATION, isOperationName, type OperationName } from '../../workflows/domain/operations/operations';
import { findNameProblems } from './name-problems';
import { adviseOperation } from './operation-advice';
import { type FieldProblem, requestProblems } from './request-schema';

/** Options of an image to start. */
export interface StartImageOptions {
  /** The provider's fields, for instance `{ prompt, width, height }`. */
  readonly request: RequestFields;
  /** Default `generate/image`. */
  readonly operation?: OperationName;
  /**
   * Your name for the image. The same id finds the same image for as long as Temporal keeps its history, so a retried
   * call never pays twice. Letters, digits, `.`, `_`, `-`. Default: a hash of the request.
   */
  readonly id?: string;
  /** Deadline of the whole image, in ms from its start. Default 24 h. */
  readonly deadlineMs?: number;
  /** Time after which a job is overdue, in ms. Default 15 min for images. */
  readonly jobTimeBudgetMs?: number;
  /**
   * Runs an id again that failed, was cancelled or ended unknown. A job that may be charged is fetched first;
   * the image is submitted again only if that job failed. An unknown submission stays unknown. Default false.
   */
  readonly again?: boolean;
  /** Requires `again`: also submit an image that may have been charged. You may pay twice. Default false. */
  readonly allowUnknown?: boolean;
  /** While the account is held: wait, instead of failing with the code of the hold. Default false. */
  readonly waitWhileHeld?: boolean;
}

/** How a problem names another option. */
type NameOption = (option: keyof StartImageOptions) => string;

const identity: NameOption = (option) => option;

/**
 * Returns every problem of the options.
 *
 * @param nameOption default: the names of this library
 */
export function startProblems(options: StartImageOptions, nameOption: NameOption = identity): readonly FieldProblem[] {
  const operation: string = options.operation ?? DEFAULT_OPERATION;
  const problems: FieldProblem[] = options.id === undefined ? [] : [...findNameProblems('id', options.id)];
  for (const field of ['deadlineMs', 'jobTimeBudgetMs'] as const) {
    const problem = options[field] === undefined ? null : findDurationProblem(options[field]);
    if (problem !== null) problems.push({ field, problem });
  }
  problems.push(...findAgainProblems(options, nameOption));
  if (!isOperationName(operation)) return [...problems, ...operationProblems(operation)];
  return [...problems, ...requestProblems(operation, options.request)];
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
