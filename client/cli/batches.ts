import type { WorkflowExecutionStatusName } from '@temporalio/client';
import { STATE_MEMO } from '../../workflows/messages';
import { ImagePipelineClient } from '../image-pipeline-client';
import type { AddCommand } from './command';
import type { CliContext } from './context';
import { EXIT, type ExitCode } from './exit-codes';

interface Listed {
  readonly id: string;
  /** As `status` tells it; how an operator ended it, where one did. */
  readonly state: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** Adds `imagepipeline batches`. */
export const addBatchesCommand: AddCommand = (program, context, done) => {
  program
    .command('batches')
    .description('list the batches that Temporal knows, the newest first')
    .option('--json', 'print one array on stdout and nothing else')
    .action(async ({ json }: { json?: true }) => done(await batches(json === true, context)));
};

async function batches(json: boolean, { env, stdout, stderr }: CliContext): Promise<ExitCode> {
  const client = await ImagePipelineClient.connect({ env });
  try {
    const newest = new Map<string, Listed>();
    for await (const { workflowId, status, startTime, memo } of client.temporal.workflow.list({
      query: "WorkflowType = 'imageBatch'",
    })) {
      // A redrive is another run of the same batch; the newest comes first.
      if (newest.has(workflowId)) continue;
      const state = stateOf(status.name, memo?.[STATE_MEMO]);
      newest.set(workflowId, { id: workflowId, state, startedAt: startTime.toISOString() });
    }
    const listed = [...newest.values()];
    if (json) stdout.write(`${JSON.stringify(listed)}\n`);
    else for (const { id, state, startedAt } of listed) stdout.write(`${startedAt}  ${state.padEnd(10)}  ${id}\n`);
    if (listed.length === 0) stderr.write('no batches in this namespace\n');
    return EXIT.done;
  } finally {
    await client.close();
  }
}

/** What the batch says of itself, unless its workflow was ended from outside. */
function stateOf(name: WorkflowExecutionStatusName, told: unknown): string {
  const isItsOwn = name === 'RUNNING' || name === 'COMPLETED';
  return isItsOwn && typeof told === 'string' ? told : name.toLowerCase();
}
