/** Chooses an even sample of rows. Pure. */
import type { FieldProblem } from './requests/request-schema';

/** Steps of this part of the rows, again and again from the beginning, divide them evenly however many are made. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/**
 * The numbers of the rows in the sample, from 0. Depends only on the two numbers, and a larger sample contains the smaller
 * ones. Its rows are about equally far apart, but at no regular distance: otherwise a sample of a matrix could have the
 * same value of a variable in each row.
 */
export function chooseSample(size: number, rows: number): ReadonlySet<number> {
  const chosen = new Set<number>();
  const wanted = Math.min(size, rows);
  for (let step = 0; chosen.size < wanted; step += 1) chosen.add(Math.floor(((step * GOLDEN_RATIO) % 1) * rows));
  return chosen;
}

/** The problem of a given size; `null` if it is valid. */
export function findSampleProblem(size: unknown): string | null {
  if (typeof size === 'number' && Number.isSafeInteger(size) && size >= 1) return null;
  return `is ${JSON.stringify(size)}; must be a whole number, 1 or more`;
}

/** The problem of a size that may be absent. */
export function findSampleProblems(size: unknown): readonly FieldProblem[] {
  const problem = size === undefined ? null : findSampleProblem(size);
  return problem === null ? [] : [{ field: 'sample', problem }];
}
