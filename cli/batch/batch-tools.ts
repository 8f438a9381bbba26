/** What the commands need that start a batch; opened together, and closed however the command ends. */
import { RowSpool } from '../../client/batches/batch-manifest';
import { ImagePipelineClient } from '../../client/client';
import type { CliContext } from '../context';
import { catchInterrupts } from '../terminal/interrupts';

export interface BatchTools {
  readonly client: ImagePipelineClient;
  readonly spool: RowSpool;
  /** Aborted by Ctrl-C, which must not come between a start and the words that say how to go on. */
  readonly interrupted: AbortSignal;
}

export async function withBatchTools<T>({ env }: CliContext, work: (tools: BatchTools) => Promise<T>): Promise<T> {
  const client = await ImagePipelineClient.connect({ env });
  const spool = await RowSpool.open();
  const interrupts = catchInterrupts();
  try {
    return await work({ client, spool, interrupted: interrupts.signal });
  } finally {
    interrupts.release();
    await spool.close();
    await client.close();
  }
}
