import type { InputRow } from '../../input/input-row';
import { type BatchRows, type ColumnOptions, findRowsProblem, readProgramRows } from '../../input/program-rows';
import { InvalidRequestError } from '../errors';

/** @throws InvalidRequestError if `rows` is not iterable */
export async function* readBatchRows(rows: BatchRows, options: ColumnOptions): AsyncGenerator<InputRow> {
  const problem = findRowsProblem(rows);
  if (problem !== null) throw new InvalidRequestError([problem]);
  yield* readProgramRows(rows, options);
}
