import type { FieldProblem } from './requests/request-schema';
import { visibleName } from './requests/visible-text';

/** The file cannot be read as rows, or only up to a line. The rows before that line are valid. */
export class InputFileError extends Error {
  override readonly name = 'InputFileError';

  constructor(
    readonly problems: readonly FieldProblem[],
    /** The line where reading stopped, from 1; `null` if the error has no line. */
    readonly line: number | null = null,
  ) {
    const where = line === null ? '' : `line ${line}: `;
    super(problems.map(({ field, problem }) => `${where}${visibleName(field)} ${problem}`).join('\n'));
  }
}
