/** `imagepipeline schedule`: lists and controls schedules; `batch --schedule` creates them. */
import type { Command } from 'commander';
import type { ScheduleHandle } from '../../client/batches/schedule-handle';
import { ImagePipelineClient } from '../../client/client';
import { ScheduleNotFoundError } from '../../connection/errors';
import type { ListedSchedule, ScheduleStatus } from '../../connection/schedules';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { UsageError } from '../usage-error';
import { addYesFlag, confirmSubmissions, type YesFlag } from './confirm';
import { formatListed, formatSchedule } from './schedule-text';

interface Flags extends YesFlag {
  readonly json?: true;
}

interface ScheduleCommand {
  readonly about: string;
  /** A second argument. */
  readonly argument?: string;
  readonly addOptions?: (command: Command) => Command;
  readonly send: (
    schedule: ScheduleHandle,
    flags: Flags,
    context: CliContext,
    argument?: string,
  ) => Promise<{ readonly json: unknown; readonly text: string }>;
}

const COMMANDS: Readonly<Record<string, ScheduleCommand>> = {
  show: {
    about: 'show when a schedule runs next, and which batches it has started',
    send: async (schedule) => showStatus(await schedule.status()),
  },
  pause: {
    about: 'start nothing until "schedule resume"; batches that run continue',
    argument: '[note]',
    send: async (schedule, _flags, _context, note) => showStatus(await schedule.pause(note)),
  },
  resume: {
    about: 'start batches again; times that passed meanwhile are not caught up',
    send: async (schedule) => showStatus(await schedule.resume()),
  },
  trigger: {
    about: 'start a run now, which pays for all rows again',
    addOptions: addYesFlag,
    send: trigger,
  },
  delete: {
    about: 'delete a schedule; its batches stay',
    send: async (schedule) => {
      await schedule.delete();
      return { json: { id: schedule.id, deleted: true }, text: `deleted the schedule ${schedule.id}` };
    },
  },
};

/** Adds `imagepipeline schedule list`, `show`, `pause`, `resume`, `trigger` and `delete`. */
export const addScheduleCommand: AddCommand = (program, context, done) => {
  const schedule = program.command('schedule').description('list, show and control what "batch --schedule" created');
  schedule
    .command('list')
    .description('list the schedules of batches')
    .option('--json', 'print one JSON array on stdout, and nothing else')
    .action(async (flags: Flags) => done(await withClient(context, (client) => list(client, flags, context))));
  for (const [name, { about, argument, addOptions, send }] of Object.entries(COMMANDS)) {
    const command = schedule.command(name).description(about).argument('<id>', 'the id of the schedule');
    if (argument !== undefined) command.argument(argument, 'shown with the schedule');
    command.option('--json', 'print one JSON object on stdout, and nothing else');
    addOptions?.(command);
    command.action(async (id: string, ...more: readonly unknown[]) => {
      const [note, flags] = argument === undefined ? [undefined, more[0]] : [more[0], more[1]];
      const text = typeof note === 'string' ? note : undefined;
      const run = (client: ImagePipelineClient) => send(client.schedule(id), flags as Flags, context, text);
      done(await withClient(context, async (client) => print(await run(client), flags as Flags, context)));
    });
  }
};

function showStatus(status: ScheduleStatus) {
  return { json: status, text: formatSchedule(status).join('\n') };
}

function print(shown: { readonly json: unknown; readonly text: string }, { json }: Flags, { stdout }: CliContext) {
  stdout.write(`${json === true ? JSON.stringify(shown.json) : shown.text}\n`);
  return EXIT.done;
}

async function trigger(schedule: ScheduleHandle, flags: Flags, context: CliContext) {
  const { items } = await schedule.status();
  await confirmSubmissions(items, flags, context);
  const run = await schedule.trigger();
  const text =
    run === null
      ? 'nothing was started: an earlier run is running; a policy that buffers starts this one afterwards'
      : run.alreadyStarted
        ? `found ${run.batchId}, which was started within the same minute; nothing was started, and nothing is paid again`
        : `started ${run.batchId}`;
  return { json: { id: schedule.id, run }, text };
}

async function list(client: ImagePipelineClient, { json }: Flags, { stdout, stderr }: CliContext): Promise<ExitCode> {
  const listed: ListedSchedule[] = [];
  for await (const one of client.schedules().list()) listed.push(one);
  if (json === true) stdout.write(`${JSON.stringify(listed)}\n`);
  else for (const one of listed) stdout.write(`${formatListed(one)}\n`);
  if (listed.length === 0) stderr.write('no schedules in this namespace\n');
  return EXIT.done;
}

async function withClient(
  { env }: CliContext,
  work: (client: ImagePipelineClient) => Promise<ExitCode>,
): Promise<ExitCode> {
  const client = await ImagePipelineClient.connect({ env });
  try {
    return await work(client);
  } catch (error) {
    throw error instanceof ScheduleNotFoundError ? new UsageError([error.message]) : error;
  } finally {
    await client.close();
  }
}
