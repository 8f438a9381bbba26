import type { FieldProblem } from '../requests/request-schema';

/** A file that cannot be read as rows, or not beyond one of its lines. The rows before that line are right. */
export class InputFileError extends Error {
  override readonly name = 'InputFileError';

  constructor(
    readonly problems: readonly FieldProblem[],
    /** Where reading stopped, counted from 1; `null` where no line is to blame. */
    readonly line: number | null = null,
  ) {
    const where = line === null ? '' : `line ${line}: `;
    super(problems.map(({ field, problem }) => `${where}${field} ${problem}`).join('\n'));
  }
}
