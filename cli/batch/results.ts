import { setTimeout as sleep } from 'node:timers/promises';
import { type BatchStore, type Manifest, toPart } from '../../activities/store';
import { type ResultLine, readParts } from '../../client/batches/batch-results';
import { findManifest } from '../../client/batches/find-manifest';
import {
  type BatchActivity,
  readBatchActivity,
  readSettledParts,
  settleItem,
} from '../../client/batches/settled-results';
import { ImagePipelineClient } from '../../client/client';
import { BatchNotFoundError } from '../../client/errors';
import { withStore } from '../../client/open-store';
import { toConnectionError } from '../../client/temporal/connection';
import type { Environment } from '../../workflows/domain/base/environment';
import { formatCount } from '../../workflows/domain/base/format-count';
import { getOwn } from '../../workflows/domain/base/own-value';
import type { ItemResultRow, Outcome } from '../../workflows/domain/item/item';
import type { AddCommand } from '../command';
import type { CliContext, OutputStream } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { LiveLines } from '../terminal/live-lines';
import { describeOutage } from '../terminal/outage-text';
import { UsageError } from '../usage-error';
import { toCsvCell } from './csv-cell';

interface ResultsFlags {
  readonly format: string;
  readonly outcome?: string;
  readonly follow?: true;
}

const FOLLOW_INTERVAL_MS = 2_000;
const OUTCOMES: readonly Outcome[] = ['succeeded', 'failed', 'cancelled', 'unknown'];
const COLUMNS = [
  'key',
  'outcome',
  'file',
  'sha256',
  'bytes',
  'mimeType',
  'width',
  'height',
  'verified',
  'jobId',
  'code',
  'message',
] as const satisfies readonly (keyof ItemResultRow)[];

interface LineFormat {
  readonly heading: string;
  readonly line: (line: ResultLine) => string;
}

/** Lines by format; a heading only where the format has one. */
const FORMATS: Readonly<Record<string, (carried: readonly string[]) => LineFormat>> = {
  jsonl: () => ({ heading: '', line: (line) => JSON.stringify(line) }),
  csv: csvFormat,
};

/** Adds `imagepipeline results`. */
export const addResultsCommand: AddCommand = (program, context, done) => {
  program
    .command('results')
    .description(
      'list how the items of a batch ended, from the store; the server is asked about those that have no outcome',
    )
    .argument('<id>', "the batch's id")
    .option('--format <format>', 'jsonl or csv', 'jsonl')
    .option('--outcome <outcome>', 'only succeeded, failed, cancelled or unknown')
    .option('--follow', 'keep printing as items end, until the batch has ended')
    .action(async (id: string, flags: ResultsFlags) => done(await results(id, flags, context)));
};

function results(id: string, flags: ResultsFlags, context: CliContext): Promise<ExitCode> {
  const { env, cwd, stdout } = context;
  const formatFor = chooseFormat(flags);
  return withStore(env, cwd, async (store) => {
    const manifest = await findManifest(store, id);
    const format = formatFor(await carriedColumns(store.batches, manifest));
    if (flags.follow !== true) return listOnce(store.batches, manifest, flags, format, context);
    const client = await ImagePipelineClient.connect({ env });
    try {
      const waiting = LiveLines.of(context);
      const look = () => lookAndPrint(client, store.batches, manifest, waiting);
      const lines = followResults(store.batches, manifest, look, stdout.closed);
      return await list(lines, flags, format, stdout);
    } finally {
      await client.close();
    }
  });
}

/** @param items without an outcome */
function openWords(items: number, activity: BatchActivity): string {
  const itemsHave = `${formatCount(items, 'item')} ${items === 1 ? 'has' : 'have'}`;
  return `${itemsHave} ${OPEN_WORDS[activity]}\n`;
}

const OPEN_WORDS: Readonly<Record<BatchActivity, string>> = {
  running: 'not ended yet; --follow goes on until all have',
  'not-known':
    'no outcome in the store; whether the batch still runs is not known: the Temporal server does not answer',
  ended: 'no outcome',
};

async function listOnce(
  batches: BatchStore,
  manifest: Manifest,
  flags: ResultsFlags,
  format: LineFormat,
  { env, stdout, stderr }: CliContext,
): Promise<ExitCode> {
  const open = { items: 0, activity: 'ended' as BatchActivity };
  const ask = async () => {
    open.activity = await askOnce(env, batches, manifest);
    return open.activity;
  };
  async function* lines(): AsyncGenerator<ResultLine> {
    for await (const { items } of readSettledParts(batches, manifest, ask)) {
      for (const { line } of items) {
        if (line === null) open.items += 1;
        else yield line;
      }
    }
  }
  const code = await list(lines(), flags, format, stdout);
  if (open.items > 0 && !stdout.closed?.aborted) stderr.write(openWords(open.items, open.activity));
  return code;
}

async function askOnce(env: Environment, batches: BatchStore, manifest: Manifest): Promise<BatchActivity> {
  try {
    const client = await ImagePipelineClient.connect({ env });
    try {
      return await lookAt(client, batches, manifest);
    } finally {
      await client.close();
    }
  } catch (error) {
    if (describeOutage(error) === null) throw error;
    return 'not-known';
  }
}

async function lookAt(client: ImagePipelineClient, batches: BatchStore, manifest: Manifest): Promise<BatchActivity> {
  try {
    return await readBatchActivity(client.temporal, batches, manifest);
  } catch (error) {
    if (describeOutage(toConnectionError(client.temporal, error)) === null) throw error;
    return 'not-known';
  }
}

async function list(
  lines: AsyncIterable<ResultLine>,
  { outcome }: ResultsFlags,
  { heading, line: print }: LineFormat,
  stdout: OutputStream,
): Promise<ExitCode> {
  stdout.write(heading);
  for await (const line of lines) {
    if (stdout.closed?.aborted) break;
    if (outcome === undefined || line.outcome === outcome) stdout.write(`${print(line)}\n`);
  }
  return EXIT.done;
}

/** A batch that waits for a worker or the server says so. */
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
    // Its pages outlive its history.
    if (error instanceof BatchNotFoundError) return 'running';
    const words = describeOutage(toConnectionError(client.temporal, error));
    if (words === null) throw error;
    waiting.show([words]);
    return 'not-known';
  }
}

/**
 * Each item once, when it has ended; ends when all have, or when the batch was ended before. A part that has been told
 * whole is not read again.
 */
async function* followResults(
  batches: BatchStore,
  manifest: Manifest,
  look: () => Promise<BatchActivity>,
  closed: AbortSignal | undefined,
): AsyncGenerator<ResultLine> {
  const planned = manifest.redrives[0] ?? manifest.parts.length;
  const whole = new Set<number>();
  const listed = new Set<string>();
  for (;;) {
    // Asked before reading: nothing that was written until then is missed.
    const over = (await look()) === 'ended';
    for await (const { part, items } of readParts(batches, manifest, whole)) {
      const ended = items.flatMap((item) => (over ? settleItem(item) : item).line ?? []);
      yield* ended.filter(({ key }) => !listed.has(key));
      for (const { key } of ended) listed.add(key);
      if (ended.length < items.length) continue;
      whole.add(part);
      for (const { key } of ended) listed.delete(key);
    }
    if (over || whole.size === planned) return;
    await sleep(FOLLOW_INTERVAL_MS, undefined, { signal: closed }).catch(() => undefined);
    if (closed?.aborted) return;
  }
}

function chooseFormat({ format, outcome }: ResultsFlags): (carried: readonly string[]) => LineFormat {
  const found = getOwn(FORMATS, format);
  const problems: string[] = [];
  if (found === undefined) problems.push(`--format is "${format}"; must be ${Object.keys(FORMATS).join(' or ')}`);
  if (outcome !== undefined && !OUTCOMES.some((name) => name === outcome)) {
    problems.push(`--outcome is "${outcome}"; must be one of ${OUTCOMES.join(', ')}`);
  }
  if (found === undefined || problems.length > 0) throw new UsageError(problems);
  return found;
}

/** The columns of the first rows: all rows of a CSV have the same ones. */
async function carriedColumns(batches: BatchStore, manifest: Manifest): Promise<readonly string[]> {
  if (manifest.parts.length === 0) return [];
  const rows = await batches.readPart(toPart(manifest, 0));
  return [...new Set(rows.flatMap(({ values = {} }) => Object.keys(values)))];
}

/** Columns that were carried along stand last, by their own names where these are free. */
function csvFormat(carried: readonly string[]): LineFormat {
  const own: readonly string[] = [...COLUMNS, 'submissions'];
  const names = carried.map((name) => (own.includes(name) ? `values.${name}` : name));
  return {
    heading: `${[...own, ...names].map(toCsvCell).join(',')}\n`,
    line: (line) => {
      const values = carried.map((name) => toText(getOwn(line.values ?? {}, name)));
      return [...COLUMNS.map((name) => line[name]), line.submissions.length, ...values]
        .map((cell) => toCsvCell(typeof cell === 'boolean' ? String(cell) : (cell ?? '')))
        .join(',');
    },
  };
}

function toText(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
