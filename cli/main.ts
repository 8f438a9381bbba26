/** The command line. Loads only the command that was typed, for a fast start. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, CommanderError } from 'commander';
import { startTracing } from '../telemetry';
import { getOwn } from '../workflows/domain/base/own-value';
import type { AddCommand } from './command';
import type { CliContext } from './context';
import { addExamples } from './examples';
import { EXIT, type ExitCode } from './exit-codes';
import { groupCommands, OTHER_COMMANDS, sortByGroup } from './help-groups';
import { findNativeProblem } from './native-problem';
import { reportError } from './report-error';
import { CleanOutput } from './terminal/clean-output';
import { refuseDashedTexts } from './usage-error';

const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  dev: async () => (await import('./dev')).addDevCommand,
  generate: async () => (await import('./item/generate')).addGenerateCommand,
  run: async () => (await import('./item/run')).addRunCommand,
  operations: async () => (await import('./operations')).addOperationsCommand,
  worker: async () => (await import('./processes/worker')).addWorkerCommand,
  gateway: async () => (await import('./processes/gateway')).addGatewayCommand,
  emulator: async () => (await import('./processes/emulator')).addEmulatorCommand,
  plan: async () => (await import('./batch/plan')).addPlanCommand,
  batch: async () => (await import('./batch/batch')).addBatchCommand,
  schedule: async () => (await import('./batch/schedule')).addScheduleCommand,
  status: async () => (await import('./batch/status')).addStatusCommand,
  results: async () => (await import('./batch/results')).addResultsCommand,
  download: async () => (await import('./batch/download')).addDownloadCommand,
  list: async () => (await import('./batch/list')).addListCommand,
  sheet: async () => (await import('./batch/sheet')).addSheetCommand,
  rescue: async () => (await import('./batch/rescue')).addRescueCommand,
  redrive: async () => (await import('./batch/redrive')).addRedriveCommand,
  pause: async () => (await import('./batch/control')).addControlCommand('pause'),
  resume: async () => (await import('./batch/control')).addControlCommand('resume'),
  cancel: async () => (await import('./batch/control')).addControlCommand('cancel'),
  set: async () => (await import('./batch/set')).addSetCommand,
  concurrency: async () => (await import('./batch/set')).addOlderSetCommand('concurrency'),
  'max-failures': async () => (await import('./batch/set')).addOlderSetCommand('max-failures'),
  account: async () => (await import('./account/account')).addAccountCommand,
  profiles: async () => (await import('./account/profiles')).addProfilesCommand,
  segment: async () => (await import('./account/segment')).addSegmentCommand,
  budget: async () => (await import('./batch/set')).addOlderSetCommand('budget'),
  usage: async () => (await import('./store/usage')).addUsageCommand,
  delete: async () => (await import('./store/delete')).addDeleteCommand,
  prune: async () => (await import('./store/prune')).addPruneCommand,
  doctor: async () => (await import('./doctor')).addDoctorCommand,
  setup: async () => (await import('./processes/setup')).addSetupCommand,
  completion: async () => (await import('./completion')).addCompletionCommand(loadAll),
  failures: async () => (await import('./failures')).addFailuresCommand,
  demo: async () => (await import('./demo')).addDemoCommand(runCli),
};

/** Aliases of commands. */
const ALIASES: Readonly<Record<string, string>> = { batches: 'list' };

/** Runs one command and returns its exit code; never throws. */
export async function runCli(argv: readonly string[], given: CliContext): Promise<ExitCode> {
  const ends: (() => Promise<void>)[] = [];
  const atEnd = (work: () => Promise<void>) => void ends.push(work);
  const context = { ...given, stdout: CleanOutput.over(given.stdout), stderr: CleanOutput.over(given.stderr), atEnd };
  let code: ExitCode = EXIT.done;
  const tracing = await startTracing(context.env);
  try {
    refuseDashedTexts(argv);
    const program = await loadProgram(namesFor(argv), { ...context, traced: tracing !== null }, (given) => {
      code = given;
    });
    await program.parseAsync(argv.length === 0 ? ['--help'] : [...argv], { from: 'user' });
    return code;
  } catch (error) {
    // Commander has already printed the problem.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.badInput;
    return reportError(error, context);
  } finally {
    // The result is known by now, and the end of the process closes what is left.
    await Promise.allSettled(ends.map((end) => end()));
    await tracing?.end();
  }
}

async function loadProgram(
  names: readonly string[],
  context: CliContext,
  done: (code: ExitCode) => void,
): Promise<Command> {
  const program = createProgram(context);
  for (const name of names) {
    const add = await loadCommand(name, names.length === 1);
    add(program, context, done);
  }
  groupCommands(program);
  addExamples(program);
  return program;
}

/** Builds the program with every command, for inspection only. */
export function loadAll(context: CliContext): Promise<Command> {
  return loadProgram(listCommands(), context, () => undefined);
}

/**
 * Loads one command. If its native code cannot be loaded, the help still lists it, with that note.
 *
 * @throws the error of loading, if `isOnly`
 */
async function loadCommand(name: string, isOnly: boolean): Promise<AddCommand> {
  try {
    const load = getOwn(COMMANDS, name);
    return load === undefined ? addNothing : await load();
  } catch (error) {
    if (isOnly || findNativeProblem(error) === null) throw error;
    return (program) => program.command(name).description('not available here: its native code cannot be loaded');
  }
}

const addNothing: AddCommand = () => undefined;

function namesFor(argv: readonly string[]): readonly string[] {
  const [typed = ''] = argv;
  if (typed === '--version') return [];
  const name = getOwn(ALIASES, typed) ?? typed;
  return Object.hasOwn(COMMANDS, name) ? [name] : listCommands();
}

function listCommands(): readonly string[] {
  return sortByGroup(Object.keys(COMMANDS));
}

/** Reads the version of this package, from source or from `dist`. */
function packageVersion(): string {
  const places = ['..', '../..'].map((up) => path.join(__dirname, up, 'package.json'));
  const found = places.find((place) => existsSync(place)) ?? '';
  const { version }: { version: string } = JSON.parse(readFileSync(found, 'utf8'));
  return version;
}

function createProgram({ stdout, stderr }: CliContext): Command {
  return new Command('imagepipeline')
    .description('The durable way to use the ImagePipeline API, on Temporal.')
    .version(packageVersion(), '--version', 'print the version')
    .commandsGroup(OTHER_COMMANDS)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) });
}
