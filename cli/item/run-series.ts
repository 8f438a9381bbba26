/** Starts items, waits for them and reports their ends. */
import path from 'node:path';
import { ImagePipelineClient } from '../../client/client';
import type { EndedItem, ItemHandle } from '../../client/items/item-handle';
import { type StartedSeries, startSeries } from '../../client/items/start-series';
import { type OpenStore, openStore } from '../../client/open-store';
import { IdTakenError, ItemDeletedError } from '../../connection/errors';
import type { PictureInputs } from '../../input/pictures/picture-inputs';
import type { ItemOptions } from '../../input/requests/item-options';
import type { ItemReport } from '../../workflows/domain/item/item';
import { toItemJson } from '../../workflows/domain/item/item-json';
import { toSidecarName } from '../../workflows/domain/item/sidecar';
import { findFieldRule, getOperationRow, type OperationName } from '../../workflows/domain/operations/operations';
import type { CliContext } from '../context';
import { EXIT, type ExitCode, toSeriesExit } from '../exit-codes';
import { IN_STORE, isInStore } from '../in-store';
import { toCommand } from '../invocation';
import { reportError } from '../report-error';
import { catchInterrupts } from '../terminal/interrupts';
import { detachedFrom, followItem, reportEnd } from './follow-item';
import type { ItemFlags } from './item-flags';
import { copyResult, outputFiles, outputProblem } from './output-file';
import { sidecarProblem, writeSidecar } from './write-sidecar';

/** A requested item. */
export interface Wanted {
  readonly options: ItemOptions;
  /** The file that its result is copied to; `null`: not copied. */
  readonly output: string | null;
}

interface SeriesTerms {
  readonly flags: ItemFlags;
  /** Their files are resolved. */
  readonly inputs: PictureInputs;
}

export async function runSeries(
  wanted: readonly Wanted[],
  { flags, inputs }: SeriesTerms,
  context: CliContext,
): Promise<ExitCode> {
  const needsStore = inputs.counts.files > 0 || wanted.length > 1 || wanted.some(({ output }) => output !== null);
  const store = needsStore ? openStore(context.env, context.cwd) : null;
  const client = await ImagePipelineClient.connect({ env: context.env, cwd: context.cwd });
  // From here on, Ctrl-C must not interrupt between the start and the output that says how to find the item.
  const interrupts = catchInterrupts();
  try {
    if (store !== null) await inputs.keepUsed(store.inputs);
    const series = wanted.map(({ options }) => options);
    const started = await startSeries(client, series, store, {
      onStarted: (item) => reportStart(item, series[0]?.steps === undefined, context),
      onUnreadable: (error) => reportUncheckedIds(error, context),
    });
    const code = reportUnstarted(started, context);
    const items = started.items.flatMap((item, index) => {
      const one = wanted[index];
      if (one === undefined) return [];
      const { operation, steps } = one.options;
      return [{ item, operation, isOfSteps: steps !== undefined, output: one.output, options: one.options }];
    });
    return await followAll(items, { flags, store, interrupted: interrupts.signal, code }, context);
  } finally {
    interrupts.release();
    await client.close();
    await store?.close();
  }
}

/** The files for `--output` as absolute paths; empty without the flag. */
export async function outputsFor(
  count: number,
  { output, overwrite, sidecar, recipe }: ItemFlags,
  { request: only, steps, operation }: ItemOptions,
  context: CliContext,
  problems: string[],
): Promise<readonly string[]> {
  if (typeof output !== 'string') {
    if (overwrite === true) problems.push('--overwrite requires --output');
    if (sidecar === true) problems.push('--sidecar requires --output');
    return [];
  }
  const request = steps?.at(-1)?.request ?? only;
  const format = request['output_format'] ?? getOperationRow(operation).defaultFormat;
  const rule = findFieldRule(operation, 'output_format');
  const formats = rule?.type === 'choice' ? rule.choices : [];
  const terms = { cwd: context.cwd, overwrite: overwrite === true, format, formats, isOfRecipe: recipe !== undefined };
  const files = outputFiles(output, count);
  for (const file of files) {
    const problem = isInStore(file, context) ? IN_STORE : await outputProblem(file, terms);
    if (problem !== null) problems.push(`--output ${JSON.stringify(file)} ${problem}`);
    const described = sidecar === true ? await sidecarProblem(file, terms) : null;
    if (described !== null) problems.push(`--sidecar ${JSON.stringify(toSidecarName(file))} ${described}`);
  }
  return files.map((file) => path.resolve(context.cwd, file));
}

function reportUncheckedIds(error: unknown, { stderr }: CliContext): void {
  const reason = error instanceof Error ? error.message : String(error);
  stderr.write(`could not check the ids in the store; the worker checks them before anything is paid: ${reason}\n`);
}

interface Started extends Wanted {
  readonly item: ItemHandle;
  readonly operation: OperationName;
  readonly isOfSteps: boolean;
}

function reportStart({ id, alreadyStarted }: ItemHandle, hasCount: boolean, { stderr }: CliContext): void {
  const others = hasCount ? '--count, --seed or another --id' : 'another --id';
  const found = `found ${id}, made from the same request before; use ${others} for another one`;
  stderr.write(`${alreadyStarted ? found : `started ${id}`}\n`);
}

/** @returns the exit code of the items that could not be started; `done` if all were */
function reportUnstarted({ items, unstarted }: StartedSeries, context: CliContext): ExitCode {
  if (unstarted === null) return EXIT.done;
  const { ids, error } = unstarted;
  const begun = items.map(({ id }) => id).join(', ');
  context.stderr.write(`could not start ${ids.join(', ')}; waiting for those started: ${begun}\n`);
  if (!(error instanceof IdTakenError)) return reportError(error, context);
  // The error's own message says that nothing was started.
  context.stderr.write(`the id "${ids[0]}" ${error.use}, started just now\n`);
  return EXIT.badInput;
}

interface FollowTerms {
  /** The exit code of the items that could not be started. */
  readonly code: ExitCode;
  readonly flags: ItemFlags;
  /** `null`: no results are copied. */
  readonly store: OpenStore | null;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
}

/** Waits for each item in order and reports its end. They run concurrently. */
async function followAll(items: readonly Started[], terms: FollowTerms, context: CliContext): Promise<ExitCode> {
  const codes: ExitCode[] = terms.code === EXIT.done ? [] : [terms.code];
  for (const [index, started] of items.entries()) {
    const place = items.length === 1 ? '' : `${index + 1} of ${items.length} · `;
    const report = await followItem(started.item, place, terms.interrupted, context);
    if (report === undefined)
      return detachedFrom(
        items.slice(index).map(({ item }) => item),
        context,
      );
    print(started, report, terms, context);
    codes.push(await findEnd(started, report, terms, context));
  }
  return toSeriesExit(codes);
}

/** Prints the main file, and those of the steps to keep. */
function print(
  { item, operation, output }: Started,
  report: ItemReport,
  terms: FollowTerms,
  context: CliContext,
): void {
  const { stdout } = context;
  if (terms.flags['json'] === true) stdout.write(`${JSON.stringify(toItemJson(item.id, operation, report))}\n`);
  else if (report.result !== null) {
    const { result, files = [], steps } = report;
    const [_main, ...others] = steps === undefined ? [] : files;
    for (const { file } of [...(output === null ? [result] : []), ...others]) stdout.write(`${file}\n`);
  }
}

/** Names further files that could not be stored, and how to fetch them. */
function reportMissing(
  id: string,
  { missing = [], jobId, steps }: ItemReport,
  operation: OperationName,
  context: CliContext,
): void {
  for (const { role, problem } of missing) {
    const command = toCommand(`rescue ${jobId} --operation ${operation} --id ${id}`, context);
    const advice = steps === undefined ? `; to fetch it: ${command}` : '';
    context.stderr.write(`${id}: the file "${role}" could not be stored: ${problem}${advice}\n`);
  }
}

/** Copies the result, or prints why there is none. Returns the exit code. */
async function findEnd(
  { item, operation, isOfSteps, output, options }: Started,
  report: EndedItem,
  { flags, store }: FollowTerms,
  context: CliContext,
): Promise<ExitCode> {
  if (report.deletedAt !== undefined) return reportError(new ItemDeletedError(item.id, report.deletedAt), context);
  if (report.outcome !== 'succeeded' || report.result === null) {
    // An item that was ended from outside has named nothing, and its remedy names the command.
    const known = { operation, ...(isOfSteps ? { steps: [] } : {}), ...report };
    const isQuiet = flags['json'] === true;
    const code = reportEnd(item.id, known, isQuiet, context);
    // The remedy of an item whose outcome is unknown says what that may cost.
    const canRunAgain =
      item.alreadyStarted && ['failed', 'cancelled'].includes(report.outcome) && code !== EXIT.badInput;
    if (canRunAgain && !isQuiet) context.stderr.write('this is how it ended before; to run it again, add --again\n');
    return code;
  }
  reportMissing(item.id, report, operation, context);
  if (output === null || store === null) return EXIT.done;
  try {
    const overwrite = flags['overwrite'] === true;
    await copyResult(item.id, report.result, output, { store, overwrite });
    if (flags['sidecar'] === true) await writeSidecar(item.id, options, report, { file: output, overwrite });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    context.stderr.write(`the result is stored as ${report.result.file}, but could not be copied: ${reason}\n`);
    return EXIT.internalError;
  }
  if (flags['json'] !== true) context.stdout.write(`${output}\n`);
  return EXIT.done;
}
