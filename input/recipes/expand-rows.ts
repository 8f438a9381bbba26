/** Expands a recipe: every combination of its matrix, for every row. The items are made one at a time. */
import path from 'node:path';
import { findFieldRule } from '../../workflows/domain/operations/operations';
import type { InputRow, InputStep } from '../input-row';
import { isPictureBytes } from '../pictures/picture-bytes';
import { parseField } from '../requests/field-text';
import { parseInputReference, takesPicture } from '../requests/input-reference';
import type { FieldProblem } from '../requests/request-schema';
import { renderKey, toDefaultKey } from './item-key';
import { type Combination, listCombinations } from './matrix';
import { formatPath } from './parse-document';
import { listOwnVariables, listUses, type Recipe } from './recipe';
import { type RecipeStep, toFieldPath } from './recipe-step';
import { parseStepVariable } from './step-references';
import { findOnlyVariable, renderTemplate, type Template } from './template';
import { describeMissing } from './variables';

/** Rows whose columns are variables. */
interface VariableRows {
  readonly rows: AsyncIterable<InputRow>;
  /** The folder that paths in the rows start from. */
  readonly pathsFrom: string;
}

type Variables = ReadonlyMap<string, unknown>;

/** The first item of a recipe without rows. @param key the value of the variable `key` */
export function expandFirst(recipe: Recipe, key: string): InputRow | null {
  return new Expansion(recipe, null).itemsAlone(key).next().value ?? null;
}

/** @param source `null`: the matrix alone makes the items */
export async function* expandRows(recipe: Recipe, source: VariableRows | null): AsyncGenerator<InputRow> {
  const expansion = new Expansion(recipe, source);
  if (source === null) yield* expansion.itemsAlone();
  else for await (const row of source.rows) yield* expansion.itemsOf(row);
}

class Expansion {
  private number = 0;
  private readonly own: ReadonlySet<string>;
  private readonly uses: ReturnType<typeof listUses>;

  constructor(
    private readonly recipe: Recipe,
    private readonly source: VariableRows | null,
  ) {
    this.own = listOwnVariables(recipe);
    this.uses = listUses(recipe);
  }

  *itemsAlone(key: string | null = null): Generator<InputRow, undefined> {
    for (const combination of listCombinations(this.recipe.matrix)) {
      const number = this.next();
      yield { line: number, number, ...this.expand(key, new Map(), combination) };
    }
  }

  /** The items of a row; the row itself if it has problems. */
  *itemsOf(row: InputRow): Generator<InputRow> {
    const { line } = row;
    const key = toRowKey(row);
    const columns: Variables = new Map(
      Object.entries({ ...row.carried, ...row.values }).filter(([name]) => name !== 'key'),
    );
    const problems = row.problems.length > 0 ? row.problems : this.findRowProblems(columns);
    if (problems.length > 0) {
      yield { ...row, number: this.next(), values: {}, problems };
      return;
    }
    let { warnings = [] } = row;
    for (const combination of listCombinations(this.recipe.matrix)) {
      yield { line, number: this.next(), ...this.expand(key, columns, combination), warnings };
      warnings = [];
    }
  }

  private next(): number {
    this.number += 1;
    return this.number;
  }

  /** Problems of a row that all of its items would have. */
  private findRowProblems(columns: Variables): readonly FieldProblem[] {
    const { inMatrix, values: given } = this.recipe;
    const twice = [...columns.keys()]
      .filter((column) => inMatrix.has(column) && !given.has(column))
      .map((column) => ({ field: column, problem: 'is a column and a variable of the matrix; rename one of them' }));
    const known = new Set([...columns.keys(), ...this.own, 'key']);
    const missing = this.uses
      .filter(({ variable }) => !known.has(variable))
      .map(({ path: place, variable }) => ({
        field: formatPath(place),
        problem: describeMissing(variable, known, true),
      }));
    return [...twice, ...missing];
  }

  private expand(
    rowKey: string | null,
    columns: Variables,
    combination: Combination,
  ): Pick<InputRow, 'values' | 'steps' | 'keep' | 'carried' | 'problems'> {
    const { recipe } = this;
    const variables = new Map<string, unknown>([...columns, ...combination, ...recipe.values]);
    // The type of a value that was set is that of the list that it replaces.
    for (const [name, value] of combination) if (recipe.matrix.lists.has(name)) variables.set(name, value);
    const problems: FieldProblem[] = [];
    const lookup = (name: string) => parseStepVariable(name) ?? (name === 'key' ? rowKey : variables.get(name));
    const steps = recipe.steps.map((step, index) => {
      const values = step.fields.map(([field, template]) => {
        const onProblem = (problem: string) => problems.push({ field: formatPath(toFieldPath(index, field)), problem });
        return [field, this.fit(step, field, template, renderTemplate(template, lookup, onProblem), columns)] as const;
      });
      return { ...step, values: Object.fromEntries([['operation', step.operation], ...values]) };
    });
    const onProblem = (problem: string) => problems.push({ field: 'name', problem });
    const key =
      recipe.name === null
        ? toDefaultKey(rowKey, combination, recipe.matrix)
        : renderKey(recipe.name, lookup, onProblem);
    const carried = [...variables].filter(([, value]) => !isPictureBytes(value));
    return { ...this.toValues(key, steps), carried: Object.fromEntries(carried), problems };
  }

  /** A recipe of one step makes ordinary rows. */
  private toValues(
    key: string,
    steps: readonly (Pick<RecipeStep, 'id'> & Pick<InputStep, 'values'>)[],
  ): Pick<InputRow, 'values' | 'steps' | 'keep'> {
    const { keep } = this.recipe;
    const named = steps.flatMap(({ id, values }) => (id === null ? [] : [{ id, values }]));
    if (named.length === 0) return { values: { key, ...steps[0]?.values } };
    return { values: { key }, steps: named, ...(keep.length === 0 ? {} : { keep }) };
  }

  /** A text becomes a value of the field's type, as a cell of a table does. */
  private fit(
    { operation }: RecipeStep,
    field: string,
    template: Template,
    value: unknown,
    columns: Variables,
  ): unknown {
    const { folder } = this.recipe;
    const rule = findFieldRule(operation, field);
    const typed = typeof value === 'string' && rule !== undefined ? parseField(rule, value) : value;
    const from = this.findFolder(findOnlyVariable(template), columns);
    return from === folder || !takesPicture(operation, field) ? typed : toAbsolute(typed, from);
  }

  /** The folder that a path starts from: that of the file, or of the command line, in which it is written. */
  private findFolder(variable: string | null, columns: Variables): string {
    const { folder, cwd, values } = this.recipe;
    if (variable === null) return folder;
    if (values.has(variable)) return cwd;
    return columns.has(variable) ? (this.source?.pathsFrom ?? folder) : folder;
  }
}

/** As in a batch without a recipe: the row's number if it has no key. */
function toRowKey({ values, number }: InputRow): string {
  return String(values['key'] ?? number);
}

function toAbsolute(value: unknown, folder: string): unknown {
  if (Array.isArray(value)) return value.map((one) => toAbsolute(one, folder));
  return typeof value === 'string' && parseInputReference(value)?.kind === 'file' ? path.resolve(folder, value) : value;
}
