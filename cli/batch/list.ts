import type { WorkflowExecutionInfo, WorkflowExecutionStatusName } from '@temporalio/client';
import { ImagePipelineClient } from '../../client/client';
import { STATE_MEMO } from '../../workflows/messages';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { formatLocalTime } from '../terminal/local-time';

interface Listed {
  readonly id: string;
  /** As `status` tells it; how an operator ended it, where one did. */
  readonly state: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

interface ListFlags {
  readonly items?: true;
  readonly json?: true;
}

/** Adds `imagepipeline list`, also known as `batches`. */
export const addListCommand: AddCommand = (program, context, done) => {
  program
    .command('list')
    .alias('batches')
    .description('list the batches that Temporal knows, or the single items, the newest first')
    .option('--items', 'single items in place of batches')
    .option('--json', 'print one array on stdout and nothing else')
    .action(async (flags: ListFlags) => done(await list(flags, context)));
};

async function list({ items, json }: ListFlags, { env, stdout, stderr }: CliContext): Promise<ExitCode> {
  const client = await ImagePipelineClient.connect({ env });
  try {
    const listed = items ? await listItems(client) : await listBatches(client);
    if (json) stdout.write(`${JSON.stringify(listed)}\n`);
    else
      for (const { id, state, startedAt } of listed)
        stdout.write(`${formatLocalTime(new Date(startedAt))}  ${state.padEnd(10)}  ${id}\n`);
    if (listed.length === 0) stderr.write(`no ${items ? 'single items' : 'batches'} in this namespace\n`);
    return EXIT.done;
  } finally {
    await client.close();
  }
}

function listBatches(client: ImagePipelineClient): Promise<readonly Listed[]> {
  return listNewestRuns(client, 'imagePipelineBatch', ({ status, memo }) => toState(status.name, memo?.[STATE_MEMO]));
}

/** Without those that belong to a batch, whose ids have its id before a slash. */
async function listItems(client: ImagePipelineClient): Promise<readonly Listed[]> {
  const all = await listNewestRuns(client, 'imagePipelineItem', ({ status }) => {
    return status.name === 'COMPLETED' ? 'succeeded' : status.name.toLowerCase();
  });
  return all.filter(({ id }) => !id.includes('/'));
}

/** A redrive or --again is another run of the same; the newest comes first. */
async function listNewestRuns(
  { temporal }: ImagePipelineClient,
  type: string,
  toState: (info: WorkflowExecutionInfo) => string,
): Promise<readonly Listed[]> {
  const newest = new Map<string, Listed>();
  for await (const info of temporal.workflow.list({ query: `WorkflowType = '${type}'` })) {
    const { workflowId: id, startTime } = info;
    if (!newest.has(id)) newest.set(id, { id, state: toState(info), startedAt: startTime.toISOString() });
  }
  return [...newest.values()];
}

/** What the batch says of itself, unless its workflow was ended from outside. */
function toState(name: WorkflowExecutionStatusName, remembered: unknown): string {
  const isItsOwn = name === 'RUNNING' || name === 'COMPLETED';
  return isItsOwn && typeof remembered === 'string' ? remembered : name.toLowerCase();
}
