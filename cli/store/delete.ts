import type { Deleted, DeletionPlan } from '../../activities/store';
import { ImagePipelineClient } from '../../client/client';
import { formatCount } from '../../workflows/domain/base/format-count';
import { isSafeKey } from '../../workflows/domain/base/safe-key';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { formatBytes } from '../terminal/format-bytes';
import { confirmDeletion, type DeleteFlags, HISTORIES } from './confirm-deletion';

interface Flags extends DeleteFlags {
  readonly movedServer?: true;
}

/** Adds `imagepipeline delete`. */
export const addDeleteCommand: AddCommand = (program, context, done) => {
  program
    .command('delete')
    .description('delete the files of an ended batch or single item from the store; its id cannot be used again')
    .argument('<id>', 'of the batch or item')
    .option('--yes', 'do not ask')
    .option('--moved-server', 'delete a batch that belongs to another Temporal server and no longer runs there')
    .option('--json', 'print one JSON object on stdout, and nothing else')
    .action(async (id: string, flags: Flags) => done(await deleteFiles(id, flags, context)));
};

async function deleteFiles(id: string, flags: Flags, context: CliContext): Promise<ExitCode> {
  const { env, cwd, stdout, stderr } = context;
  const client = await ImagePipelineClient.connect({ env, cwd });
  try {
    const { address } = client.openStore();
    const confirm = (plan: DeletionPlan) => confirmDeletion(describe(plan, address), flags, context);
    const deleted = (await isItem(client, id))
      ? await client.store().deleteItem(id, { confirm })
      : await client.store().deleteBatch(id, { confirm, movedServer: flags.movedServer === true });
    if (flags.json) stdout.write(`${JSON.stringify(deleted)}\n`);
    else {
      stdout.write(`${formatDeleted(deleted)}\n`);
      stderr.write(`${HISTORIES}\n`);
    }
    return EXIT.done;
  } finally {
    await client.close();
  }
}

/** A batch comes first: an item has the same id only if Temporal has forgotten one of them. */
async function isItem(client: ImagePipelineClient, id: string): Promise<boolean> {
  if (!isSafeKey(id)) return false;
  const { batches, contents, hasItem } = client.openStore();
  const manifest = await batches.readAnyManifest(id);
  if (manifest !== null && manifest.deletion?.step !== 'deleted') return false;
  return (await hasItem(id)) || (await contents.findItem(id)) !== null;
}

function describe({ kind, id, items, files, bytes }: DeletionPlan, address: string): string {
  const rows = items === null ? '' : `${formatCount(items, 'item')}, `;
  return `${kind} ${id}: ${rows}${formatCount(files, 'file')}, ${formatBytes(bytes)} in ${address}`;
}

function formatDeleted({ kind, id, files, bytes, alreadyDeleted }: Deleted): string {
  const before = alreadyDeleted ? `the ${kind} ${id} had been deleted before; ` : `deleted the ${kind} ${id}: `;
  const rest =
    alreadyDeleted && files === 0 ? 'nothing was left' : `${formatCount(files, 'file')}, ${formatBytes(bytes)}`;
  return `${before}${rest}${alreadyDeleted && files > 0 ? ' were left and are deleted now' : ''}`;
}
