import path from 'node:path';
import type { BatchHandle } from '../../client/batches/batch-handle';
import { readResults } from '../../client/batches/batch-results';
import { ImagePipelineClient } from '../../client/client';
import { withStore } from '../../client/open-store';
import { findPackageRoot } from '../../tools/temporal/package-root';
import { watchBatch } from '../batch/follow-batch';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { logToFile } from '../dev/log-file';
import { type EmulatorRule, type Stack, startStack } from '../dev/stack';
import { EXIT, type ExitCode } from '../exit-codes';
import { catchInterrupts } from '../terminal/interrupts';
import { formatSummary } from './summary';

/** Runs one CLI command. */
export type RunCommand = (argv: readonly string[], context: CliContext) => Promise<ExitCode>;

const POLICY = 'Prompt rejected by content policy.';

interface Demo {
  readonly id: string;
  readonly dataDir: string;
  /** The context of every command: its environment names the demo's server and store. */
  readonly context: CliContext;
  readonly run: RunCommand;
  readonly interrupted: AbortSignal;
}

/** Scripted failures, to have some in every run. The emulator itself enforces the content policy. */
const SCRIPT: readonly EmulatorRule[] = [
  { match: { promptIncludes: 'Glass teapot' }, times: 2, then: { failJob: 'MODEL_ERROR' } },
  { match: { promptIncludes: 'Yellow tram' }, times: 2, then: { refuse: 'CONCURRENT_JOBS_EXCEEDED' } },
  // Early in the batch: it must have items left to pause.
  {
    match: { promptIncludes: 'counterfeit banknote' },
    then: { failJob: 'INPUT_INVALID', message: POLICY, jobMs: 300 },
  },
];

/** Adds `imagepipeline demo`. */
export function addDemoCommand(run: RunCommand): AddCommand {
  return (program, context, done) => {
    program
      .command('demo')
      .description('run a batch of twelve images against a real Temporal server and the emulator (free)')
      .option('--data-dir <folder>', 'folder for histories and images', path.join('.imagepipeline', 'demo'))
      .action(async ({ dataDir }: { dataDir: string }) =>
        done(await demo(path.resolve(context.cwd, dataDir), context, run)),
      );
  };
}

async function demo(dataDir: string, context: CliContext, run: RunCommand): Promise<ExitCode> {
  const interrupts = catchInterrupts();
  logToFile(dataDir);
  const stack = await startDemoStack(dataDir, context);
  try {
    const IMAGEPIPELINE_STORE = path.join(dataDir, 'store');
    const env = { ...context.env, TEMPORAL_ADDRESS: stack.server.address, IMAGEPIPELINE_STORE };
    const inDemo = { ...context, env, stdout: context.stdout };
    const code = await runDemo(
      { id: idOfThisRun(), dataDir, context: inDemo, run, interrupted: interrupts.signal },
      stack,
    );
    return interrupts.signal.aborted ? EXIT.interrupted : code;
  } finally {
    await stack.close();
    interrupts.release();
  }
}

async function startDemoStack(dataDir: string, { env, cwd, stderr }: CliContext): Promise<Stack> {
  const stack = await startStack({
    // The demo uses the emulator only, so settings of the real API are not read.
    env: { ...env, IMAGEPIPELINE_API_KEY: undefined, IMAGEPIPELINE_STORE: undefined },
    cwd,
    dataDir,
    port: 0,
    uiPort: 0,
    worker: true,
    emulator: {},
    onProgress: (line) => stderr.write(`${line}\n`),
  });
  for (const rule of SCRIPT) stack.emulator?.script(rule);
  return stack;
}

/** Runs the scenes: plan, batch, automatic pause, resume, results, redrive. */
async function runDemo(demo: Demo, { server }: Stack): Promise<ExitCode> {
  const { id, context } = demo;
  const [rows, fixed] = ['prompts.csv', 'fixed.csv'].map((name) => path.join(findPackageRoot(__dirname), 'demo', name));
  say(demo, 'The emulator replaces the API, so nothing is paid. It fails and refuses some requests, as the API may.');
  say(demo, `Temporal UI, while this runs: ${server.uiUrl}`);
  await step(demo, ['plan', rows ?? '']);
  await step(demo, ['batch', rows ?? '', '--id', id, '--concurrency', '12', '--max-failures', '0', '--detach']);
  const client = await ImagePipelineClient.connect({ env: context.env });
  try {
    const paused = await watch(demo, client.batch(id), true);
    if (paused === null) return EXIT.interrupted;
    if (paused === 'paused') await explainAndResume(demo);
    if ((await watch(demo, client.batch(id), false)) === null) return EXIT.interrupted;
  } finally {
    await client.close();
  }
  say(demo, 'That row is not retryable, so it was submitted only once. Redrive it with another prompt:');
  const code = await step(demo, ['redrive', id, '--input', fixed ?? '']);
  await step(demo, ['sheet', id, '--output', path.join(demo.dataDir, 'contact-sheet.png')]);
  context.stdout.write(`\n${await summary(demo)}\n`);
  return code;
}

async function explainAndResume(demo: Demo): Promise<void> {
  say(demo, 'The batch paused before it spent more, and reports why: one row violates the content policy.');
  await step(demo, ['results', demo.id, '--outcome', 'failed', '--format', 'csv']);
  await step(demo, ['resume', demo.id]);
}

/** Shows the batch until it ends or, with `untilPaused`, until it is paused. Returns its reason. */
async function watch({ context, interrupted }: Demo, batch: BatchHandle, untilPaused: boolean): Promise<string | null> {
  const last = await watchBatch(batch, context, interrupted, ({ state }) => untilPaused && state === 'paused');
  return last?.state ?? null;
}

async function step({ run, context }: Demo, argv: readonly string[]): Promise<ExitCode> {
  const shown = argv.map((word) => shortPath(context.cwd, word)).join(' ');
  context.stderr.write(`\n$ npx imagepipeline ${shown}\n`);
  return run(argv, context);
}

function say({ context }: Demo, sentence: string): void {
  context.stderr.write(`${sentence}\n`);
}

async function summary({ id, dataDir, context }: Demo): Promise<string> {
  const lines = await withStore(context.env, context.cwd, async ({ batches }) => {
    const manifest = await batches.readManifest(id);
    return manifest === null ? [] : collected(readResults(batches, manifest));
  });
  return formatSummary({ id, lines, dataDir: shortPath(context.cwd, dataDir) });
}

async function collected<T>(all: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const one of all) items.push(one);
  return items;
}

/** A relative path if that is shorter. */
function shortPath(cwd: string, file: string): string {
  if (!path.isAbsolute(file)) return file;
  const relative = path.relative(cwd, file);
  return relative.startsWith('..') ? file : relative;
}

/** A new id for each run: with the same id the second run would find the batch of the first. */
function idOfThisRun(): string {
  return `demo-${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}`;
}
