/** From planned rows to a manifest in the store. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { BatchStore, Manifest, ManifestRow } from '../activities/store';
import type { BatchSettings } from '../workflows/domain/batch-settings';
import { PAGE_SIZE } from '../workflows/domain/defaults';

/**
 * Rows on their way to the store. They are kept in files of this process until the whole input was found to be right:
 * the input may be a pipe, which can be read only once, or a file that changes meanwhile.
 */
export class RowSpool {
  private rows: ManifestRow[] = [];
  private parts = 0;

  private constructor(private readonly folder: string) {}

  static async open(): Promise<RowSpool> {
    return new RowSpool(await mkdtemp(path.join(os.tmpdir(), 'imagepipeline-batch-')));
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
    return this.parts === 0 && this.rows.length === 0;
  }

  private async writeParts(store: BatchStore, batchId: string, firstPart: number): Promise<number[]> {
    await this.flush();
    const sizes: number[] = [];
    for (let part = 0; part < this.parts; part += 1) {
      const rows: readonly ManifestRow[] = JSON.parse(await readFile(this.file(part), 'utf8'));
      await store.writePart(batchId, firstPart + part, rows);
      sizes.push(rows.length);
    }
    // The store has the rows now. Whoever follows the batch may be killed, and would leave them behind.
    await this.close();
    return sizes;
  }

  close(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  private async flush(): Promise<void> {
    if (this.rows.length === 0) return;
    await writeFile(this.file(this.parts), JSON.stringify(this.rows));
    this.parts += 1;
    this.rows = [];
  }

  private file(part: number): string {
    return path.join(this.folder, `${part}.json`);
  }
}
