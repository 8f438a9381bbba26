import path from 'node:path';
import { keptFileAt, readResults } from '../../activities/store';
import { findManifest } from '../../client/batches/find-manifest';
import { type OpenStore, withStore } from '../../client/open-store';
import { batchItemsFolder } from '../../workflows/domain/batch/batch-ids';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { UsageError } from '../usage-error';
import { drawContactSheet, type SheetEntry } from './contact-sheet';

interface SheetFlags {
  readonly most: string;
  readonly output?: string;
}

/** Largest number of items: a larger sheet is unreadable and does not fit into memory. */
const MAX_ITEMS = 1_000;

/** Adds `imagepipeline sheet`. */
export const addSheetCommand: AddCommand = (program, context, done) => {
  program
    .command('sheet')
    .description('draw the first results of a batch on one page')
    .argument('<id>', "the batch's id")
    .option('--most <items>', `number of items, at most ${MAX_ITEMS}`, '60')
    .option('--output <file>', 'the PNG to write (default: ID.png)')
    .action(async (id: string, flags: SheetFlags) => done(await sheet(id, flags, context)));
};

async function sheet(id: string, { most, output }: SheetFlags, context: CliContext): Promise<ExitCode> {
  const { env, cwd, stdout } = context;
  if (!/^\d+$/.test(most) || Number(most) < 1 || Number(most) > MAX_ITEMS) {
    throw new UsageError([`--most is "${most}"; must be a whole number from 1 to ${MAX_ITEMS}`]);
  }
  const file = path.resolve(cwd, output ?? `${id}.png`);
  await withStore(env, cwd, async (store) => {
    const entries = await firstEntries(id, Number(most), store);
    if (entries.length === 0) throw new UsageError([`no item of "${id}" has ended yet`]);
    await drawContactSheet(entries, (entry) => loadPicture(id, entry, store), file);
  });
  stdout.write(`${file}\n`);
  return EXIT.done;
}

/** Loads an image, `null` if the item has none. By its key, not by its address: the store may have been moved or copied since. */
async function loadPicture(id: string, { key, file, mimeType }: SheetEntry, store: OpenStore): Promise<Buffer | null> {
  if (file === null || mimeType?.startsWith('image/') !== true) return null;
  return store.readImage(keptFileAt({ folder: batchItemsFolder(id), key }, file));
}

async function firstEntries(id: string, most: number, store: OpenStore): Promise<readonly SheetEntry[]> {
  const entries: SheetEntry[] = [];
  for await (const line of readResults(store.batches, await findManifest(store, id))) {
    entries.push(line);
    if (entries.length === most) break;
  }
  return entries;
}
