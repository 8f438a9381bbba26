/** Input from texts, and what was read of it. */
import { InputFileError } from '../../input/input-file-error';
import type { InputRow } from '../../input/input-row';
import type { InputFormat, InputSource } from '../../input/open-input';
import { type Plan, type PlanOptions, planRows } from '../../input/plan';
import { readRows } from '../../input/read-rows';

/** As a file would give its bytes: in chunks that end at `cuts`. */
export async function* splitChunks(content: string | Buffer, cuts: readonly number[] = []): AsyncIterable<Uint8Array> {
  const bytes = Buffer.from(content);
  const ends = [...cuts.filter((cut) => cut < bytes.length), bytes.length].sort((left, right) => left - right);
  let from = 0;
  for (const end of ends) {
    yield bytes.subarray(from, end);
    from = end;
  }
}

export function makeSource(
  content: string | Buffer,
  format: InputFormat = 'csv',
  cuts: readonly number[] = [],
): InputSource {
  return { name: `rows.${format}`, format, bytes: splitChunks(content, cuts) };
}

/** Reads and checks a source, like `imagepipeline plan`. */
export function planSource(source: InputSource, options: PlanOptions = {}): Promise<Plan> {
  return planRows(source.name, readRows(source), options);
}

interface Read {
  readonly rows: readonly InputRow[];
  /** The message of the error that ended it. */
  readonly error: string | null;
}

/** Everything that was read, and why it ended before the end of the file if it did. */
export async function readAll(source: InputSource): Promise<Read> {
  const rows: InputRow[] = [];
  try {
    for await (const row of readRows(source)) rows.push(row);
    return { rows, error: null };
  } catch (error) {
    if (!(error instanceof InputFileError)) throw error;
    return { rows, error: error.message };
  }
}

/** All that a row has, whatever its names are. */
export function allValues({ values, carried = {} }: InputRow): Readonly<Record<string, unknown>> {
  return { ...carried, ...values };
}

/** As JSON gives it back, without what is not given. */
export function withoutNulls(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const values: Readonly<Record<string, unknown>> = JSON.parse(JSON.stringify(row));
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

/** Problems as `line: field problem`. */
export function formatProblems({ rows }: Read): string[] {
  return rows.flatMap(({ line, problems }) => problems.map(({ field, problem }) => `${line}: ${field} ${problem}`));
}
