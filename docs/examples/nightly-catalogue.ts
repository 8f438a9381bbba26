/**
 * A nightly job: a picture of each product that has changed, in a folder of the shop.
 *
 * The id of the batch is the day. A job that is killed and started again finds the same batch, waits for it, and pays nothing twice.
 */
import path from 'node:path';
import type { BatchRows, ImagePipelineClient } from 'imagepipeline-temporal';

interface Night {
  /** For example `2026-11-27`. */
  readonly day: string;
  readonly rows: BatchRows;
  /** Must exist. */
  readonly folder: string;
}

interface NightReport {
  readonly saved: readonly string[];
  /** Code by key of what has no picture. */
  readonly failed: Readonly<Record<string, string>>;
}

export async function runCatalogue(client: ImagePipelineClient, { day, rows, folder }: Night): Promise<NightReport> {
  const batch = await client.startBatch({
    id: `catalogue-${day}`,
    rows,
    maxFailures: '20%',
    onTooManyFailures: 'cancel',
  });
  let { counts } = await batch.result();
  // What failed may succeed now; what may have been charged is left alone.
  if (counts.failed > 0 && (await batch.redrive({ outcomes: ['failed'] })) !== null)
    ({ counts } = await batch.result());

  const saved: string[] = [];
  for await (const file of batch.files({ outcome: 'succeeded' })) {
    await file.save(path.join(folder, file.name));
    saved.push(file.name);
  }
  const failed: Record<string, string> = {};
  if (counts.succeeded < counts.total)
    for await (const { key, outcome, code } of batch.results())
      if (outcome !== 'succeeded') failed[key] = code ?? outcome;
  return { saved, failed };
}
