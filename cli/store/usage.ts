import type { BatchUsage, StoreUsage, UsedSpace } from '../../activities/store';
import { ImagePipelineClient } from '../../client/client';
import { formatCount } from '../../workflows/domain/base/format-count';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { formatBytes } from '../terminal/format-bytes';
import { formatLocalTime } from '../terminal/local-time';

/** Adds `imagepipeline usage`. */
export const addUsageCommand: AddCommand = (program, context, done) => {
  program
    .command('usage')
    .description(
      'show what the store holds: files, sizes and the newest change of each batch, of single items and of the rest',
    )
    .option('--json', 'print one JSON object on stdout, and nothing else')
    .action(async (flags: { readonly json?: true }) => done(await usage(flags.json === true, context)));
};

async function usage(isJson: boolean, { env, cwd, stdout }: CliContext): Promise<ExitCode> {
  const client = await ImagePipelineClient.connect({ env, cwd });
  try {
    const used = await client.store().usage();
    stdout.write(isJson ? `${JSON.stringify(used)}\n` : `${formatUsage(used).join('\n')}\n`);
    return EXIT.done;
  } finally {
    await client.close();
  }
}

/** What is not of a batch, in the words of the output. */
const NAMES: Readonly<Record<Exclude<keyof StoreUsage, 'store' | 'batches' | 'total'>, string>> = {
  items: 'single items',
  submissions: 'records of submissions',
  schedules: 'rows of schedules',
  inputs: 'input files',
  uploads: 'records of uploads',
  segments: 'previews of segments',
  thumbnails: 'thumbnails',
  staged: 'staged files',
  other: 'other files',
};

function formatUsage({ store, batches, total, ...areas }: StoreUsage): readonly string[] {
  // Those that are completely deleted have their record only.
  const kept = batches.filter(({ state }) => state !== 'deleted');
  const deleted = batches.filter(({ state }) => state === 'deleted');
  const named = Object.entries(NAMES).map(([area, name]) => [name, areas[area as keyof typeof areas]] as const);
  return [
    store,
    ...kept.map(formatBatch),
    ...(deleted.length === 0
      ? []
      : [formatLine(formatCount(deleted.length, 'deleted batch').replace(/batchs$/, 'batches'), sumUp(deleted))]),
    ...named.filter(([, space]) => space.files > 0).map(([name, space]) => formatLine(name, space)),
    formatLine('total', total),
  ];
}

function formatBatch({ id, state, ...space }: BatchUsage): string {
  return `${formatLine(state, space)}  ${id}`;
}

function formatLine(name: string, { files, bytes, changedAt }: UsedSpace): string {
  const time = changedAt === null ? '' : formatLocalTime(new Date(changedAt));
  return `${time.padEnd(TIME_WIDTH)}  ${formatBytes(bytes).padStart(9)}  ${formatCount(files, 'file').padStart(13)}  ${name}`;
}

const TIME_WIDTH = formatLocalTime(new Date(0)).length;

function sumUp(spaces: readonly UsedSpace[]): UsedSpace {
  const times = spaces.flatMap(({ changedAt }) => changedAt ?? []).sort();
  return {
    files: spaces.reduce((sum, { files }) => sum + files, 0),
    bytes: spaces.reduce((sum, { bytes }) => sum + bytes, 0),
    changedAt: times.at(-1) ?? null,
  };
}
