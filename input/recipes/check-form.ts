/** Checks the form of a recipe against its schema. Pure. */
import type { z } from 'zod';
import { getOwn } from '../../workflows/domain/base/own-value';
import { adviseName } from '../requests/closest-match';
import type { DocumentProblem, Path } from './parse-document';
import { RECIPE_SCHEMA, type RecipeForm } from './recipe-schema';

type Found = Omit<DocumentProblem, 'line'>;

interface CheckedForm {
  /** `null` if there are problems. */
  readonly form: RecipeForm | null;
  readonly problems: readonly Found[];
}

/** The names that each object of a recipe may have, by the name of the member that holds it. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(RECIPE_SCHEMA.shape),
  steps: Object.keys(RECIPE_SCHEMA.shape.steps.element.shape),
};

/** Returns every problem at once. */
export function checkForm(value: unknown): CheckedForm {
  const { success, data, error } = RECIPE_SCHEMA.safeParse(value);
  return success ? { form: data, problems: [] } : { form: null, problems: error.issues.flatMap(toProblems) };
}

function toProblems(issue: z.core.$ZodIssue): readonly Found[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((name) => ({ path: [...path, name], problem: describeUnknown(name, path) }));
  return [{ path, problem: issue.message }];
}

function describeUnknown(name: string, around: Path): string {
  const names = getOwn(NAMES, String(around[0] ?? '')) ?? [];
  return `is not known; ${adviseName(name, names)}`;
}
