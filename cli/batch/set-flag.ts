/** Parses `--set field=value`. */
import path from 'node:path';
import { COLUMN_NAMES, ROW_COLUMNS } from '../../input/columns';
import { adviseName } from '../../input/requests/closest-match';
import { parseInputReference, takesPicture } from '../../input/requests/input-reference';
import { OPERATION_NAMES } from '../../workflows/domain/operations/operations';

const FIELDS = [...COLUMN_NAMES].filter((name) => !ROW_COLUMNS.includes(name));

/** The texts before and after the first `=`; empty if one is missing. */
export function splitPair(text: string): readonly [string, string] {
  const [, name = '', value = ''] = /^([^=]*)=(.+)$/s.exec(text) ?? [];
  return [name, value];
}

/** Values by field. Adds problems to `problems`. */
export function readValues(texts: readonly string[], cwd: string, problems: string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const text of texts) {
    const [field, value] = splitPair(text);
    const problem = findProblem(field, value, values);
    if (problem === null) values.set(field, toAbsolute(field, value, cwd));
    else problems.push(`--set is "${text}"; ${problem}`);
  }
  return values;
}

/** Values by variable of a recipe. Adds problems to `problems`. */
export function readVariables(texts: readonly string[], problems: string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const text of texts) {
    const [given, value] = splitPair(text);
    const name = given.trim();
    if (name === '' || value.trim() === '')
      problems.push(`--set is "${text}"; must be a variable and a value, like colour=green`);
    else if (values.has(name)) problems.push(`--set is "${text}"; ${name} is set twice; keep one`);
    else values.set(name, value);
  }
  return values;
}

function findProblem(field: string, value: string, before: ReadonlyMap<string, string>): string | null {
  if (value.trim() === '') return 'must be a field and a value, like recolor=#f0f0f0';
  if (field === 'operation') return 'use --operation';
  if (field === 'key') return 'each row must have a key of its own';
  if (!FIELDS.includes(field)) return adviseName(field, FIELDS);
  return before.has(field) ? `${field} is set twice; keep one` : null;
}

/** Paths in a flag start from the working folder, those in a file from the folder of the file. */
function toAbsolute(field: string, value: string, cwd: string): string {
  if (!OPERATION_NAMES.some((operation) => takesPicture(operation, field))) return value;
  const parts = value.split('|').map((part) => part.trim());
  return parts.map((part) => (parseInputReference(part)?.kind === 'file' ? path.resolve(cwd, part) : part)).join('|');
}
