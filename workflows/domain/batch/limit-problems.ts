/** Bounds the number of reported problems. Pure. */
import { formatCount } from '../base/format-count';
import type { InputProblem } from '../item/application-failure';

/** A failure's message has room for these; 250 bad rows are as many sentences. */
const MAX_ROW_PROBLEMS = 20;

export function limitProblems(problems: readonly InputProblem[]): readonly InputProblem[] {
  const left = problems.length - MAX_ROW_PROBLEMS;
  if (left <= 0) return problems;
  const more = { field: 'rows', problem: `have ${formatCount(left, 'further problem')}` };
  return [...problems.slice(0, MAX_ROW_PROBLEMS), more];
}
