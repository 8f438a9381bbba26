import { ImagePipelineError } from '../../client/errors';
import type { ItemReport } from '../../workflows/domain/item/item';
import type { CliContext } from '../context';
import { type ExitCode, toExitCode } from '../exit-codes';
import { withCommands } from '../invocation';

/**
 * Prints why an image was not made, and the remedy.
 *
 * @param isQuiet print nothing
 * @returns its exit code
 */
export function tellOfEnd(id: string, report: ItemReport, isQuiet: boolean, context: CliContext): ExitCode {
  const error = new ImagePipelineError(id, report);
  const words = `${id}: ${error.outcome}: ${error.message}\n${error.remedy}\n`;
  if (!isQuiet) context.stderr.write(withCommands(words, context));
  return toExitCode(error);
}
