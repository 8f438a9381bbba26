import { type BatchStore, type Manifest, readCarriedNames } from '../../activities/store';
import { findManifest } from '../../client/batches/find-manifest';
import { type AskActivity, outcomeProblem, readBatchResults } from '../../client/batches/follow-results';
import { type BatchActivity, readActivityIfKnown, readBatchActivity } from '../../client/batches/settled-results';
import { ImagePipelineClient } from '../../client/client';
import { withStore } from '../../client/open-store';
import { toConnectionError } from '../../connection/connection';
import { BatchNotFoundError, NoServerError } from '../../connection/errors';
import type { Environment } from '../../workflows/domain/base/environment';
import { formatCount } from '../../workflows/domain/base/format-count';
import { getOwn } from '../../workflows/domain/base/own-value';
import { type LineFormat, resultCsv } from '../../workflows/domain/item/result-csv';
import { withKeptSteps } from '../../workflows/domain/item/step-report';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { LiveLines } from '../terminal/live-lines';
import { describeOutage } from '../terminal/outage-text';
import { UsageError } from '../usage-error';
import { KEEP_HELP, type Keep, readKeep } from './kept-steps';

interface ResultsFlags {
  readonly format: string;
  readonly outcome?: string;
  readonly follow?: true;
  readonly recipe?: string;
}

/** The formats. */
const FORMATS: Readonly<Record<string, (carried: readonly string[]) => LineFormat>> = {
  jsonl: () => ({ heading: '', line: (line) => JSON.stringify(line) }),
  csv: resultCsv,
};

/** Adds `imagepipeline results`. */
export const addResultsCommand: AddCommand = (program, context, done) => {
  program
    .command('results')
    .description('list the results of a batch from the store; asks the server only about items without an outcome')
    .argument('<id>', "the batch's id")
    .option('--format <format>', 'jsonl or csv', 'jsonl')
    .option('--outcome <outcome>', 'only succeeded, failed, cancelled or unknown')
    .option('--follow', 'keep printing results until the batch has ended')
    .option('--recipe <file>', KEEP_HELP)
    .action(async (id: string, flags: ResultsFlags) => done(await results(id, flags, context)));
};

async function results(id: string, flags: ResultsFlags, context: CliContext): Promise<ExitCode> {
  const { env, cwd } = context;
  const formatFor = chooseFormat(flags, await readKeep(flags.recipe, context));
  return withStore(env, cwd, async (store) => {
    const manifest = await findManifest(store, id);
    const format = formatFor(await readCarriedNames(store.batches, manifest));
    if (flags.follow !== true) {
      const ask = () => askOnce(env, store.batches, manifest);
      return list(store.batches, manifest, ask, flags, format, context);
    }
    const client = await ImagePipelineClient.connect({ env });
    try {
      const waiting = LiveLines.of(context);
      const look = () => lookAndPrint(client, store.batches, manifest, waiting);
      return await list(store.batches, manifest, look, flags, format, context);
    } finally {
      await client.close();
    }
  });
}

/** @param items number of items without an outcome */
function formatOpenItems(items: number, activity: BatchActivity): string {
  const itemsHave = `${formatCount(items, 'item')} ${items === 1 ? 'has' : 'have'}`;
  return `${itemsHave} ${OPEN_WORDS[activity]}\n`;
}

function formatNotStarted(rows: number): string {
  return `${formatCount(rows, 'row')} of the batch ${rows === 1 ? 'is' : 'are'} not started yet; "batch" without --sample starts ${rows === 1 ? 'it' : 'them'}\n`;
}

const OPEN_WORDS: Readonly<Record<BatchActivity, string>> = {
  running: 'not ended yet; --follow waits for all of them',
  'not-known': 'no outcome in the store; the Temporal server does not answer, so the batch may still run',
  ended: 'no outcome',
};

async function askOnce(env: Environment, batches: BatchStore, manifest: Manifest): Promise<BatchActivity> {
  try {
    const client = await ImagePipelineClient.connect({ env });
    try {
      return await readActivityIfKnown(client.temporal, batches, manifest);
    } finally {
      await client.close();
    }
  } catch (error) {
    if (!(error instanceof NoServerError)) throw error;
    return 'not-known';
  }
}

async function list(
  batches: BatchStore,
  manifest: Manifest,
  ask: AskActivity,
  { follow, outcome }: ResultsFlags,
  { heading, line: print }: LineFormat,
  { stdout, stderr }: CliContext,
): Promise<ExitCode> {
  stdout.write(heading);
  const lines = readBatchResults(batches, manifest, ask, {
    follow: follow === true,
    outcome,
    signal: stdout.closed,
    onOpen: (items, activity, notStarted) => {
      if (items > 0 && !stdout.closed?.aborted) stderr.write(formatOpenItems(items, activity));
      if (notStarted > 0 && !stdout.closed?.aborted) stderr.write(formatNotStarted(notStarted));
    },
  });
  for await (const line of lines) stdout.write(`${print(line)}\n`);
  return EXIT.done;
}

/** Prints new results, and a notice while the batch waits for a worker or the server. */
async function lookAndPrint(
  client: ImagePipelineClient,
  batches: BatchStore,
  manifest: Manifest,
  waiting: LiveLines,
): Promise<BatchActivity> {
  try {
    const activity = await readBatchActivity(client.temporal, batches, manifest);
    if (activity === 'running') await client.batch(manifest.batchId).status();
    waiting.clear();
    return activity;
  } catch (error) {
    // Its pages may outlive its history.
    if (error instanceof BatchNotFoundError) return 'running';
    const words = describeOutage(toConnectionError(client.temporal, error));
    if (words === null) throw error;
    waiting.show([words]);
    return 'not-known';
  }
}

function chooseFormat({ format, outcome }: ResultsFlags, keep: Keep): (carried: readonly string[]) => LineFormat {
  const found = getOwn(FORMATS, format);
  const problems: string[] = [];
  if (found === undefined) problems.push(`--format is "${format}"; must be ${Object.keys(FORMATS).join(' or ')}`);
  const problem = outcome === undefined ? null : outcomeProblem(outcome);
  if (problem !== null) problems.push(`--outcome ${problem}`);
  if (found === undefined || problems.length > 0) throw new UsageError(problems);
  if (keep === null) return found;
  return (carried) => {
    const { heading, line: print } = found(carried);
    return { heading, line: (line) => print(withKeptSteps(line, keep)) };
  };
}
