import type { ItemLine } from '../../workflows/domain/item';
import { asLines, fromLines, manifestName, partName, partOfSegment, segmentName, segmentsOf } from './batch-layout';
import type { BatchStore, Manifest, ManifestRow } from './batch-store';
import { StoreUnavailable } from './result-store';
import type { StoreFiles } from './store-files';

/** Segments that are read at a time. */
const READS_AT_ONCE = 16;

/** Manifests, parts and outcomes as files, wherever these are. */
export class FiledBatchStore implements BatchStore {
  constructor(private readonly files: StoreFiles) {}

  async writePart(batchId: string, part: number, rows: readonly ManifestRow[]): Promise<void> {
    await this.files.write(partName(batchId, part), asLines(rows));
  }

  async readPart(batchId: string, part: number): Promise<readonly ManifestRow[]> {
    return this.readLines<ManifestRow>(partName(batchId, part));
  }

  async writeManifest(manifest: Manifest): Promise<void> {
    await this.files.write(manifestName(manifest.batchId), asLines([manifest]));
  }

  async readManifest(batchId: string): Promise<Manifest | null> {
    return this.readAs(manifestName(batchId), (text): Manifest => JSON.parse(text));
  }

  async writeOutcomes(batchId: string, part: number, sequence: number, lines: readonly ItemLine[]): Promise<void> {
    await this.files.write(segmentName(batchId, part, sequence), asLines(lines));
  }

  async readOutcomes(batchId: string, part: number): Promise<readonly ItemLine[] | null> {
    const names = await this.files.list(segmentsOf(batchId, part));
    const segments = names.filter((name) => partOfSegment(name) === part);
    return segments.length === 0 ? null : this.readSegments(segments);
  }

  private async readSegments(names: readonly string[]): Promise<readonly ItemLine[]> {
    const lines: ItemLine[] = [];
    for (let first = 0; first < names.length; first += READS_AT_ONCE) {
      const some = names.slice(first, first + READS_AT_ONCE);
      const segments = await Promise.all(some.map((name) => this.readLines<ItemLine>(name)));
      for (const segment of segments) lines.push(...segment);
    }
    return lines;
  }

  private async readLines<T>(name: string): Promise<readonly T[]> {
    const lines = await this.readAs(name, fromLines<T>);
    if (lines === null)
      throw this.cannotRead(name, 'it is not there; check IMAGEPIPELINE_STORE and whether it was removed');
    return lines;
  }

  private async readAs<T>(name: string, parse: (text: string) => T): Promise<T | null> {
    const bytes = await this.files.read(name);
    if (bytes === null) return null;
    try {
      return parse(bytes.toString('utf8'));
    } catch {
      // The parser's own words repeat what it has read, and that may be a prompt.
      throw this.cannotRead(name, 'what lies there is not what was written; it must not be changed by hand');
    }
  }

  private cannotRead(name: string, why: string): StoreUnavailable {
    return new StoreUnavailable(`cannot read ${this.files.addressOf(name)}: ${why}`);
  }
}
