/** Checks each row alone and against the rows before it. */
import { createHash } from 'node:crypto';
import type { PlainRow, RequestFields, RowStep } from '../workflows/domain/item/item';
import { DEFAULT_OPERATION, isOperationName } from '../workflows/domain/operations/operations';
import { FirstLines } from './first-lines';
import type { InputRow, InputWarning } from './input-row';
import type { PictureInputs } from './pictures/picture-inputs';
import { FILE_WORDS, type PlanWords } from './plan-words';
import { adviseName } from './requests/closest-match';
import { hashSteps } from './requests/hash-request';
import type { FieldProblem } from './requests/request-schema';
import { visibleText } from './requests/visible-text';
import { type RowRequest, rowRequest } from './row-request';

/** A row that may be submitted. */
export interface PlannedRow extends PlainRow {
  /** The line of the file where the row begins, from 1. */
  readonly line: number;
  /** Values that are returned with the results but not sent, by column of the file; absent if there are none. */
  readonly values?: Readonly<Record<string, unknown>>;
}

export type CheckedRow = RightRow | WrongRow;

/** Findings about the row beside its own problems. */
interface Noted {
  readonly warnings: readonly InputWarning[];
}

export interface RightRow extends Noted {
  readonly ok: true;
  readonly row: PlannedRow;
  /** The line of the first valid row with the same operation and fields; `null` if this is the first. */
  readonly sameAs: number | null;
  /** Whether the row is left out as a duplicate. */
  readonly dropped: boolean;
}

export interface WrongRow extends Noted {
  readonly ok: false;
  readonly line: number;
  /** `null` if it has no valid key. */
  readonly key: string | null;
  readonly problems: readonly FieldProblem[];
}

export interface CheckOptions {
  /** Leaves out rows that differ from an earlier row only in their key. Default false: they are kept, with a warning. */
  readonly dropDuplicates?: boolean;
  /** Default: the wording for a file. */
  readonly words?: PlanWords;
  /** Resolves inputs that are files. Default: inputs are addresses that the provider reads. */
  readonly inputs?: PictureInputs;
  /** Ids of the profiles that exist. Default: not checked. */
  readonly profiles?: readonly string[];
}

/** Yields one checked row per row. */
export async function* checkRows(
  rows: AsyncIterable<InputRow>,
  { dropDuplicates = false, words = FILE_WORDS, inputs, profiles }: CheckOptions = {},
): AsyncIterable<CheckedRow> {
  const check = new RowCheck(dropDuplicates, words, inputs, profiles ?? null);
  for await (const row of rows) yield await check.of(row);
}

class RowCheck {
  private readonly keys = new FirstLines();
  private readonly requests = new FirstLines();

  constructor(
    private readonly dropDuplicates: boolean,
    private readonly words: PlanWords,
    private readonly inputs: PictureInputs | undefined,
    private readonly profiles: readonly string[] | null,
  ) {}

  async of(row: InputRow): Promise<CheckedRow> {
    const { line, problems, warnings = [] } = row;
    if (problems.length > 0) return { ok: false, line, key: null, problems, warnings };
    const { key, problems: found, ...read } = await this.read(row);
    return found.length > 0 || key === null
      ? this.wrong({ ok: false, line, key, problems: found, warnings })
      : this.right({ line, key, ...read, ...toValues(row) }, warnings);
  }

  private async read(row: InputRow): Promise<RowRequest & Pick<PlannedRow, 'steps' | 'keep'>> {
    const { steps: given, keep } = row;
    if (given === undefined) return this.readStep(row);
    const steps: RowStep[] = [];
    const problems: FieldProblem[] = [];
    let last: RowRequest | null = null;
    for (const [index, { id, values }] of given.entries()) {
      const { nameProblems: _named, ...plain } = row;
      last = await this.readStep({ ...plain, values: { ...values, key: row.values['key'] } });
      const { operation, request } = last;
      steps.push({ id, operation, request });
      const isNew = ({ field }: FieldProblem) => field !== 'key' || index === 0;
      for (const { field, problem } of last.problems.filter(isNew))
        problems.push({ field: field === 'key' ? field : `${id}.${field}`, problem });
    }
    const { key = null, operation = DEFAULT_OPERATION } = last ?? {};
    return { key, operation, request: {}, problems, steps, ...(keep === undefined ? {} : { keep }) };
  }

  private async readStep(row: InputRow): Promise<RowRequest> {
    const values = await this.nameBytes(row.values);
    const read = await this.resolve(rowRequest({ ...row, values }, this.inputs?.accepted));
    return { ...read, problems: [...read.problems, ...this.findProfileProblem(read.request)] };
  }

  private async nameBytes(values: InputRow['values']): Promise<InputRow['values']> {
    const operation = values['operation'] ?? DEFAULT_OPERATION;
    const isKnown = typeof operation === 'string' && isOperationName(operation);
    return isKnown && this.inputs !== undefined ? this.inputs.nameBytes(operation, values) : values;
  }

  private async resolve(read: RowRequest): Promise<RowRequest> {
    if (this.inputs === undefined) return read;
    const { request, problems } = await this.inputs.resolve(read.operation, read.request);
    return { ...read, request, problems: [...read.problems, ...problems] };
  }

  private findProfileProblem({ profile_id: id }: RequestFields): readonly FieldProblem[] {
    const { profiles } = this;
    if (profiles === null || typeof id !== 'string' || profiles.includes(id)) return [];
    const advice = profiles.length === 0 ? 'there are no profiles' : adviseName(id, profiles);
    return [{ field: 'profile_id', problem: `is ${visibleText(id)}, which does not exist; ${advice}` }];
  }

  /** Only a valid row counts as the first of its kind: a skipped row must not drop another. */
  private right(row: PlannedRow, warnings: readonly InputWarning[]): CheckedRow {
    const digest = Buffer.from(hashSteps(row), 'hex');
    const sameAs = this.requests.find(digest);
    if (sameAs !== null && this.dropDuplicates) return { ok: true, row, sameAs, dropped: true, warnings };
    const taken = this.takeKey(row.key, row.line);
    if (taken.length > 0) return { ok: false, line: row.line, key: row.key, problems: taken, warnings };
    this.requests.put(digest, row.line);
    return { ok: true, row, sameAs, dropped: false, warnings };
  }

  /** Its key still counts as taken, so that fixing the row causes no new problem. */
  private wrong(row: WrongRow): CheckedRow {
    const taken = row.key === null ? [] : this.takeKey(row.key, row.line);
    return { ...row, problems: [...row.problems, ...taken] };
  }

  private takeKey(key: string, line: number): readonly FieldProblem[] {
    // On many file systems, names that differ only in case are one file.
    const digest = createHash('sha256').update(key.toLowerCase()).digest();
    const first = this.keys.find(digest);
    if (first !== null) return [keyTaken(key, this.words.place(first))];
    this.keys.put(digest, line);
    return [];
  }
}

function toValues({ carried = {} }: InputRow): Pick<PlannedRow, 'values'> {
  return Object.keys(carried).length === 0 ? {} : { values: carried };
}

function keyTaken(key: string, place: string): FieldProblem {
  const why = 'case is ignored, as in many file systems';
  return {
    field: 'key',
    problem: `is "${key}", which ${place} has already (${why}); each row must have a unique key`,
  };
}
