import { brokenKeyRule } from '../../workflows/domain/base/safe-key';
import type { FieldProblem } from './request-schema';

/** Returns what is wrong with a name that becomes part of ids and paths. */
export function findNameProblems(field: string, name: string): readonly FieldProblem[] {
  const rule = brokenKeyRule(name);
  return rule === null ? [] : [{ field, problem: `is ${JSON.stringify(name)}; ${rule}` }];
}
