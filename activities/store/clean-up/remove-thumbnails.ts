/** Removes the thumbnails of what is deleted: they show the same pictures. */
import type { JournalEntry } from '../../../workflows/domain/item/journal-entry';
import { withAllFiles, withRowFiles } from '../../../workflows/domain/item/result-row';
import { StoreUnavailable } from '../store-unavailable';
import type { CleanedStore } from './known-work';

/** @param parts number of parts of the batch */
export async function removeThumbnailsOfBatch(
  { batches, thumbnails }: Pick<CleanedStore, 'batches' | 'thumbnails'>,
  batchId: string,
  parts: number,
): Promise<void> {
  if (!(await thumbnails.hasAny())) return;
  const read = await batches.openOutcomes(batchId);
  for (let part = 0; part < parts; part += 1) {
    const lines = (await readOutcomes(() => read(part)))?.lines ?? [];
    const files = lines.flatMap((line) => [
      ...withRowFiles(line).files,
      ...(line.steps ?? []).flatMap((step) => step.files),
    ]);
    await thumbnails.remove([...new Set(files.map(({ sha256 }) => sha256))]);
  }
}

export async function removeThumbnailsOfItem(
  { thumbnails }: Pick<CleanedStore, 'thumbnails'>,
  entry: JournalEntry | null,
): Promise<void> {
  if (entry === null) return;
  const made = [entry, ...(entry.others ?? [])].flatMap(({ completed }) => completed ?? []);
  await thumbnails.remove([
    ...new Set(made.flatMap((completed) => withAllFiles(completed).files).map(({ sha256 }) => sha256)),
  ]);
}

/** `null`: they are damaged, which must not keep the files from being deleted. A store that is away fails the deletion, too. */
async function readOutcomes<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof StoreUnavailable) return null;
    throw error;
  }
}
