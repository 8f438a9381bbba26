/** The options of an item, and what is wrong with them. */

import { findDurationProblem } from '../../workflows/domain/base/durations';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import type { PlainRow, RequestFields } from '../../workflows/domain/item/item';
import type { ItemWork } from '../../workflows/domain/item/item-options';
import { findAddressProblem } from '../../workflows/domain/notifications/notify-options';
import { isOperationName, type OperationName } from '../../workflows/domain/operations/operations';
import type { RequestOf } from '../../workflows/domain/operations/request-type';
import type { PictureBytes } from '../pictures/picture-bytes';
import type { RecipeOptions } from '../recipes/recipe-options';
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
  /**
   * https address that receives a signed POST when the item ends, retried for a day. Plain http is allowed on this machine.
   * Default: none.
   */
  readonly notify?: string;
}

/** An item of any operation, or of several steps, with requests that are yet to be checked. */
export interface ItemOptions extends ItemTerms, Pick<PlainRow, 'steps' | 'keep'> {
  /** That of the last step, if there are several. */
  readonly operation: OperationName;
  /** Empty if there are several steps. */
  readonly request: RequestFields;
  /** Values that are returned with the report. Absent: none. */
  readonly values?: Readonly<Record<string, unknown>>;
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

/** A recipe, and the values of its variables. */
export interface GivenRecipeOptions {
  /** Relative paths in it start from the working folder. */
  readonly recipe: RecipeOptions;
  /**
   * Values of its variables; also the bytes of a picture. They are returned with the report, except for bytes. Default: none.
   */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Options of an item of a recipe to start. `{{key}}` is its id. */
export interface StartRecipeOptions extends ItemTerms, GivenRecipeOptions {}

/** A request whose files are put into the store, typed by its operation. */
export type RequestToStore<N extends OperationName> = Pick<StartItemOptions<N>, 'operation' | 'request'>;

/** Options of a picture of a prompt to start. */
export type StartImageOptions = Omit<StartItemOptions<'generate/image'>, 'operation'>;

/** An item of a recipe whose files are in the store, for a workflow: of one operation, or of several steps. */
export type StoredWork = ItemWork & Pick<ItemOptions, 'values'>;

export function toStoredWork({ operation, request, steps, keep, values }: ItemOptions): StoredWork {
  const more = withoutMissing({ values });
  return steps === undefined ? { operation, request, ...more } : { steps, ...withoutMissing({ keep }), ...more };
}

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
  const problems = findTermProblems(options, nameOption);
  if (!isOperationName(operation)) return [...problems, ...operationProblems(operation)];
  // Steps are checked with their recipe.
  if (options.steps !== undefined) return problems;
  return [...problems, ...requestProblems(operation, options.request, accepted)];
}

/** Returns every problem of what is not its work. */
export function findTermProblems(terms: ItemTerms, nameOption: NameOption = identity): readonly FieldProblem[] {
  const problems: FieldProblem[] = terms.id === undefined ? [] : [...findNameProblems('id', terms.id)];
  for (const field of ['deadlineMs', 'jobTimeBudgetMs'] as const) {
    const problem = terms[field] === undefined ? null : findDurationProblem(terms[field]);
    if (problem !== null) problems.push({ field, problem });
  }
  const problem = terms.notify === undefined ? null : findAddressProblem(terms.notify);
  if (problem !== null) problems.push({ field: 'notify', problem });
  return [...problems, ...findAgainProblems(terms, nameOption)];
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
