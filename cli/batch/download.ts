import path from 'node:path';
import { withStore } from '../../client/open-store';
import { formatCount } from '../../workflows/domain/base/format-count';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { IN_STORE, isInStore } from '../in-store';
import { catchInterrupts } from '../terminal/interrupts';
import { UsageError } from '../usage-error';
import { copyResults, reportCopy, SIDECAR_HELP } from './copy-results';
import { KEEP_HELP, readKeep } from './kept-steps';
import { findResultFiles } from './result-files';

interface DownloadFlags {
  readonly to?: string;
  readonly json?: true;
  readonly recipe?: string;
  readonly sidecar?: true;
}

/** Adds `imagepipeline download`. */
export const addDownloadCommand: AddCommand = (program, context, done) => {
  program
    .command('download')
    .description('copy the results of a batch or an item from the store into a folder; copies only what is missing')
    .argument('<id>', 'of the batch or item')
    .option('--to <folder>', 'the folder; it is created if necessary, and no file in it is replaced')
    .option('--recipe <file>', KEEP_HELP)
    .option('--sidecar', SIDECAR_HELP)
    .option('--json', 'print one JSON object on stdout, and nothing else')
    .action(async (id: string, flags: DownloadFlags) => done(await download(id, flags, context)));
};

async function download(
  id: string,
  { to, json, recipe, sidecar }: DownloadFlags,
  context: CliContext,
): Promise<ExitCode> {
  if (to === undefined) throw new UsageError(['--to is missing; must be the folder to copy to']);
  if (isInStore(to, context)) throw new UsageError([`--to ${IN_STORE}`]);
  const { env, cwd, stdout, stderr } = context;
  const keep = await readKeep(recipe, context);
  return withStore(env, cwd, async (store) => {
    const found = await findResultFiles(store, id, keep);
    if (sidecar && !found.isBatch)
      throw new UsageError([
        `--sidecar is for batches, and ${id} is an item: the store does not have its request. The command that made it, repeated with ` +
          '--output FILE --sidecar, writes both, and pays nothing',
      ]);
    const interrupts = catchInterrupts();
    try {
      const onCopied = (file: string) => {
        if (!json) stdout.write(`${file}\n`);
      };
      const copy = await copyResults(
        store,
        found,
        path.resolve(cwd, to),
        { interrupted: interrupts.signal, sidecar: sidecar === true, onCopied },
        context,
      );
      const open = found.countOpen();
      if (json) stdout.write(`${JSON.stringify({ id, ...copy, open })}\n`);
      else reportCopy(copy, context);
      if (!json && open > 0) stderr.write(`${formatCount(open, 'item')} without an outcome yet; run it again later\n`);
      if (interrupts.signal.aborted) return EXIT.interrupted;
      return copy.problems.length > 0 ? EXIT.badInput : EXIT.done;
    } finally {
      interrupts.release();
    }
  });
}
