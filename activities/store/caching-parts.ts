import type { BatchStore, ManifestRow } from './batch-store';

/** Pages of a worker that are under way at the same time, as a rule. */
const MAX_CACHED_PARTS = 16;

/** Keeps the parts that were read last: a page asks for its own some hundred times. */
export function cachingParts(store: BatchStore): BatchStore {
  const kept = new Map<string, Promise<readonly ManifestRow[]>>();
  return {
    writePart: (...given) => store.writePart(...given),
    readPart: (reference) => {
      const { batchId, part, rowsHash } = reference;
      const name = `${batchId}/${part}/${rowsHash}`;
      const rows = kept.get(name) ?? store.readPart(reference);
      kept.delete(name);
      kept.set(name, rows);
      rows.catch(() => kept.delete(name));
      for (const oldest of [...kept.keys()].slice(0, -MAX_CACHED_PARTS)) kept.delete(oldest);
      return rows;
    },
    createManifest: (manifest) => store.createManifest(manifest),
    addRun: (...given) => store.addRun(...given),
    readManifest: (batchId) => store.readManifest(batchId),
    beginPart: (...given) => store.beginPart(...given),
    readBegin: (...given) => store.readBegin(...given),
    writeOutcomes: (...given) => store.writeOutcomes(...given),
    readOutcomes: (...given) => store.readOutcomes(...given),
    openOutcomes: (batchId) => store.openOutcomes(batchId),
  };
}
