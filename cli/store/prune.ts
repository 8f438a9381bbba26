import type { PruneEntry, PruneSkipped, PruneSum } from '../../activities/store';
import { ImagePipelineClient } from '../../client/client';
import { formatCount } from '../../workflows/domain/base/format-count';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { durationFlag } from '../duration';
import { EXIT, type ExitCode } from '../exit-codes';
import { formatBytes } from '../terminal/format-bytes';
import { catchInterrupts } from '../terminal/interrupts';
import { formatLocalTime } from '../terminal/local-time';
import { UsageError } from '../usage-error';
import { confirmDeletion, type DeleteFlags, HISTORIES } from './confirm-deletion';

/** A hundred years: no timer runs for this long, so the limit of other times does not apply. */
const MAX_AGE_MS = 36_500 * 86_400_000;

interface Flags extends DeleteFlags {
  readonly olderThan?: string;
  readonly dryRun?: true;
  readonly movedServer?: true;
}

/** Adds `imagepipeline prune`. */
export const addPruneCommand: AddCommand = (program, context, done) => {
  program
    .command('prune')
    .description('delete the files of batches and single items that ended long ago from the store')
    .option('--older-than <time>', 'time since their end, for instance 90d')
    .option('--dry-run', 'list what would be deleted, and delete nothing')
    .option('--yes', 'do not ask')
    .option('--moved-server', 'delete also batches that belong to another Temporal server and no longer run there')
    .option('--json', 'print one JSON object on stdout, and nothing else')
    .action(async (flags: Flags) => done(await prune(flags, context)));
};

async function prune(flags: Flags, context: CliContext): Promise<ExitCode> {
  const problems: string[] = [];
  const olderThanMs = durationFlag('--older-than', flags.olderThan, problems, MAX_AGE_MS);
  if (flags.olderThan === undefined) problems.push('--older-than is missing; must be a time like 90d');
  if (olderThanMs === undefined) throw new UsageError(problems);
  const { env, cwd, stdout, stderr } = context;
  const { dryRun = false, json = false, movedServer = false } = flags;
  const client = await ImagePipelineClient.connect({ env, cwd });
  const interrupts = catchInterrupts();
  const [chosen, deleted, skipped]: [PruneEntry[], PruneEntry[], PruneSkipped[]] = [[], [], []];
  try {
    const { address } = client.openStore();
    const sum = await client.store().prune({
      ...{ olderThanMs, dryRun, movedServer, signal: interrupts.signal },
      onSelected: (entry) => {
        if (json) chosen.push(entry);
        else stdout.write(`${formatEntry(entry)}\n`);
      },
      onDeleted: (entry) => {
        if (json) deleted.push(entry);
      },
      onSkipped: (entry) => {
        if (json) skipped.push(entry);
        else stderr.write(`skipped the ${entry.kind} ${entry.id}: ${entry.reason}\n`);
      },
      confirm: (all) => confirmDeletion(`${formatSum(all)} in ${address}`, flags, context),
    });
    if (json)
      stdout.write(
        `${JSON.stringify({ ...sum, [dryRun ? 'selected' : 'deleted']: dryRun ? chosen : deleted, skipped })}\n`,
      );
    else {
      stdout.write(
        `${dryRun ? 'would delete' : 'deleted'} ${formatSum(sum)}${sum.skipped > 0 ? `; skipped ${sum.skipped}` : ''}\n`,
      );
      stderr.write(`${HISTORIES}\n`);
    }
    return interrupts.signal.aborted ? EXIT.interrupted : EXIT.done;
  } finally {
    interrupts.release();
    await client.close();
  }
}

function formatEntry({ kind, id, files, bytes, endedAt }: PruneEntry): string {
  const size = `${formatBytes(bytes).padStart(9)}  ${formatCount(files, 'file').padStart(13)}`;
  return `${formatLocalTime(new Date(endedAt))}  ${size}  ${kind.padEnd(5)}  ${id}`;
}

function formatSum({ batches, items, files, bytes }: PruneSum): string {
  const named = `${batches} ${batches === 1 ? 'batch' : 'batches'} and ${formatCount(items, 'single item')}`;
  return `${named}: ${formatCount(files, 'file')}, ${formatBytes(bytes)}`;
}
