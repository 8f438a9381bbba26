import path from 'node:path';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { logToFile } from '../dev/log-file';
import { type Stack, startStack } from '../dev/stack';
import { EXIT, type ExitCode } from '../exit-codes';
import { catchInterrupts } from '../terminal/interrupts';
import type { DemoScenes, RunCommand } from './demo';
import { PHOTOS_DEMO } from './photos-demo';
import { PROMPTS_DEMO } from './prompts-demo';

export type { RunCommand } from './demo';

interface DemoFlags {
  readonly dataDir: string;
  readonly photos?: true;
}

/** Adds `imagepipeline demo`. */
export function addDemoCommand(run: RunCommand): AddCommand {
  return (program, context, done) => {
    program
      .command('demo')
      .description('run a batch of twelve images against a real Temporal server and the emulator (free)')
      .option('--photos', 'remove the backgrounds of a folder of photos instead')
      .option('--data-dir <folder>', 'folder for histories and images', path.join('.imagepipeline', 'demo'))
      .action(async ({ dataDir, photos }: DemoFlags) => {
        const scenes = photos ? PHOTOS_DEMO : PROMPTS_DEMO;
        done(await demo(path.resolve(context.cwd, dataDir), scenes, context, run));
      });
  };
}

async function demo(dataDir: string, scenes: DemoScenes, context: CliContext, run: RunCommand): Promise<ExitCode> {
  const interrupts = catchInterrupts();
  logToFile(dataDir);
  const stack = await startDemoStack(dataDir, context);
  try {
    const IMAGEPIPELINE_STORE = path.join(dataDir, 'store');
    const env = { ...context.env, TEMPORAL_ADDRESS: stack.server.address, IMAGEPIPELINE_STORE };
    const inDemo = { ...context, env, stdout: context.stdout };
    for (const rule of await scenes.listRules()) stack.emulator?.script(rule);
    const { uiUrl } = stack.server;
    const interrupted = interrupts.signal;
    const code = await scenes.play({ id: idOfThisRun(), dataDir, uiUrl, context: inDemo, run, interrupted });
    return interrupts.signal.aborted ? EXIT.interrupted : code;
  } finally {
    await stack.close();
    interrupts.release();
  }
}

function startDemoStack(dataDir: string, { env, cwd, stderr }: CliContext): Promise<Stack> {
  return startStack({
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
}

/** A new id for each run: with the same id the second run would find the batch of the first. */
function idOfThisRun(): string {
  return `demo-${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}`;
}
