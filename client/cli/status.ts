import { ImagePipelineClient } from '../image-pipeline-client';
import { statusLines } from './batch-words';
import type { AddCommand } from './command';
import type { CliContext } from './context';
import { EXIT, type ExitCode } from './exit-codes';
import { watchBatch } from './follow-batch';
import { catchInterrupts } from './interrupts';
import { untilUnseen } from './unseen';

interface Flags {
  readonly watch?: true;
  readonly json?: true;
}

/** Adds `imagepipeline status`. */
export const addStatusCommand: AddCommand = (program, context, done) => {
  program
    .command('status')
    .description('say what a batch is doing')
    .argument('<id>', "the batch's id")
    .option('--watch', 'until it has ended')
    .option('--json', 'print one object on stdout and nothing else')
    .action(async (id: string, flags: Flags) => done(await status(id, flags, context)));
};

async function status(id: string, { watch, json }: Flags, context: CliContext): Promise<ExitCode> {
  const client = await ImagePipelineClient.connect({ env: context.env });
  const interrupts = catchInterrupts();
  try {
    const batch = client.batch(id);
    // What --json prints at the end is wanted even where the display is not.
    const asked = json ? interrupts.signal : untilUnseen(interrupts.signal, context.stderr);
    const last = watch ? await watchBatch(batch, context, asked) : await batch.status();
    if (last === null) return interrupts.signal.aborted ? EXIT.interrupted : EXIT.done;
    if (json) context.stdout.write(`${JSON.stringify(last)}\n`);
    else if (!watch) context.stdout.write(`${statusLines(last, { perSecond: null }).join('\n')}\n`);
    return EXIT.done;
  } finally {
    interrupts.release();
    await client.close();
  }
}
