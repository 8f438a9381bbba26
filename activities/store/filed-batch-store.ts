import type { ItemLine } from '../../workflows/domain/item';
import {
  asLines,
  fromLines,
  manifestName,
  outcomesOf,
  partName,
  segmentName,
  segmentOf,
  segmentsOf,
} from './batch-layout';
import type { BatchStore, Manifest, ManifestRow, ReadOutcomes } from './batch-store';
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
    await this.files.write(segmentName(batchId, { part, sequence }), asLines(lines));
  }

  async readOutcomes(batchId: string, part: number): Promise<readonly ItemLine[] | null> {
    const segments = byPart(await this.files.list(segmentsOf(batchId, part)));
    return this.readSegments(batchId, part, segments.get(part));
  }

  async openOutcomes(batchId: string): Promise<ReadOutcomes> {
    const segments = byPart(await this.files.list(outcomesOf(batchId)));
    return (part) => this.readSegments(batchId, part, segments.get(part));
  }

  private async readSegments(
    batchId: string,
    part: number,
    sequences: readonly number[] | undefined,
  ): Promise<readonly ItemLine[] | null> {
    if (sequences === undefined) return null;
    const lines: ItemLine[] = [];
    for (let first = 0; first < sequences.length; first += READS_AT_ONCE) {
      const some = sequences.slice(first, first + READS_AT_ONCE);
      const segments = await Promise.all(
        some.map((sequence) => this.readLines<ItemLine>(segmentName(batchId, { part, sequence }))),
      );
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

/** Sequences of segments by their part, in the order of their names: a few bytes each, even of a million items. */
function byPart(names: readonly string[]): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, number[]>();
  for (const name of names) {
    const segment = segmentOf(name);
    if (segment === null) continue;
    const before = found.get(segment.part);
    if (before === undefined) found.set(segment.part, [segment.sequence]);
    else before.push(segment.sequence);
  }
  return found;
}
