import path from 'node:path';
import { DEFAULT_STORE } from '../../workflows/domain/base/defaults';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { formatPendingPosts } from '../processes/pending-posts-text';
import { withSecretFiles } from '../processes/secret-files';
import { catchStopSignals } from '../processes/stop-signals';
import { waitForAbort } from '../terminal/interrupts';
import { UsageError } from '../usage-error';
import { callbacksFor } from './callback-choice';
import { callbackSettings } from './callbacks';
import { logToFile } from './log-file';
import { formatReady } from './ready-text';
import { type Stack, startStack } from './stack';

interface DevFlags {
  readonly port: string;
  readonly uiPort: string;
  readonly dataDir: string;
  readonly worker: boolean;
  /** Absent: request callbacks if the provider can reach this machine. */
  readonly callbacks?: boolean;
  readonly gatewayPort?: string;
  readonly dashboard: boolean;
  /** Absent: run the emulator if IMAGEPIPELINE_API_KEY is not set. */
  readonly emulator?: boolean;
}

/** Adds `imagepipeline dev`. */
export const addDevCommand: AddCommand = (program, context, done) => {
  program
    .command('dev')
    .description('run everything in one terminal: Temporal server, UI, worker and, without an API key, the emulator')
    .option('--port <port>', 'port of the Temporal server; 0 picks a free one', '7233')
    .option('--ui-port <port>', 'port of Temporal UI; 0 picks a free one', '8233')
    .option('--data-dir <folder>', 'folder for the database, results and logs', '.imagepipeline')
    .option('--no-worker', 'start no worker; run "imagepipeline worker" yourself')
    .option('--emulator', 'use the emulator even if IMAGEPIPELINE_API_KEY is set')
    .option('--no-emulator', 'use the real API; IMAGEPIPELINE_API_KEY must be set')
    .option(
      '--callbacks',
      'request callbacks, which report the end of a job (default with the emulator or IMAGEPIPELINE_CALLBACK_URL)',
    )
    .option('--no-callbacks', 'request no callbacks')
    .option('--gateway-port <port>', 'port of the gateway; 0 picks a free one (default: 8234)')
    .option('--no-dashboard', 'serve no dashboard')
    .addHelpText(
      'after',
      '\nIt serves the dashboard and, with IMAGEPIPELINE_API_TOKENS set, the HTTP API, on IMAGEPIPELINE_API_PORT (default: 8235).',
    )
    .action(async (flags: DevFlags) => done(await dev(flags, context)));
};

async function dev(flags: DevFlags, context: CliContext): Promise<ExitCode> {
  const { cwd, stdout, stderr } = context;
  const env = withSecretFiles(context.env);
  const [port, uiPort] = parsePorts(flags);
  const dataDir = path.resolve(cwd, flags.dataDir);
  const emulator = (flags.emulator ?? !env['IMAGEPIPELINE_API_KEY']) ? {} : null;
  const callbacks = callbacksFor(flags, env, emulator !== null);
  let stack: Stack | null = null;
  const interrupts = catchStopSignals({
    ...formatPendingPosts(() => stack?.worker?.pendingPosts() ?? null),
    write: (text) => stderr.write(text),
  });
  stack = await startStack({
    env,
    cwd,
    dataDir,
    port,
    uiPort,
    worker: flags.worker,
    emulator,
    servesApi: true,
    dashboard: flags.dashboard,
    ...(callbacks.options === null ? {} : { callbacks: callbacks.options }),
    beforeStart: () => logToFile(dataDir),
    onProgress: (line) => stderr.write(`${line}\n`),
  }).catch((error: unknown) => {
    interrupts.release();
    throw error;
  });
  const defaultStore = path.resolve(cwd, DEFAULT_STORE);
  const { program } = context;
  stdout.write(
    formatReady(stack, {
      callbacksOff: callbacks.off,
      callbacks: callbackSettings({ env, dataDir }, stack.gateway),
      dataDir,
      defaultStore,
      program,
    }),
  );
  const ended = await firstEnd(stack, interrupts.signal);
  stderr.write(ended === null ? '\nstopping\n' : `\n${ended}; stopping\n`);
  await stack.close();
  interrupts.release();
  return ended === null ? EXIT.done : EXIT.internalError;
}

/** Resolves with `null` when interrupted, or with the reason when a part has died. */
async function firstEnd({ server, worker }: Stack, interrupted: AbortSignal): Promise<string | null> {
  const ends: Promise<string | null>[] = [
    waitForAbort(interrupted).then(() => null),
    server.exited.then(() => 'the Temporal server stopped unexpectedly'),
  ];
  if (worker !== null) {
    ends.push(
      worker.stopped.then(
        () => 'the worker stopped unexpectedly',
        (error: unknown) => `the worker failed: ${error instanceof Error ? error.message : String(error)}`,
      ),
    );
  }
  return Promise.race(ends);
}

function parsePorts(flags: DevFlags): readonly [number, number] {
  const given = [
    ['--port', flags.port],
    ['--ui-port', flags.uiPort],
  ] as const;
  const problems = given
    .filter(([, text]) => !/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    .map(([flag, text]) => `${flag} is "${text}"; must be a whole number from 0 to 65535`);
  if (problems.length > 0) throw new UsageError(problems);
  return [Number(flags.port), Number(flags.uiPort)];
}
