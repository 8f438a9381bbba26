/** `batch --output`: the folder is checked before anything is paid, and receives the results at the end. */
import path from 'node:path';
import { OutputFolder, OutputFolderError, StoreUnavailable } from '../../activities/store';
import type { BatchHandle } from '../../client/batches/batch-handle';
import type { OpenStore } from '../../client/open-store';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { IN_STORE, isInStore } from '../in-store';
import { quote, toCommand } from '../invocation';
import type { BatchTools } from './batch-tools';
import { copyResults, reportCopy } from './copy-results';
import { type FollowFlags, followBatch } from './follow-batch';
import { findBatchFiles } from './result-files';

interface OutputFlags {
  readonly output?: string;
  readonly detach?: true;
  readonly recursive?: true;
  readonly sidecar?: true;
}

/**
 * Writes a small file to the folder. Adds problems to `problems`.
 *
 * @param input absolute path of the file or folder of the rows; `null` if there is none
 * @returns the absolute path; `null` without the flag
 */
export async function checkOutput(
  { output, detach, recursive, sidecar }: OutputFlags,
  input: string | null,
  problems: string[],
  context: CliContext,
): Promise<string | null> {
  const { cwd } = context;
  if (output === undefined) {
    if (sidecar === true) problems.push('--sidecar requires --output; "download --sidecar" writes it later');
    return null;
  }
  const folder = path.resolve(cwd, output);
  if (detach === true) problems.push('--output waits for the end: leave out --detach, or use "download" at the end');
  const isBelow = recursive === true && input !== null && folder.startsWith(`${input}${path.sep}`);
  if (folder === input || isBelow)
    problems.push('--output is in the folder of the pictures: its results would be read as pictures; use another one');
  if (problems.length === 0 && isInStore(folder, context)) problems.push(`--output ${IN_STORE}`);
  if (problems.length === 0) await tryFolder(folder, problems);
  return folder;
}

async function tryFolder(folder: string, problems: string[]): Promise<void> {
  try {
    await (await OutputFolder.open(folder)).close();
  } catch (error) {
    if (!(error instanceof OutputFolderError)) throw error;
    problems.push(`--output: ${error.message}`);
  }
}

/** Shows a batch until it ends, then copies its results. Those of a batch that waits for a person are copied so far. */
export async function followAndCopy(
  batch: BatchHandle,
  flags: FollowFlags & Pick<OutputFlags, 'sidecar'>,
  output: string | null,
  tools: BatchTools & { readonly store: OpenStore },
  context: CliContext,
): Promise<ExitCode> {
  const code = await followBatch(batch, flags, tools, context);
  if (output === null) return code;
  const { store, interrupted } = tools;
  const command = toCommand(`download ${batch.id} --to ${quote(output)}`, context);
  if (code === EXIT.interrupted) {
    context.stderr.write(`copy      ${command}\n`);
    return code;
  }
  const terms = { interrupted, sidecar: flags.sidecar === true };
  try {
    const copy = await copyResults(store, await findBatchFiles(store, batch.id), output, terms, context);
    reportCopy(copy, context);
    if (interrupted.aborted) return EXIT.interrupted;
    return copy.problems.length === 0 || code !== EXIT.done ? code : EXIT.internalError;
  } catch (error) {
    if (!(error instanceof OutputFolderError) && !(error instanceof StoreUnavailable)) throw error;
    context.stderr.write(`${error.message}\nthe results are stored; to copy what is missing: ${command}\n`);
    return code === EXIT.done ? EXIT.internalError : code;
  }
}
