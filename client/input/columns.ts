/** The columns of a batch: the fields of every operation, `key` and `operation`, and carried columns. */
import { getOperationRow, OPERATION_NAMES } from '../../workflows/domain/operations/operations';
import { computeEditDistance } from '../requests/closest-match';
import type { FieldProblem } from '../requests/request-schema';
import { TYPOGRAPHIC_QUOTES, visibleText, withoutInvisible } from '../requests/visible-text';
import { FILE_WORDS, type PlanWords } from './plan-words';

/** Columns about the row itself. Every other column is a field of its request, or carried. */
export const ROW_COLUMNS: readonly string[] = ['key', 'operation'];

const FIELDS_BY_OPERATION = OPERATION_NAMES.map((name) => Object.entries(getOperationRow(name).fields));

export const COLUMN_NAMES: ReadonlySet<string> = new Set([
  ...ROW_COLUMNS,
  ...FIELDS_BY_OPERATION.flatMap((fields) => fields.map(([name]) => name)),
]);
const KNOWN = [...COLUMN_NAMES];

/** The fields that every row requires, whatever its operation. */
export const NEEDED_COLUMNS: readonly string[] = requiredBy(FIELDS_BY_OPERATION[0] ?? []).filter((name) =>
  FIELDS_BY_OPERATION.every((fields) => requiredBy(fields).includes(name)),
);

/** The caller's rules for columns whose names are not fields. */
export interface ColumnRules {
  /** Columns of the file, by the field (or `key` or `operation`) that they contain. */
  readonly map?: ReadonlyMap<string, string>;
  /** Columns that are carried: returned with the results and not sent. */
  readonly carry?: readonly string[];
  /** Refuses every column that is neither known nor named here. Default false: it is carried. */
  readonly strict?: boolean;
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

/** Finds the meaning of the columns of one file. */
export class Columns {
  private readonly known = new Map<string, Column>();
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

  /** @param place the name in messages if its own cannot be shown */
  findColumn(name: string, place: string): Column {
    this.unseen.delete(name);
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const column = this.judge(name, place);
    if (this.known.size < MAX_REMEMBERED) this.known.set(name, column);
    return column;
  }

  /** The field that a column contains; the column's name if it contains none. */
  findField(name: string): string {
    const column = this.findColumn(name, 'a field');
    return column.kind === 'own' ? column.name : name;
  }

  /** Columns that the caller named and that no row has. */
  get missing(): readonly string[] {
    return [...this.unseen];
  }

  private judge(name: string, place: string): Column {
    const { carry = [], strict = false } = this.rules;
    const mapped = this.fieldByColumn.get(name);
    if (mapped !== undefined) return { kind: 'own', name: mapped };
    if (carry.includes(name)) return { kind: 'carried', name, isNamed: true };
    const plain = name.toLowerCase();
    if (COLUMN_NAMES.has(plain)) return { kind: 'own', name: plain };
    const { words } = this;
    const problem = spoiltName(name, place) ?? slip(name, words) ?? (strict ? unknownColumn(name, place, words) : null);
    return problem === null ? { kind: 'carried', name, isNamed: false } : { kind: 'wrong', problem };
  }
}

/** A problem for a known name with invisible characters or typographic quotes; `null` for any other name. */
function spoiltName(name: string, place: string): FieldProblem | null {
  const bare = withoutInvisible(name).replace(TYPOGRAPHIC_QUOTES, '').trim().toLowerCase();
  if (bare === name.toLowerCase() || !COLUMN_NAMES.has(bare)) return null;
  return { field: place, problem: `is ${visibleText(name)}; must be "${bare}"` };
}

function slip(name: string, { keepColumn }: PlanWords): FieldProblem | null {
  const near = nearestColumn(name);
  if (near === null) return null;
  const quoted = /^[\w-]+$/.test(name) ? name : JSON.stringify(name);
  return {
    field: name,
    problem: `is not known; did you mean ${near}? ${keepColumn(near, quoted)}`,
  };
}

function nearestColumn(name: string): string | null {
  const plain = name.toLowerCase().replace(/[-\s]/g, '_');
  // Every row may have its own columns, so only names of similar length are compared.
  const alike = KNOWN.filter(({ length }) => Math.abs(length - plain.length) <= MAX_SLIPS);
  const ranked = alike.map((known) => ({ known, slips: computeEditDistance(plain, known) }));
  const [best] = ranked.sort((left, right) => left.slips - right.slips);
  return best !== undefined && best.slips <= MAX_SLIPS ? best.known : null;
}

function unknownColumn(name: string, place: string, { carry }: PlanWords): FieldProblem {
  const advice = `must be one of ${KNOWN.join(', ')}; ${carry}`;
  return isShowable(name)
    ? { field: name, problem: `is not known; ${advice}` }
    : { field: place, problem: `has a text of ${name.length} characters for a name; ${advice}` };
}

/** Whether a name may be shown. A file without a header has prompts as names, and prompts are never repeated. */
export function isShowable(name: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_ -]{0,23}$/u.test(name);
}

function requiredBy(fields: readonly (readonly [string, { readonly required?: true }])[]): string[] {
  return fields.filter(([, rule]) => rule.required === true).map(([name]) => name);
}
