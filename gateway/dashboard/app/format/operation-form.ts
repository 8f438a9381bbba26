/** The form of an operation, made of its row in the table of operations: what a user fills in, as a request, and back. */
import {
  describeField,
  type FieldRule,
  findFieldRule,
  getOperationRow,
  listRequiredFields,
  type OperationName,
} from '../../../../workflows/domain/operations/operations';

/** What a user has filled in for one field. */
export interface FieldInput<F> {
  /** As typed. Lists have one entry per line, colours are separated by commas or spaces. Empty: nothing. */
  readonly text: string;
  /** Pictures that were chosen; they go before addresses. */
  readonly files: readonly F[];
}

/** By field. Absent: nothing was filled in. */
export type FormValues<F> = ReadonlyMap<string, FieldInput<F>>;

export interface FormField {
  readonly name: string;
  readonly rule: FieldRule;
  readonly isRequired: boolean;
  /** Whether it is shown at once: the request needs it, or it is what differs from item to item. */
  readonly isMain: boolean;
}

/** The fields of an operation, in the order of the table: those that are shown at once come first. */
export function listFormFields(operation: OperationName, omitted: readonly string[] = []): readonly FormField[] {
  const { fields, main, requiresOneOf = [] } = getOperationRow(operation);
  const required = listRequiredFields(operation);
  const shown = new Set([main, 'prompt', ...required, ...requiresOneOf]);
  const all = Object.entries(fields)
    .filter(([name]) => !omitted.includes(name))
    .map(([name, rule]) => ({ name, rule, isRequired: required.includes(name), isMain: shown.has(name) }));
  return [...all.filter(({ isMain }) => isMain), ...all.filter(({ isMain }) => !isMain)];
}

/** Larger bounds say nothing. */
const MAX_SHOWN_BOUND = 1_000_000;

/** The help of a field: what it is, its default, and what is allowed. */
export function describeFormField(rule: FieldRule): string {
  const allowed = describeAllowed(rule);
  return allowed === '' ? describeField(rule) : `${describeField(rule)}; ${allowed}`;
}

function describeAllowed(rule: FieldRule): string {
  if (rule.type === 'integer' || rule.type === 'number') {
    const { minimum, maximum, multipleOf } = rule;
    const range = maximum > MAX_SHOWN_BOUND ? `from ${minimum}` : `${minimum} to ${maximum}`;
    return multipleOf === undefined ? range : `${range}, a multiple of ${multipleOf}`;
  }
  if (rule.type === 'text') return `at most ${rule.maximumLength} characters`;
  return '';
}

export interface FormRequest<F> {
  readonly request: Readonly<Record<string, unknown>>;
  /** The chosen pictures, by the part of the form that the request names. */
  readonly parts: ReadonlyMap<string, F>;
}

/**
 * The request of a form. Fields that are empty are left out. Values that cannot be read are sent as they are: the API names
 * every problem.
 */
export function toRequest<F>(operation: OperationName, values: FormValues<F>): FormRequest<F> {
  const request = new Map<string, unknown>();
  const parts = new Map<string, F>();
  for (const { name, rule } of listFormFields(operation)) {
    const { text, files } = values.get(name) ?? { text: '', files: [] };
    const named = files.map((file, index) => {
      const part = `${name}-${index + 1}`;
      parts.set(part, file);
      return `part:${part}`;
    });
    const given = text.trim() === '' ? [] : [READERS[rule.type](text)].flat();
    const isList = rule.type === 'texts' || rule.type === 'colours' || named.length + given.length > 1;
    const all = [...named, ...given];
    if (all.length > 0) request.set(name, isList ? all : all[0]);
  }
  return { request: Object.fromEntries(request), parts };
}

const toLines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

const READERS: Readonly<Record<FieldRule['type'], (text: string) => unknown>> = {
  integer: toNumber,
  number: toNumber,
  text: (text) => text,
  texts: toLines,
  url: (text) => text.trim(),
  urls: toLines,
  choice: (text) => text,
  flag: (text) => (text === 'true' || text === 'false' ? text === 'true' : text),
  colour: (text) => text.trim(),
  colours: (text) => text.split(/[\s,]+/).filter((one) => one !== ''),
  object: toJson,
};

function toNumber(text: string): unknown {
  return Number.isNaN(Number(text)) ? text : Number(text);
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The form of a request, for instance to run it again with changes. Fields that the operation does not have are left out. */
export function toFormValues(operation: OperationName, request: Readonly<Record<string, unknown>>): FormValues<never> {
  return new Map(
    Object.entries(request).flatMap(([name, value]) => {
      const rule = findFieldRule(operation, name);
      return rule === undefined ? [] : [[name, { text: toText(rule, value), files: [] }] as const];
    }),
  );
}

function toText({ type }: FieldRule, value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(type === 'colours' ? ', ' : '\n');
  return typeof value === 'object' && value !== null ? JSON.stringify(value, null, 2) : String(value);
}

interface Finding {
  readonly field?: string | undefined;
  readonly problem: string;
}

export interface SortedProblems {
  /** By field of the operation. */
  readonly byField: ReadonlyMap<string, string>;
  /** Those of no field of the operation, as sentences. */
  readonly others: readonly string[];
}

/** Assigns the problems that the API names to the fields of a form. */
export function sortProblems(operation: OperationName, findings: readonly Finding[]): SortedProblems {
  const byField = new Map<string, string>();
  const others: string[] = [];
  for (const { field = '', problem } of findings) {
    const name = field.replace(/^request\./, '');
    if (findFieldRule(operation, name) === undefined) others.push(`${field} ${problem}`.trim());
    else byField.set(name, [byField.get(name), problem].filter((one) => one !== undefined).join('; '));
  }
  return { byField, others };
}
