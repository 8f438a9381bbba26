import { BATCH_STATES, type ListedBatch, listBatches } from '../../client/batches/list-batches';
import { ImagePipelineClient } from '../../client/client';
import { type ListedItem, listItems } from '../../client/items/list-items';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { toUsageError } from '../flag-problems';
import { formatLocalTime } from '../terminal/local-time';
import { UsageError } from '../usage-error';

interface ListFlags {
  readonly items?: true;
  readonly state?: string;
  readonly json?: true;
}

/** Adds `imagepipeline list`, also known as `batches`. */
export const addListCommand: AddCommand = (program, context, done) => {
  program
    .command('list')
    .alias('batches')
    .description('list the batches or single items that Temporal knows, newest first')
    .option('--items', 'list single items instead of batches')
    .option('--state <state>', `only batches that are ${BATCH_STATES.join(', ')}`)
    .option('--json', 'print one JSON array on stdout, and nothing else')
    .action(async (flags: ListFlags) => done(await list(flags, context)));
};

async function list({ items, state, json }: ListFlags, { env, stdout, stderr }: CliContext): Promise<ExitCode> {
  if (items && state !== undefined) throw new UsageError(['--state is for batches only; leave out --items']);
  const client = await ImagePipelineClient.connect({ env });
  try {
    const listed = await collect(items ? listItems(client.temporal) : listBatches(client.temporal, { state }));
    if (json) stdout.write(`${JSON.stringify(listed)}\n`);
    else
      for (const { id, state, startedAt } of listed)
        stdout.write(`${formatLocalTime(new Date(startedAt))}  ${state.padEnd(10)}  ${id}\n`);
    if (listed.length === 0) stderr.write(`no ${items ? 'single items' : 'batches'} in this namespace\n`);
    return EXIT.done;
  } catch (error) {
    throw toUsageError(error);
  } finally {
    await client.close();
  }
}

async function collect(some: AsyncIterable<ListedBatch | ListedItem>): Promise<readonly (ListedBatch | ListedItem)[]> {
  const all: (ListedBatch | ListedItem)[] = [];
  for await (const one of some) all.push(one);
  return all;
}
