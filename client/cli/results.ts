import { setTimeout as pause } from 'node:timers/promises';
import type { BatchStore, Manifest } from '../../activities/store';
import type { ItemLine, Outcome } from '../../workflows/domain/item';
import { readParts, readResults } from '../batch-results';
import { findManifest } from '../find-manifest';
import { type OpenStore, withStore } from '../store';
import type { AddCommand } from './command';
import type { CliContext, OutputStream } from './context';
import { EXIT, type ExitCode } from './exit-codes';
import { UsageError } from './usage-error';

interface Flags {
  readonly format: string;
  readonly outcome?: string;
  readonly follow?: true;
}

const FOLLOW_EVERY_MS = 2_000;
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
  'jobId',
  'code',
  'message',
] as const satisfies readonly (keyof ItemLine)[];

interface LineFormat {
  readonly heading: string;
  readonly line: (line: ItemLine) => string;
}

/** Lines by format; a heading only where the format has one. */
const FORMATS: Readonly<Record<string, LineFormat>> = {
  jsonl: { heading: '', line: (line) => JSON.stringify(line) },
  csv: { heading: `${COLUMNS.join(',')},submissions\n`, line: csvLine },
};

/** Adds `imagepipeline results`. */
export const addResultsCommand: AddCommand = (program, context, done) => {
  program
    .command('results')
    .description('list how the items of a batch ended, from the store alone')
    .argument('<id>', "the batch's id")
    .option('--format <format>', 'jsonl or csv', 'jsonl')
    .option('--outcome <outcome>', 'only succeeded, failed, cancelled or unknown')
    .option('--follow', 'go on as items end, until all have')
    .action(async (id: string, flags: Flags) => done(await results(id, flags, context)));
};

function results(id: string, flags: Flags, { env, cwd, stdout }: CliContext): Promise<ExitCode> {
  const format = checked(flags);
  return withStore(env, cwd, (store) => list(id, flags, format, store, stdout));
}

async function list(
  id: string,
  flags: Flags,
  format: LineFormat,
  store: OpenStore,
  stdout: OutputStream,
): Promise<ExitCode> {
  const { batches } = store;
  const manifest = await findManifest(store, id);
  const wanted = (line: ItemLine) => flags.outcome === undefined || line.outcome === flags.outcome;
  stdout.write(format.heading);
  const lines = flags.follow ? followResults(batches, manifest) : readResults(batches, manifest);
  for await (const line of lines) if (wanted(line)) stdout.write(`${format.line(line)}\n`);
  return EXIT.done;
}

/** Each item once, when it has ended; ends when all have. A part that has been told whole is not read again. */
async function* followResults(batches: BatchStore, manifest: Manifest): AsyncGenerator<ItemLine> {
  const planned = manifest.redrives[0] ?? manifest.parts.length;
  const whole = new Set<number>();
  const told = new Set<string>();
  for (;;) {
    for await (const { part, items } of readParts(batches, manifest, whole)) {
      const ended = items.flatMap(({ line }) => line ?? []);
      yield* ended.filter(({ key }) => !told.has(key));
      for (const { key } of ended) told.add(key);
      if (ended.length < items.length) continue;
      whole.add(part);
      for (const { key } of ended) told.delete(key);
    }
    if (whole.size === planned) return;
    await pause(FOLLOW_EVERY_MS);
  }
}

function checked({ format, outcome }: Flags): LineFormat {
  const found = FORMATS[format];
  const problems: string[] = [];
  if (found === undefined) problems.push(`--format is "${format}"; give ${Object.keys(FORMATS).join(' or ')}`);
  if (outcome !== undefined && !OUTCOMES.some((name) => name === outcome)) {
    problems.push(`--outcome is "${outcome}"; give one of ${OUTCOMES.join(', ')}`);
  }
  if (found === undefined || problems.length > 0) throw new UsageError(problems);
  return found;
}

function csvLine(line: ItemLine): string {
  const cells = [...COLUMNS.map((name) => line[name]), line.submissions.length];
  return cells.map((cell) => csvCell(cell ?? '')).join(',');
}

function csvCell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
