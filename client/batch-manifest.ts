/** From planned rows to a manifest in the store. */
import { mkdtempSync, rmSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { BatchStore, Manifest, ManifestRow } from '../activities/store';
import type { BatchSettings } from '../workflows/domain/batch-settings';
import { PAGE_SIZE } from '../workflows/domain/defaults';

/** Where the rows of a part lie in the file, in bytes. */
interface Stretch {
  readonly at: number;
  readonly length: number;
}

/**
 * Rows on their way to the store. They are kept in a file of this process until the whole input was found to be right:
 * the input may be a pipe, which can be read only once, or a file that changes meanwhile.
 */
export class RowSpool {
  private rows: ManifestRow[] = [];
  private readonly parts: Stretch[] = [];
  private end = 0;

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

  async add({ key, operation, request, jobId }: ManifestRow): Promise<void> {
    this.rows.push({ key, operation, request, ...(jobId === undefined ? {} : { jobId }) });
    if (this.rows.length === PAGE_SIZE) await this.flush();
  }

  /** Writes the rows as parts, and the manifest last: without it the batch was never planned to its end. */
  async toStore(store: BatchStore, batchId: string, sha256: string, settings: BatchSettings): Promise<Manifest> {
    const parts = await this.writeParts(store, batchId, 0);
    const manifest = { batchId, parts, redrives: [], sha256, settings, createdAt: new Date().toISOString() };
    await store.writeManifest(manifest);
    return manifest;
  }

  /** Adds the rows to a batch as parts of their own. Returns their sizes. */
  async addTo(store: BatchStore, manifest: Manifest): Promise<readonly number[]> {
    const firstPart = manifest.parts.length;
    const added = await this.writeParts(store, manifest.batchId, firstPart);
    const redrives = [...manifest.redrives, firstPart];
    await store.writeManifest({ ...manifest, parts: [...manifest.parts, ...added], redrives });
    return added;
  }

  get isEmpty(): boolean {
    return this.parts.length === 0 && this.rows.length === 0;
  }

  private async writeParts(store: BatchStore, batchId: string, firstPart: number): Promise<number[]> {
    await this.flush();
    const sizes: number[] = [];
    for (const [part, stretch] of this.parts.entries()) {
      const rows = await this.read(stretch);
      await store.writePart(batchId, firstPart + part, rows);
      sizes.push(rows.length);
    }
    // The store has the rows now, and whoever follows the batch may do so for days.
    await this.close();
    return sizes;
  }

  /** May be called again. */
  async close(): Promise<void> {
    await this.file.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async flush(): Promise<void> {
    if (this.rows.length === 0) return;
    const bytes = Buffer.from(JSON.stringify(this.rows));
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

/** At once, for the file lives on without a name, and nothing is left then by a process that is killed. */
function loseName(folder: string): void {
  try {
    rmSync(folder, { recursive: true });
  } catch {
    // Systems that keep the names of open files let it go when it is closed.
  }
}
