/** Sorts the values of a JSON row into fields and carried values. */

import { type Columns, isShowable } from './columns';
import type { InputRow, InputWarning } from './input-row';
import type { FieldProblem } from './requests/request-schema';

type Named = Pick<InputRow, 'values' | 'carried' | 'nameProblems' | 'warnings'>;

export class NamedValues {
  private readonly warned = new Set<string>();

  constructor(private readonly columns: Columns) {}

  of(line: number, raw: Readonly<Record<string, unknown>>): Named {
    const values = new Map<string, unknown>();
    const carried = new Map<string, unknown>();
    const problems: FieldProblem[] = [];
    const warnings: InputWarning[] = [];
    const operation = this.columns.findOperation(raw);
    for (const [name, value] of Object.entries(raw)) {
      const column = this.columns.findColumn(name, 'a field', operation);
      // Not given, like an empty cell: a name without a value is not checked.
      if (value === null) continue;
      if (column.kind === 'wrong') problems.push(column.problem);
      else if (column.kind === 'carried') {
        carried.set(name, value);
        if (!column.isNamed) warnings.push(...this.toWarning(line, name));
      } else if (values.has(column.name)) problems.push({ field: column.name, problem: 'occurs twice; keep one' });
      else values.set(column.name, value);
    }
    return {
      values: Object.fromEntries(values),
      carried: Object.fromEntries(carried),
      nameProblems: problems,
      warnings,
    };
  }

  /** The warning about a name, given once per name. */
  private toWarning(line: number, name: string): readonly InputWarning[] {
    if (this.warned.has(name) || this.warned.size >= MAX_WARNED) return [];
    this.warned.add(name);
    const field = isShowable(name) ? name : 'a field';
    return [{ line, field, problem: 'is not a field of a request; it is not sent, and is returned with the results' }];
  }
}

/** Largest number of names with a warning. */
const MAX_WARNED = 1_000;
