/** Checks a single row: its key, its operation and its request. */
import { brokenKeyRule } from '../workflows/domain/base/safe-key';
import type { PlainRow, RequestFields } from '../workflows/domain/item/item';
import { DEFAULT_OPERATION, isOperationName, type OperationName } from '../workflows/domain/operations/operations';
import { replaceStepReferences } from '../workflows/domain/operations/step-reference';
import { ROW_COLUMNS } from './columns';
import type { InputRow } from './input-row';
import { type AcceptedInputs, WEB_INPUTS } from './requests/input-reference';
import { adviseOperation } from './requests/operation-advice';
import { type FieldProblem, requestProblems } from './requests/request-schema';
import { invisibleIn, visibleText } from './requests/visible-text';

export interface RowRequest extends Pick<PlainRow, 'operation' | 'request'> {
  /** `null` if it is not safe as a file name. */
  readonly key: string | null;
  readonly problems: readonly FieldProblem[];
}

/**
 * A value of `null` means "not given", like an empty cell.
 *
 * @param accepted how inputs may be named
 */
export function rowRequest(
  { number, values, nameProblems = [], steps }: InputRow,
  accepted: AcceptedInputs = WEB_INPUTS,
): RowRequest {
  const key = readKey(values['key'] ?? number);
  const wrongKeys = keyProblems(key, values['key']);
  const operation = values['operation'] ?? DEFAULT_OPERATION;
  const fields = Object.entries(values).filter(([name, value]) => !ROW_COLUMNS.includes(name) && value !== null);
  const request = Object.fromEntries(fields);
  const isKnown = typeof operation === 'string' && isOperationName(operation);
  const found = isKnown
    ? requestProblems(operation, steps === undefined ? request : hideSteps(operation, request), accepted)
    : [];
  return {
    key: wrongKeys.length === 0 ? key : null,
    operation: isKnown ? operation : DEFAULT_OPERATION,
    request,
    problems: [
      ...wrongKeys,
      ...(isKnown ? found : [operationProblem(operation)]),
      ...markProblems(request, found),
      ...nameProblems,
    ],
  };
}

/** Stands for the file of an earlier step. */
const ANY = 'https://step.invalid/';

/** The check of a recipe has found which files of steps its fields take. */
function hideSteps(operation: OperationName, request: RequestFields): RequestFields {
  return replaceStepReferences(operation, request, () => ANY);
}

/** Accepts numbers, too: keys in JSON often are. */
function readKey(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return Number.isSafeInteger(value) ? String(value) : null;
}

function keyProblems(key: string | null, value: unknown): FieldProblem[] {
  const rule = brokenKeyRule(key ?? '');
  return rule === null ? [] : [{ field: 'key', problem: `is ${formatValue(value)}; ${rule}` }];
}

function operationProblem(value: unknown): FieldProblem {
  return { field: 'operation', problem: `is ${formatValue(value)}; ${adviseOperation(String(value))}` };
}

/** Formats a value for a message. Hides long text, and text with white space, which may be a prompt in the wrong column. */
function formatValue(value: unknown): string {
  if (typeof value !== 'string') return typeof value === 'object' ? 'a list or an object' : String(value);
  if (value.trim() === '') return 'empty';
  const hasSpace = /\s/.test(withoutMark(value));
  if (!hasSpace && value.length <= MAX_SHOWN_LENGTH) return visibleText(value);
  return `a text of ${value.length} characters${hasSpace ? ' with white space' : ''}`;
}

const MAX_SHOWN_LENGTH = 60;
/** The byte order mark. Editors write it at the start of a file; JavaScript treats it as white space. */
const MARK = '\ufeff';

function withoutMark(text: string): string {
  return text.replaceAll(MARK, '');
}

/** Concatenated files have byte order marks in the middle, which would be sent to the provider. */
export function markProblems(request: RequestFields, others: readonly FieldProblem[]): FieldProblem[] {
  return Object.entries(request)
    .filter(([name, value]) => typeof value === 'string' && value.includes(MARK) && !others.some(isAbout(name)))
    .map(([field]) => ({ field, problem: `contains the invisible character ${invisibleIn(MARK)}; delete it` }));
}

function isAbout(name: string): (problem: FieldProblem) => boolean {
  return ({ field }) => field === name;
}
