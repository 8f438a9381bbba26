/** What every store does with its small files: identity, probe, and reading results. */
import { randomUUID } from 'node:crypto';
import {
  type KeptFile,
  keptName,
  NotInStore,
  type OpenFile,
  refuseUnsafe,
  StoreUnavailable,
  toNames,
} from './result-store';
import type { StoreFiles, StreamedFiles } from './store-files';

/** Name of the file with the store's id, which is created once and copied with the store. */
export const IDENTITY_NAME = 'store.json';

/** @throws StoreUnavailable, also if the file's content is invalid */
export async function readIdentity(files: StoreFiles): Promise<string> {
  const there = await files.read(IDENTITY_NAME);
  // Of two concurrent creators exactly one succeeds, and both read its file.
  const text =
    there?.toString('utf8') ?? (await files.create(IDENTITY_NAME, `${JSON.stringify({ id: randomUUID() })}\n`));
  const id = idIn(text);
  if (id !== null) return id;
  throw new StoreUnavailable(
    `cannot read ${files.addressOf(IDENTITY_NAME)}: it does not contain the store's id; restore it from a copy, or remove it if no batch is running`,
  );
}

function idIn(text: string): string | null {
  try {
    const { id } = JSON.parse(text);
    return typeof id === 'string' && id !== '' ? id : null;
  } catch {
    return null;
  }
}

/** Name of the file that the probe writes. */
const PROBE_NAME = 'store-probe.txt';
/** Equal in every process: of two concurrent writes, a server may answer one with the checksum of the other. */
const TEXT = 'written by imagepipeline to check that this store is writable';

/** @throws StoreUnavailable */
export async function checkStoreFiles(files: StoreFiles): Promise<void> {
  await files.write(PROBE_NAME, TEXT);
  const text = randomUUID();
  // Concurrent probes may write the file, but creating an existing file must fail.
  const there = await files.create(PROBE_NAME, text);
  if (there !== text) return;
  throw new StoreUnavailable(
    `cannot use ${files.addressOf(PROBE_NAME)}: the server overwrites an existing object on a conditional create (it ignores ` +
      '"If-None-Match: *"), so two batches could take the same id and pay for each other\'s rows; use a server ' +
      'that supports conditional writes, or a newer release of it',
  );
}

/** @throws StoreUnavailable, also if the file does not exist */
export async function readKept(files: StoreFiles, kept: KeptFile): Promise<Buffer> {
  const name = toSafeName(kept);
  return (await files.read(name)) ?? failToRead(files, name);
}

/** @throws StoreUnavailable, also if the file does not exist */
export async function openKept(files: StreamedFiles, kept: KeptFile): Promise<OpenFile> {
  const name = toSafeName(kept);
  const bytes = (await files.findSize(name)) ?? failToRead(files, name);
  return { bytes, read: (range = { start: 0, end: bytes - 1 }) => files.openStream(name, range) };
}

function toSafeName(kept: KeptFile): string {
  refuseUnsafe([...toNames(kept), kept.extension, String(kept.version)]);
  return keptName(kept);
}

function failToRead(files: StoreFiles, name: string): never {
  throw new NotInStore(`cannot read ${files.addressOf(name)}: it does not exist; it was moved or removed`);
}
