import { checkOptions, type Emulator, type EmulatorOptions, startEmulator } from '../../emulator';
import { getOwn } from '../../workflows/domain/base/own-value';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { catchInterrupts, waitForAbort } from '../terminal/interrupts';
import { sortWords, UsageError } from '../usage-error';

/** Flag values from commander; `true` for a flag without a value. */
type FlagValues = Readonly<Record<string, string | true | undefined>>;

interface FlagRow {
  readonly flag: string;
  readonly describes: string;
  /** The name under which commander keeps the value. */
  readonly name: string;
  /** The emulator option that the flag sets. */
  readonly option: keyof EmulatorOptions;
  readonly read: (value: string) => unknown;
}

const FLAGS: readonly FlagRow[] = [
  {
    flag: '--port',
    name: 'port',
    option: 'port',
    read: parseNumber,
    describes: 'port on 127.0.0.1 (default: any free port)',
  },
  {
    flag: '--job-ms',
    name: 'jobMs',
    option: 'jobTime',
    read: (value) => ({ medianMs: parseNumber(value), sigma: 0.3 }),
    describes: 'median time of a job in ms (default: 2500)',
  },
  {
    flag: '--max-concurrent',
    name: 'maxConcurrent',
    option: 'maxConcurrentJobs',
    read: parseNumber,
    describes: 'limit of concurrent jobs; more are refused (default: no limit)',
  },
  {
    flag: '--rate',
    name: 'rate',
    option: 'submitsPerSecond',
    read: parseNumber,
    describes: 'limit of submissions per second; more are refused (default: no limit)',
  },
  {
    flag: '--credits',
    name: 'credits',
    option: 'credits',
    read: parseNumber,
    describes: 'credits of the account; a picture costs 1 (default: unlimited)',
  },
  {
    flag: '--state-file',
    name: 'stateFile',
    option: 'stateFile',
    read: String,
    describes: 'file that keeps jobs and credits across restarts',
  },
];

/** Adds `imagepipeline emulator`. */
export const addEmulatorCommand: AddCommand = (program, context) => {
  const command = program.command('emulator').description('run a local server that behaves like the ImagePipeline API');
  // Names and values are checked below: commander stops at the first problem.
  for (const { flag, describes } of FLAGS) command.option(`${flag} [value]`, describes);
  command.allowUnknownOption().allowExcessArguments();
  command.action((values: FlagValues) => run(values, sortWords(command, []).problems, context));
};

async function run(values: FlagValues, unknown: readonly string[], context: CliContext): Promise<void> {
  const given = FLAGS.filter(({ name }) => typeof getOwn(values, name) === 'string');
  const options = Object.fromEntries(
    given.map(({ name, option, read }) => [option, read(String(getOwn(values, name)))]),
  );
  const problems = [...unknown, ...withoutValue(values), ...badValues(options)];
  if (problems.length > 0) throw new UsageError(problems);
  const interrupts = catchInterrupts();
  const emulator = await startEmulator(options);
  context.stdout.write(formatReady(emulator));
  await waitForAbort(interrupts.signal);
  await emulator.close();
  interrupts.release();
}

/** Parses a decimal number. Unlike `Number`, rejects the empty text and `0x10`. */
function parseNumber(value: string): number {
  return /^[+-]?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : Number.NaN;
}

function formatReady({ url, apiKey }: Emulator): string {
  return [
    `ready: emulator at ${url} with key ${apiKey}`,
    '',
    `export IMAGEPIPELINE_BASE_URL=${url}`,
    `export IMAGEPIPELINE_API_KEY=${apiKey}`,
    '',
  ].join('\n');
}

function withoutValue(values: FlagValues): readonly string[] {
  return FLAGS.filter(({ name }) => getOwn(values, name) === true).map(({ flag }) => `${flag}: requires a value`);
}

function badValues(options: EmulatorOptions): readonly string[] {
  return checkOptions(options).map(({ name, message }) => {
    const flag = FLAGS.find(({ option }) => option === name)?.flag ?? name;
    return `${flag}: ${message}`;
  });
}
