/** Checks the steps of an item that were given by a program. */
import { isObject } from '../base/is-object';
import { brokenKeyRule, SAFE_KEY_SCHEMA } from '../base/safe-key';
import { isOperationName, OPERATION_NAMES, type OperationName } from '../operations/operations';
import { listStepReferences } from '../operations/step-reference';
import type { InputProblem } from './application-failure';

/** What an item carries grows with its steps. */
export const MAX_STEPS = 10;

/** Ids are parts of file names, and of names with points. */
const STEP_ID = /^[A-Za-z][A-Za-z0-9_-]{0,39}$/;
const STEP_ID_RULE = 'must begin with a letter, and have at most 40 letters, digits, - and _';

/** The problem of the id of a step; `null` if it is valid. */
export function findStepIdProblem(id: string): string | null {
  if (!STEP_ID.test(id)) return STEP_ID_RULE;
  return brokenKeyRule(`${id}.x`) === null ? null : 'must not be a name that is reserved on Windows';
}

/** Without what one step says about others: each id is unique, and files are those of earlier steps. */
export const STEPS_SCHEMA = {
  type: 'array',
  minItems: 1,
  maxItems: MAX_STEPS,
  items: {
    type: 'object',
    properties: {
      id: { type: 'string', pattern: STEP_ID.source, not: SAFE_KEY_SCHEMA.not },
      operation: { enum: OPERATION_NAMES },
      request: { type: 'object' },
    },
    required: ['id', 'operation', 'request'],
  },
};

/** Every problem of the steps. What a request contains is checked by its operation, except for files of steps. */
export function findStepProblems(steps: unknown): readonly InputProblem[] {
  if (!Array.isArray(steps) || steps.length === 0 || steps.length > MAX_STEPS)
    return [{ field: 'steps', problem: `must be a list of 1 to ${MAX_STEPS} steps` }];
  const earlier: string[] = [];
  return steps.flatMap((step: unknown, index) => {
    const problems = findProblemsOf(step, earlier);
    if (isObject(step)) earlier.push(String(step['id']).toLowerCase());
    return problems.map(({ field, problem }) => ({ field: `steps[${index}]${field}`, problem }));
  });
}

function findProblemsOf(step: unknown, earlier: readonly string[]): readonly InputProblem[] {
  if (!isObject(step)) return [{ field: '', problem: 'must be an object with id, operation and request' }];
  const { id, operation, request } = step;
  const wrongId = typeof id === 'string' ? findIdProblem(id, earlier) : 'must be a text';
  const isKnown = typeof operation === 'string' && isOperationName(operation);
  return [
    ...(wrongId === null ? [] : [{ field: '.id', problem: wrongId }]),
    ...(isKnown ? [] : [{ field: '.operation', problem: 'must be the name of an operation' }]),
    ...(isObject(request) ? [] : [{ field: '.request', problem: 'must be an object' }]),
    ...(isKnown && isObject(request) ? findReferenceProblems(operation, request, earlier) : []),
  ];
}

function findIdProblem(id: string, earlier: readonly string[]): string | null {
  // On many file systems, names that differ only in case are one file.
  return earlier.includes(id.toLowerCase()) ? `is "${id}", as that of another step` : findStepIdProblem(id);
}

function findReferenceProblems(
  operation: OperationName,
  request: Readonly<Record<string, unknown>>,
  earlier: readonly string[],
): readonly InputProblem[] {
  return listStepReferences(operation, request)
    .filter(({ step }) => !earlier.includes(step.toLowerCase()))
    .map(({ step }) => ({ field: '.request', problem: `uses the file of "${step}", which is no earlier step` }));
}
