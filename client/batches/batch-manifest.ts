/** Writes planned rows to the store, as parts. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { BatchStore, ManifestRow, RunRows } from '../../activities/store';
import { PAGE_SIZE } from '../../workflows/domain/base/defaults';

/** Hexadecimal digits of the hash: enough to exclude collisions. */
const ROWS_HASH_DIGITS = 24;

/** The range of a part's rows in the file, in bytes. */
interface Stretch {
  readonly at: number;
  readonly length: number;
}

/**
 * Buffers rows in a temporary file until the whole input has been found valid:
 * the input may be a pipe, which can be read only once, or a file that changes meanwhile.
 */
export class RowSpool {
  private rows: ManifestRow[] = [];
  private readonly parts: Stretch[] = [];
  private end = 0;
  private readonly hash = createHash('sha256');

  private constructor(
    private readonly file: FileHandle,
    private readonly folder: string,
  ) {}

  static async open(): Promise<RowSpool> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'imagepipeline-batch-'));
    const file = await open(path.join(folder, 'rows'), 'wx+');
    loseName(folder);
    return new RowSpool(file, folder);
  }

  async add({ key, operation, request, jobId, afterFetch = 'end', values }: ManifestRow): Promise<void> {
    this.rows.push({
      key,
      operation,
      request,
      ...(jobId === undefined ? {} : { jobId, afterFetch }),
      ...(values === undefined ? {} : { values }),
    });
    if (this.rows.length === PAGE_SIZE) await this.flush();
  }

  /**
   * Writes the rows as parts, under names that contain their hash. They take effect once a manifest names them.
   *
   * @param firstPart number of the first part in its batch
   */
  async writeTo(store: BatchStore, batchId: string, firstPart: number): Promise<RunRows> {
    await this.flush();
    const rowsHash = this.hash.copy().digest('hex').slice(0, ROWS_HASH_DIGITS);
    const sizes: number[] = [];
    for (const [index, stretch] of this.parts.entries()) {
      const rows = await this.read(stretch);
      await store.writePart({ batchId, part: firstPart + index, rowsHash }, rows);
      sizes.push(rows.length);
    }
    return { parts: sizes, rowsHash };
  }

  /** Yields all rows in order. */
  async *all(): AsyncGenerator<ManifestRow> {
    await this.flush();
    for (const stretch of this.parts) yield* await this.read(stretch);
  }

  get isEmpty(): boolean {
    return this.parts.length === 0 && this.rows.length === 0;
  }

  /** Deletes the file. Safe to call twice. */
  async close(): Promise<void> {
    await this.file.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async flush(): Promise<void> {
    if (this.rows.length === 0) return;
    const bytes = Buffer.from(JSON.stringify(this.rows));
    this.hash.update(bytes);
    await this.file.appendFile(bytes);
    this.parts.push({ at: this.end, length: bytes.length });
    this.end += bytes.length;
    this.rows = [];
  }

  private async read({ at, length }: Stretch): Promise<readonly ManifestRow[]> {
    const { buffer } = await this.file.read(Buffer.alloc(length), 0, length, at);
    return JSON.parse(buffer.toString());
  }
}

/** Unlinks the open file at once: a killed process then leaves nothing behind. */
function loseName(folder: string): void {
  try {
    rmSync(folder, { recursive: true });
  } catch {
    // Systems that cannot unlink open files delete it when it is closed.
  }
}
