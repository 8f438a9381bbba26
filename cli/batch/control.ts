/** The commands that control a running batch or item: one table row each. */
import type { BatchHandle } from '../../client/batches/batch-handle';
import type { BatchStatus } from '../../client/batches/batch-status';
import { ImagePipelineClient } from '../../client/client';
import type { ItemHandle } from '../../client/items/item-handle';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { withCommands } from '../invocation';
import { formatItemStatus } from '../item/status-text';
import { requireKind } from '../require-kind';
import { sayIfSlow } from '../terminal/slow-notice';
import { UsageError } from '../usage-error';
import { formatBatchStatus } from './batch-text';

export interface Control {
  readonly send: (batch: BatchHandle) => Promise<BatchStatus>;
  /** Set if the command also accepts single items. */
  readonly sendToItem?: (item: ItemHandle, flags: ControlFlags) => Promise<void>;
}

interface ControlFlags {
  readonly json?: true;
  /** For items only. */
  readonly now?: true;
}

const CONTROLS = {
  pause: {
    about: 'pause a batch: submit nothing new; jobs in flight are collected',
    send: (batch) => batch.pause(),
  },
  resume: {
    about: 'continue a paused batch; earlier failures no longer count towards --max-failures',
    send: (batch) => batch.resume(),
  },
  cancel: {
    about: 'cancel a batch or item: submit nothing new; jobs in flight are charged, so they are collected',
    send: (batch) => batch.cancel(),
    sendToItem: (item, { now = false }) => item.cancel({ now }),
  },
} as const satisfies Record<string, Control & { readonly about: string }>;

type ControlName = keyof typeof CONTROLS;

/** Adds `imagepipeline pause`, `resume` or `cancel`. */
export function addControlCommand(name: ControlName): AddCommand {
  const control: Control & { readonly about: string } = CONTROLS[name];
  return (program, context, done) => {
    const ofWhat = control.sendToItem === undefined ? "the batch's id" : 'of the batch or item';
    const command = program.command(name).description(control.about).argument('<id>', ofWhat);
    command.option('--json', 'print the resulting state on stdout and nothing else');
    if (control.sendToItem !== undefined) {
      command.option(
        '--now',
        'for an item: do not wait for a job in flight; it may be charged, and rescue fetches its result',
      );
    }
    command.action(async (id: string, flags: ControlFlags) => done(await sendControl(control, id, flags, context)));
  };
}

/** Sends a control and prints the resulting state. */
export async function sendControl(
  control: Control,
  id: string,
  flags: ControlFlags,
  context: CliContext,
): Promise<ExitCode> {
  const client = await ImagePipelineClient.connect({ env: context.env });
  try {
    const kind = await requireKind(client, id);
    if (kind === 'item') return await sendToItem(control, client.item(id), flags, context);
    if (flags.now)
      throw new UsageError(['--now is for single items only; jobs in flight of a batch are always collected']);
    const status = await sayIfSlow(context, () => control.send(client.batch(id)));
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
  item: ItemHandle,
  flags: ControlFlags,
  context: CliContext,
): Promise<ExitCode> {
  if (sendTo === undefined) throw new UsageError([`"${item.id}" is a single item, and this command is for batches`]);
  await sayIfSlow(context, () => sendTo(item, flags));
  const status = await item.status();
  const line = `${item.id}: ${formatItemStatus(status)}`;
  context.stdout.write(`${flags.json ? JSON.stringify({ kind: 'item', ...status }) : withCommands(line, context)}\n`);
  return EXIT.done;
}
