/** What the commands need that start a batch; opened together, and closed however the command ends. */
import { ImagePipelineClient } from '../../client/client';
import type { CliContext } from '../context';
import { catchInterrupts } from '../terminal/interrupts';

export interface BatchTools {
  readonly client: ImagePipelineClient;
  /** Aborted by Ctrl-C, which must not come between a start and the words that say how to go on. */
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
