/** Where the rows of a batch are, by key. */
import { listLaterRuns, type PassedParts, type Places } from './batch-items';
import { type BatchStore, listOwnParts, type Manifest, toPart } from './batch-store';

const MAX_CONCURRENT_READS = 16;

/** A place among the items of a batch. */
export interface StartPlace {
  /** The parts before it. */
  readonly passed: PassedParts;
  /** The keys before it in the first part behind them. */
  readonly skipped: ReadonlySet<string>;
}

/** The first item. */
export const BEGINNING: StartPlace = { passed: new Map(), skipped: new Set() };

/** Parts never change, so what was read of a manifest stays true. */
export class KeyIndex {
  /**
   * @param parts the parts with a row of each key, in order of the rows; the first has the item, the others are of later runs
   * @param ends the places behind each part that has items
   */
  private constructor(
    private readonly parts: ReadonlyMap<string, readonly number[]>,
    private readonly ends: PassedParts,
  ) {}

  /** @throws StoreUnavailable */
  static async read(batches: BatchStore, manifest: Manifest): Promise<KeyIndex> {
    const parts = await readParts(batches, manifest);
    return new KeyIndex(parts, findEnds(manifest, parts));
  }

  /** Returns `undefined` if the batch has no such key. */
  getParts(key: string): readonly number[] | undefined {
    return this.parts.get(key);
  }

  /** Finds the place behind an item; `null` if the batch has no such key. */
  findAfter(key: string): StartPlace | null {
    const own = this.parts.get(key)?.[0];
    if (own === undefined) return null;
    const passed = new Map([...this.ends].filter(([part]) => part < own));
    const skipped = new Set<string>();
    for (const [one, [part]] of this.parts) {
      if (part === own) skipped.add(one);
      if (one === key) break;
    }
    return { passed, skipped };
  }
}

async function readParts(batches: BatchStore, manifest: Manifest): Promise<ReadonlyMap<string, readonly number[]>> {
  const found = new Map<string, readonly number[]>();
  const all = [...manifest.parts.keys()];
  for (let first = 0; first < all.length; first += MAX_CONCURRENT_READS) {
    const some = all.slice(first, first + MAX_CONCURRENT_READS);
    const read = await Promise.all(some.map((part) => batches.readPart(toPart(manifest, part))));
    read.forEach((rows, index) => {
      // Most keys have one part, and share its list.
      const alone = [first + index];
      for (const { key } of rows) {
        const before = found.get(key);
        found.set(key, before === undefined ? alone : [...before, ...alone]);
      }
    });
  }
  return found;
}

/** Counts the rows that each later run has of the items up to the end of each part. */
function findEnds(manifest: Manifest, parts: ReadonlyMap<string, readonly number[]>): PassedParts {
  const later = listLaterRuns(manifest);
  const runs = new Map(later.flatMap((ofRun, run) => ofRun.map((part) => [part, run] as const)));
  const counts = new Map(listOwnParts(manifest).map((part) => [part, later.map(() => 0)] as const));
  for (const [own, ...others] of parts.values()) {
    const ofPart = own === undefined ? undefined : counts.get(own);
    for (const run of others.map((part) => runs.get(part))) {
      if (ofPart !== undefined && run !== undefined) ofPart[run] = (ofPart[run] ?? 0) + 1;
    }
  }
  let place: Places = later.map(() => 0);
  return new Map(
    [...counts].map(([part, ofPart]) => {
      place = place.map((before, run) => before + (ofPart[run] ?? 0));
      return [part, place];
    }),
  );
}
