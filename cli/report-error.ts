/** Reports the error that ends a command: the message on stderr, the exit code from one table. */

import {
  ApiCallError,
  BatchNotFoundError,
  BatchRefusedError,
  ImagePipelineError,
  InvalidRequestError,
  ItemNotFoundError,
  ItemRefusedError,
  ManifestNotFoundError,
  NoServerError,
  OtherStoreError,
  TemporalSettingsError,
  WorkerMissingError,
} from '../connection/errors';
import { ITEM_TYPE } from '../connection/workflow-kinds';
import { getOwn } from '../workflows/domain/base/own-value';
import type { CliContext } from './context';
import { EXIT, type ExitCode, toExitCode } from './exit-codes';
import { withCommands } from './invocation';
import { findNativeProblem } from './native-problem';
import { UsageError } from './usage-error';

/** Exit codes by error name: importing these classes would load code that only some commands need. */
const EXIT_BY_NAME: Readonly<Record<string, ExitCode>> = {
  SettingsError: EXIT.badInput,
  EncryptionSettingsError: EXIT.badInput,
  EncryptionKeyMissingError: EXIT.badInput,
  PayloadDamagedError: EXIT.badInput,
  PayloadNotEncryptedError: EXIT.badInput,
  EmulatorOptionsError: EXIT.badInput,
  TemporalServerError: EXIT.badInput,
  GatewayPortError: EXIT.badInput,
  MetricsPortError: EXIT.badInput,
  InputFileError: EXIT.badInput,
  StoreUnavailable: EXIT.badInput,
  BatchDeletedError: EXIT.badInput,
  ItemDeletedError: EXIT.badInput,
  OutputFolderError: EXIT.badInput,
};

const EXPECTED = [
  UsageError,
  InvalidRequestError,
  ItemNotFoundError,
  ItemRefusedError,
  BatchNotFoundError,
  ManifestNotFoundError,
  BatchRefusedError,
  NoServerError,
  OtherStoreError,
  TemporalSettingsError,
  WorkerMissingError,
] as const;

export function reportError(error: unknown, context: CliContext): ExitCode {
  const { stderr, env } = context;
  if (!(error instanceof Error)) {
    stderr.write(`${String(error)}\n`);
    return EXIT.internalError;
  }
  const native = findNativeProblem(error);
  if (native !== null) {
    stderr.write(`${native}\n`);
    return EXIT.badInput;
  }
  const { code, expected } = judge(error);
  stderr.write(`${withCommands(`${error.message}${adviseItem(error)}${adviseStore(error)}`, context)}\n`);
  if (!expected) {
    stderr.write('This is a bug in imagepipeline. Set IMAGEPIPELINE_DEBUG=1 to print the stack trace.\n');
    if (env['IMAGEPIPELINE_DEBUG']) stderr.write(`${error.stack ?? ''}\n`);
  }
  return code;
}

/** What to do with a single item in place of a batch. */
function adviseItem(error: Error): string {
  if (!(error instanceof BatchNotFoundError) || error.foundType !== ITEM_TYPE) return '';
  const { batchId: id } = error;
  return `: "imagepipeline status ${id}" shows it, and "imagepipeline download ${id} --to FOLDER" copies its result`;
}

/** What to do about a store that is away; the messages of some name it. */
function adviseStore(error: Error): string {
  if (error.name !== 'StoreUnavailable' || !('remedy' in error)) return '';
  const remedy = String(error.remedy);
  return error.message.includes(remedy) ? '' : `; ${remedy}`;
}

function judge(error: Error): { code: ExitCode; expected: boolean } {
  if (error instanceof ApiCallError)
    return { code: toExitCode({ code: error.code, outcome: 'failed' }), expected: true };
  if (error instanceof ImagePipelineError) return { code: toExitCode(error), expected: true };
  if (EXPECTED.some((kind) => error instanceof kind)) return { code: EXIT.badInput, expected: true };
  const byName = getOwn(EXIT_BY_NAME, error.name);
  return { code: byName ?? EXIT.internalError, expected: byName !== undefined };
}
