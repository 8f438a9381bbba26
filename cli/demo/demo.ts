/** A demo: commands that are shown and run one after the other, against the emulator. */

import path from 'node:path';
import { readResults } from '../../activities/store';
import { withStore } from '../../client/open-store';
import { findPackageRoot } from '../../tools/temporal/package-root';
import type { CliContext } from '../context';
import type { EmulatorRule } from '../dev/stack';
import type { ExitCode } from '../exit-codes';
import { nameProgram } from '../invocation';
import { formatSummary, type Summary } from './summary';

/** Runs one CLI command. */
export type RunCommand = (argv: readonly string[], context: CliContext) => Promise<ExitCode>;

export interface Demo {
  /** Id of its batch. */
  readonly id: string;
  readonly dataDir: string;
  /** URL of Temporal UI while the demo runs. */
  readonly uiUrl: string | null;
  /** The context of every command: its environment names the demo's server and store. */
  readonly context: CliContext;
  readonly run: RunCommand;
  readonly interrupted: AbortSignal;
}

/** What one demo shows. */
export interface DemoScenes {
  /** Scripted failures, to have some in every run. */
  listRules(): Promise<readonly EmulatorRule[]>;
  play(demo: Demo): Promise<ExitCode>;
}

/** A file or folder that is shipped for the demos. */
export function findDemoFile(name: string): string {
  return path.join(findPackageRoot(__dirname), 'demo', name);
}

/** Shows a command and runs it. */
export async function step({ run, context }: Demo, argv: readonly string[]): Promise<ExitCode> {
  const shown = argv.map((word) => quote(shortPath(context.cwd, word))).join(' ');
  context.stderr.write(`\n$ ${nameProgram(context)} ${shown}\n`);
  return run(argv, context);
}

export function say({ context }: Demo, sentence: string): void {
  context.stderr.write(`${sentence}\n`);
}

/** Prints what became of every item, and where it is. */
export async function printSummary(
  { id, dataDir, context }: Demo,
  parts: Pick<Summary, 'sheets' | 'isRedriven'>,
): Promise<void> {
  const lines = await withStore(context.env, context.cwd, async ({ batches }) => {
    const manifest = await batches.readManifest(id);
    return manifest === null ? [] : collect(readResults(batches, manifest));
  });
  const summary = formatSummary({
    ...{ id, lines, dataDir: shortPath(context.cwd, dataDir), program: nameProgram(context) },
    ...parts,
  });
  context.stdout.write(`\n${summary}\n`);
}

async function collect<T>(all: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const one of all) items.push(one);
  return items;
}

/** As it would have to be typed. */
function quote(word: string): string {
  return /[#* ]/.test(word) ? `'${word}'` : word;
}

/** A relative path if that is shorter. */
function shortPath(cwd: string, file: string): string {
  if (!path.isAbsolute(file)) return file;
  const relative = path.relative(cwd, file);
  return relative.startsWith('..') ? file : relative;
}
