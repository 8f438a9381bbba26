import type { BatchStore, ManifestRow } from './batch-store';

/** Maximum parts cached; more than the pages a worker usually runs at once. */
const MAX_CACHED_PARTS = 16;

/** Caches the parts read most recently: a page reads its own part several hundred times. */
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
    writeScheduledPart: (...given) => store.writeScheduledPart(...given),
    readScheduledPart: (part) => store.readScheduledPart(part),
    createManifest: (manifest) => store.createManifest(manifest),
    addRun: (...given) => store.addRun(...given),
    listAddedRuns: (batchId) => store.listAddedRuns(batchId),
    readManifest: (batchId) => store.readManifest(batchId),
    readAnyManifest: (batchId) => store.readAnyManifest(batchId),
    addDeletion: (...given) => store.addDeletion(...given),
    markDeleted: (batchId) => store.markDeleted(batchId),
    isBeingDeleted: (batchId) => store.isBeingDeleted(batchId),
    refuseDeleted: (batchId) => store.refuseDeleted(batchId),
    isOvertaken: (...given) => store.isOvertaken(...given),
    beginPart: (...given) => store.beginPart(...given),
    readBegin: (...given) => store.readBegin(...given),
    writeOutcomes: (...given) => store.writeOutcomes(...given),
    recordUnreported: (...given) => store.recordUnreported(...given),
    readUnreported: (...given) => store.readUnreported(...given),
    recordStep: (...given) => store.recordStep(...given),
    readSteps: (...given) => store.readSteps(...given),
    readOutcomes: (...given) => store.readOutcomes(...given),
    openOutcomes: (...given) => store.openOutcomes(...given),
  };
}
