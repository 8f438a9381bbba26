/** Writes planned rows to the store, as parts. */
import { createHash } from 'node:crypto';
import type { BatchStore, ManifestRow, RunRows } from '../../activities/store';
import { SpoolFile } from '../../input/spool-file';
import { PAGE_SIZE } from '../../workflows/domain/base/defaults';

/** Hexadecimal digits of the hash: enough to exclude collisions. */
const ROWS_HASH_DIGITS = 24;

/**
 * Buffers rows in a temporary file until the whole input has been found valid:
 * the input may be a pipe, which can be read only once, or a file that changes meanwhile.
 */
export class RowSpool {
  private rows: ManifestRow[] = [];
  /** Number of steps of these rows. */
  private steps = 0;
  /** Reads the bytes of a part. */
  private readonly parts: (() => Promise<Buffer>)[] = [];
  private readonly hash = createHash('sha256');
  private readonly file = new SpoolFile('batch');

  async add({ jobId, afterFetch = 'end', ...row }: ManifestRow): Promise<void> {
    const steps = row.steps?.length ?? 1;
    // What a page carries grows with the steps of its items.
    if (this.steps + steps > PAGE_SIZE) await this.flush();
    this.rows.push({ ...row, ...(jobId === undefined ? {} : { jobId, afterFetch }) });
    this.steps += steps;
  }

  /**
   * Writes the rows as parts, under names that contain their hash. They take effect once a manifest names them.
   *
   * @param firstPart number of the first part in its batch
   */
  async writeTo(store: Pick<BatchStore, 'writePart'>, batchId: string, firstPart: number): Promise<RunRows> {
    await this.flush();
    const rowsHash = this.hash.copy().digest('hex').slice(0, ROWS_HASH_DIGITS);
    const sizes: number[] = [];
    for (const [index, read] of this.parts.entries()) {
      const rows = parseRows(await read());
      await store.writePart({ batchId, part: firstPart + index, rowsHash }, rows);
      sizes.push(rows.length);
    }
    return { parts: sizes, rowsHash };
  }

  /** Yields all rows in order. */
  async *all(): AsyncGenerator<ManifestRow> {
    await this.flush();
    for (const read of this.parts) yield* parseRows(await read());
  }

  get isEmpty(): boolean {
    return this.parts.length === 0 && this.rows.length === 0;
  }

  /** Deletes the file. Safe to call twice. */
  close(): Promise<void> {
    return this.file.close();
  }

  private async flush(): Promise<void> {
    if (this.rows.length === 0) return;
    const bytes = Buffer.from(JSON.stringify(this.rows));
    this.hash.update(bytes);
    this.parts.push(await this.file.add(bytes));
    this.rows = [];
    this.steps = 0;
  }
}

function parseRows(bytes: Buffer): readonly ManifestRow[] {
  return JSON.parse(bytes.toString());
}
