/** The commands that control a live batch: one row each, since all do the same with another message. */
import type { BatchHandle } from '../../client/batches/batch-handle';
import type { BatchStatus } from '../../client/batches/batch-status';
import { ImagePipelineClient } from '../../client/client';
import type { ItemHandle } from '../../client/items/item-handle';
import { findConcurrencyProblem, findMaxFailuresProblem } from '../../workflows/domain/batch/settings-checks';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { withCommands } from '../invocation';
import { formatItemStatus } from '../item/status-text';
import { findKind } from '../kind-of-id';
import { sayIfSlow } from '../terminal/slow-notice';
import { UsageError } from '../usage-error';
import { formatBatchStatus } from './batch-text';

interface Control {
  readonly about: string;
  /** Its second argument, if it has one. */
  readonly argument?: {
    readonly name: string;
    readonly about: string;
    readonly problem: (text: string) => string | null;
  };
  readonly send: (batch: BatchHandle, argument: string) => Promise<BatchStatus>;
  /** Where it is for single items too. */
  readonly sendToItem?: (image: ItemHandle, flags: ControlFlags) => Promise<void>;
}

interface ControlFlags {
  readonly json?: true;
  /** For items only. */
  readonly now?: true;
}

const CONTROLS = {
  pause: {
    about: 'submit nothing new; jobs in flight are collected',
    send: (batch) => batch.pause(),
  },
  resume: {
    about: 'continue after a pause; earlier failures no longer count towards --max-failures',
    send: (batch) => batch.resume(),
  },
  cancel: {
    about: 'submit nothing new and end; jobs in flight are paid, and are collected',
    send: (batch) => batch.cancel(),
    sendToItem: (image, { now = false }) => image.cancel({ now }),
  },
  concurrency: {
    about: 'change how many jobs may be in flight',
    argument: { name: '<jobs>', about: 'from 1 to 10000', problem: (text) => findConcurrencyProblem(numberIn(text)) },
    send: (batch, jobs) => batch.set({ concurrency: Number(jobs) }),
  },
  'max-failures': {
    about: 'change how many failed or unknown items are tolerated',
    argument: { name: '<limit>', about: 'a number, or a share like 5%', problem: findMaxFailuresProblem },
    send: (batch, limit) => batch.set({ maxFailures: limit }),
  },
  budget: {
    about: 'change how often this run of the batch may submit; a batch that its budget paused resumes',
    argument: { name: '<submissions>', about: 'in all, or "none"', problem: countProblem },
    send: (batch, count) => batch.set({ budget: { submissions: count === 'none' ? null : Number(count) } }),
  },
} as const satisfies Record<string, Control>;

export type ControlName = keyof typeof CONTROLS;

/** Adds `imagepipeline pause`, `resume`, `cancel`, `concurrency`, `max-failures` or `budget`. */
export function addControlCommand(name: ControlName): AddCommand {
  const control: Control = CONTROLS[name];
  return (program, context, done) => {
    const ofWhat = control.sendToItem === undefined ? "the batch's id" : 'of the batch or item';
    const command = program.command(name).description(control.about).argument('<id>', ofWhat);
    if (control.argument !== undefined) command.argument(control.argument.name, control.argument.about);
    command.option('--json', 'print the resulting state on stdout and nothing else');
    if (control.sendToItem !== undefined) {
      command.option(
        '--now',
        'of an item: do not wait for a job in flight; it may be paid, and rescue fetches its result',
      );
    }
    command.action(async (id: string, second: unknown) => {
      const argument = typeof second === 'string' ? second : '';
      done(await send(control, id, argument, command.opts<ControlFlags>(), context));
    });
  };
}

async function send(
  control: Control,
  id: string,
  argument: string,
  flags: ControlFlags,
  context: CliContext,
): Promise<ExitCode> {
  const problem = control.argument?.problem(argument) ?? null;
  if (problem !== null) throw new UsageError([`${control.argument?.name} ${problem}`]);
  const client = await ImagePipelineClient.connect({ env: context.env });
  try {
    const kind = await findKind(client, id);
    if (kind === 'item') return await sendToItem(control, client.item(id), flags, context);
    if (flags.now) throw new UsageError(['--now is for single items; jobs of a batch in flight are always collected']);
    const status = await sayIfSlow(context, () => control.send(client.batch(id), argument));
    const lines = formatBatchStatus(status, { perSecond: null }).join('\n');
    context.stdout.write(`${flags.json ? JSON.stringify({ kind, ...status }) : withCommands(lines, context)}\n`);
    return EXIT.done;
  } finally {
    await client.close();
  }
}

/** @throws UsageError if it is for batches only */
async function sendToItem(
  { sendToItem: sendTo }: Control,
  image: ItemHandle,
  flags: ControlFlags,
  context: CliContext,
): Promise<ExitCode> {
  if (sendTo === undefined) throw new UsageError([`"${image.id}" is a single item, and this command is for batches`]);
  await sayIfSlow(context, () => sendTo(image, flags));
  const status = await image.status();
  const line = `${image.id}: ${formatItemStatus(status)}`;
  context.stdout.write(`${flags.json ? JSON.stringify({ kind: 'item', ...status }) : withCommands(line, context)}\n`);
  return EXIT.done;
}

function countProblem(text: string): string | null {
  return text === 'none' || /^\d+$/.test(text) ? null : `is "${text}"; must be a whole number, or "none"`;
}

function numberIn(text: string): unknown {
  return /^\d+$/.test(text) ? Number(text) : text;
}
