/** The options of a rescue, and what is wrong with them. */
import { brokenKeyRule } from '../../workflows/domain/base/safe-key';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import type { OperationName } from '../../workflows/domain/operations/operations';
import { operationProblems } from './item-options';
import { findNameProblems } from './name-problems';
import type { FieldProblem } from './request-schema';

export interface RescueOptions {
  readonly jobId: string;
  /** The operation of the job. Default `generate/image`. */
  readonly operation?: OperationName;
  /**
   * Your name for the item. Default `rescue-` and the job's id. An id of an item that has ended keeps its
   * request; the result is stored under that id.
   */
  readonly id?: string;
}

/** Options for several jobs. `id` is for a single one. */
export interface RescueItemsOptions extends Pick<RescueOptions, 'operation' | 'id'> {
  readonly jobIds: readonly string[];
}

/** Options from a command line. */
interface GivenOptions {
  readonly jobIds: readonly string[];
  readonly operation?: string | undefined;
  readonly id?: string | undefined;
}

/** Returns every problem of the options. */
export function findRescueProblems({ jobIds, operation, id }: GivenOptions): readonly FieldProblem[] {
  return [
    ...(id === undefined ? jobIds.flatMap(findJobIdProblems) : findIdProblems(id, jobIds.length)),
    ...(operation === undefined ? [] : operationProblems(operation)),
  ];
}

/** Converts options without problems. */
export function toRescueOptions(given: GivenOptions): RescueItemsOptions {
  return withoutMissing(given) as RescueItemsOptions;
}

function findIdProblems(id: string, jobs: number): readonly FieldProblem[] {
  const shared = jobs === 1 ? [] : [{ field: 'id', problem: 'requires exactly one job' }];
  return [...shared, ...findNameProblems('id', id)];
}

function findJobIdProblems(jobId: string): readonly FieldProblem[] {
  const id = toRescueId(jobId);
  const rule = brokenKeyRule(id);
  const problem = `is ${JSON.stringify(jobId)}; its default id ${JSON.stringify(id)} ${rule}`;
  return rule === null ? [] : [{ field: 'jobId', problem }];
}

/** The id of a rescue without one of its own. */
export function toRescueId(jobId: string): string {
  return `rescue-${jobId}`;
}
