/** Client and store of the commands that start a batch; closed however the command ends. */
import { ImagePipelineClient } from '../../client/client';
import type { CliContext } from '../context';
import { catchInterrupts } from '../terminal/interrupts';

export interface BatchTools {
  readonly client: ImagePipelineClient;
  /** Aborted by Ctrl-C, which must not interrupt between a start and the output that says how to continue. */
  readonly interrupted: AbortSignal;
}

export async function withBatchTools<T>({ env, cwd }: CliContext, work: (tools: BatchTools) => Promise<T>): Promise<T> {
  const client = await ImagePipelineClient.connect({ env, cwd });
  const interrupts = catchInterrupts();
  try {
    return await work({ client, interrupted: interrupts.signal });
  } finally {
    interrupts.release();
    await client.close();
  }
}
