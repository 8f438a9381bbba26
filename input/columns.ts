/** The columns of a batch: `key` and `operation`, the fields of the operations, and carried columns. */
import { getOwn } from '../workflows/domain/base/own-value';
import {
  DEFAULT_OPERATION,
  findFieldRule,
  getOperationRow,
  isOperationName,
  listRequiredFields,
  OPERATION_NAMES,
  type OperationName,
} from '../workflows/domain/operations/operations';
import type { InputRow } from './input-row';
import { FILE_WORDS, type PlanWords } from './plan-words';
import { computeEditDistance } from './requests/closest-match';
import { parseField } from './requests/field-text';
import type { FieldProblem } from './requests/request-schema';
import { TYPOGRAPHIC_QUOTES, visibleText, withoutInvisible } from './requests/visible-text';

const [KEY_COLUMN, OPERATION_COLUMN] = ['key', 'operation'] as const;
/** Columns about the row itself. Every other column is a field of its request, or carried. */
export const ROW_COLUMNS: readonly string[] = [KEY_COLUMN, OPERATION_COLUMN];

/** The operation of rows; `null` if each row names its own. */
type RowOperation = OperationName | null;

const NAMES = new Map<RowOperation, ReadonlySet<string>>(
  OPERATION_NAMES.map((name) => [name, new Set([...ROW_COLUMNS, ...Object.keys(getOperationRow(name).fields)])]),
);

/** The columns of every operation. */
export const COLUMN_NAMES: ReadonlySet<string> = new Set([...NAMES.values()].flatMap((names) => [...names]));
NAMES.set(null, COLUMN_NAMES);

/** Main inputs that are addresses, and the operations that have them. */
const MAIN_INPUTS = new Map<string, readonly OperationName[]>();
for (const name of OPERATION_NAMES) {
  const { main, fields } = getOperationRow(name);
  const isAddress = ['url', 'urls'].includes(getOwn(fields, main)?.type ?? '');
  if (isAddress) MAIN_INPUTS.set(main, [...(MAIN_INPUTS.get(main) ?? []), name]);
}

/** The columns that rows of an operation may have. */
export function listColumns(operation: RowOperation): ReadonlySet<string> {
  return NAMES.get(operation) ?? COLUMN_NAMES;
}

/** The columns that a header must have. If each row names its operation, only the rows show this. */
export function listNeededColumns(operation: RowOperation): readonly string[] {
  return operation === null ? [] : listRequiredFields(operation);
}

/** Whether names are the header of a table of requests: it names an operation, or has the fields of the default one. */
export function isHeaderOfRequests(names: readonly string[]): boolean {
  return names.includes(OPERATION_COLUMN) || listNeededColumns(DEFAULT_OPERATION).every((name) => names.includes(name));
}

/** The caller's rules for columns whose names are not fields. */
export interface ColumnRules {
  /** Columns of the file, by the field (or `key` or `operation`) that they contain. */
  readonly map?: ReadonlyMap<string, string>;
  /** Columns that are carried: returned with the results and not sent. */
  readonly carry?: readonly string[];
  /** Refuses every column that is neither known nor named here. Default false: it is carried. */
  readonly strict?: boolean;
  /** The operation of rows that name none. Default `generate/image`. */
  readonly operation?: OperationName;
  /** Values of fields, as text, for rows that have none of their own. */
  readonly set?: ReadonlyMap<string, string>;
  /** Whether columns are variables of a recipe: all but the key are carried. Default false. */
  readonly areVariables?: boolean;
}

/** The meaning of a column. */
export type Column =
  | { readonly kind: 'own'; readonly name: string }
  | { readonly kind: 'carried'; readonly name: string; readonly isNamed: boolean }
  | { readonly kind: 'wrong'; readonly problem: FieldProblem };

/** Largest edit distance to a field at which a name counts as a typo. */
const MAX_SLIPS = 2;
/** Size of the cache of names: every JSON object may have its own. Further names are looked up each time. */
const MAX_REMEMBERED = 1_000;
const NO_VALUES: ReadonlyMap<string, string> = new Map();

/** Finds the meaning of the columns of one file. */
export class Columns {
  private readonly known = new Map<RowOperation, Map<string, Column>>();
  private readonly fieldByColumn: ReadonlyMap<string, string>;
  private readonly unseen: Set<string>;

  constructor(
    private readonly rules: ColumnRules = {},
    private readonly words: PlanWords = FILE_WORDS,
  ) {
    const { map = new Map<string, string>(), carry = [] } = rules;
    this.fieldByColumn = new Map([...map].map(([field, column]) => [column, field]));
    this.unseen = new Set([...map.values(), ...carry]);
  }

  /** The operation of rows that name none. */
  get defaultOperation(): OperationName {
    return this.rules.operation ?? DEFAULT_OPERATION;
  }

  /** Whether rows without a value of this field get one. */
  hasDefault(field: string): boolean {
    return this.rules.set?.has(field) === true;
  }

  /** Gives a row the operation and the values that it lacks. */
  fillIn(row: InputRow): InputRow {
    const { operation: given, set = NO_VALUES } = this.rules;
    if (row.problems.length > 0 || (given === undefined && set.size === 0)) return row;
    const own = Object.entries(row.values).filter(([, value]) => value !== null);
    const values = new Map<string, unknown>([[OPERATION_COLUMN, this.defaultOperation], ...own]);
    const operation = values.get(OPERATION_COLUMN);
    for (const [field, text] of set) {
      const isKnown = typeof operation === 'string' && isOperationName(operation);
      const rule = isKnown ? findFieldRule(operation, field) : undefined;
      if (!values.has(field)) values.set(field, rule === undefined ? text : parseField(rule, text));
    }
    return { ...row, values: Object.fromEntries(values) };
  }

  /** @param place the name in messages if its own cannot be shown */
  findColumn(name: string, place: string, operation: RowOperation): Column {
    this.unseen.delete(name);
    const known = this.getKnown(operation);
    const found = known.get(name);
    if (found !== undefined) return found;
    const column = this.judge(name, place, operation);
    if (known.size < MAX_REMEMBERED) known.set(name, column);
    return column;
  }

  private getKnown(operation: RowOperation): Map<string, Column> {
    const known = this.known.get(operation);
    if (known !== undefined) return known;
    const added = new Map<string, Column>();
    this.known.set(operation, added);
    return added;
  }

  /** The field that a column contains; the column's name if it contains none. */
  findField(name: string, operation: RowOperation): string {
    const column = this.findColumn(name, 'a field', operation);
    return column.kind === 'own' ? column.name : name;
  }

  /** The operation of rows below a header. */
  findHeaderOperation(header: readonly string[]): RowOperation {
    if (this.rules.areVariables === true) return null;
    return this.findOperationColumn(header) === undefined ? this.defaultOperation : null;
  }

  /** The operation of a row; `null` if it names one that does not exist. */
  findOperation(row: Readonly<Record<string, unknown>>): RowOperation {
    if (this.rules.areVariables === true) return null;
    const column = this.findOperationColumn(Object.keys(row));
    const given = column === undefined ? null : (getOwn(row, column) ?? null);
    if (given === null) return this.defaultOperation;
    return typeof given === 'string' && isOperationName(given) ? given : null;
  }

  private findOperationColumn(names: readonly string[]): string | undefined {
    const { map = new Map<string, string>(), carry = [] } = this.rules;
    const mapped = map.get(OPERATION_COLUMN);
    return names.find((name) => name === mapped || (name.toLowerCase() === OPERATION_COLUMN && !carry.includes(name)));
  }

  /** Columns that the caller named and that no row has. */
  get missing(): readonly string[] {
    return [...this.unseen];
  }

  private judge(name: string, place: string, operation: RowOperation): Column {
    const names = listColumns(operation);
    const { carry = [], strict = false } = this.rules;
    const mapped = this.fieldByColumn.get(name);
    if (mapped !== undefined) return { kind: 'own', name: mapped };
    if (carry.includes(name)) return { kind: 'carried', name, isNamed: true };
    const plain = name.toLowerCase();
    if (this.rules.areVariables === true && plain !== KEY_COLUMN) return { kind: 'carried', name, isNamed: true };
    if (names.has(plain)) return { kind: 'own', name: plain };
    const { words } = this;
    const problem =
      findOtherMainInput(name, operation, words) ??
      spoiltName(name, place, names) ??
      slip(name, words, names) ??
      (strict ? unknownColumn(name, place, words, names) : null);
    return problem === null ? { kind: 'carried', name, isNamed: false } : { kind: 'wrong', problem };
  }
}

/** A problem for a known name with invisible characters or typographic quotes; `null` for any other name. */
function spoiltName(name: string, place: string, names: ReadonlySet<string>): FieldProblem | null {
  const bare = withoutInvisible(name).replace(TYPOGRAPHIC_QUOTES, '').trim().toLowerCase();
  if (bare === name.toLowerCase() || !names.has(bare)) return null;
  return { field: place, problem: `is ${visibleText(name)}; must be "${bare}"` };
}

/** A problem for the input of another operation: without this, the row would be paid for as a wrong job. */
function findOtherMainInput(name: string, operation: RowOperation, { carry }: PlanWords): FieldProblem | null {
  const operations = MAIN_INPUTS.get(name.toLowerCase());
  if (operations === undefined) return null;
  const own = operation ?? DEFAULT_OPERATION;
  const advice = `name the row's operation in "${OPERATION_COLUMN}"; ${carry}`;
  return { field: name, problem: `is an input of ${operations.join(', ')}, not of ${own}; ${advice}` };
}

function slip(name: string, { keepColumn }: PlanWords, names: ReadonlySet<string>): FieldProblem | null {
  const near = nearestColumn(name, names);
  if (near === null) return null;
  const quoted = /^[\w-]+$/.test(name) ? name : JSON.stringify(name);
  return {
    field: name,
    problem: `is not known; did you mean ${near}? ${keepColumn(near, quoted)}`,
  };
}

function nearestColumn(name: string, names: ReadonlySet<string>): string | null {
  const plain = name.toLowerCase().replace(/[-\s]/g, '_');
  // Every row may have its own columns, so only names of similar length are compared.
  const alike = [...names].filter(({ length }) => Math.abs(length - plain.length) <= MAX_SLIPS);
  const ranked = alike.map((known) => ({ known, slips: computeEditDistance(plain, known) }));
  const [best] = ranked.sort((left, right) => left.slips - right.slips);
  return best !== undefined && best.slips <= MAX_SLIPS ? best.known : null;
}

function unknownColumn(name: string, place: string, { carry }: PlanWords, names: ReadonlySet<string>): FieldProblem {
  const advice = `must be one of ${[...names].join(', ')}; ${carry}`;
  return isShowable(name)
    ? { field: name, problem: `is not known; ${advice}` }
    : { field: place, problem: `has a text of ${name.length} characters for a name; ${advice}` };
}

/** Whether a name may be shown. A file without a header has prompts as names, and prompts are never repeated. */
export function isShowable(name: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_ -]{0,23}$/u.test(name);
}
