/** What every store does with its small files: it tells itself from others, tries itself out, and reads what was kept. */
import { randomUUID } from 'node:crypto';
import { type KeptFile, keptName, refuseUnsafe, StoreUnavailable, toNames } from './result-store';
import type { StoreFiles } from './store-files';

/** Tells one store from another; made once, it travels with a copy of the store. */
const IDENTITY_NAME = 'store.json';

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

/** Written to try the store out before anything relies on it. */
const PROBE_NAME = 'store-probe.txt';
/** The same in every process: a server may answer one of two writes at once with the checksum of the other. */
const TEXT = 'written by imagepipeline to see that this store can be written';

/** @throws StoreUnavailable */
export async function probeStore(files: StoreFiles): Promise<void> {
  await files.write(PROBE_NAME, TEXT);
  const text = randomUUID();
  // Concurrent probes may write the file, but creating an existing file must fail.
  const there = await files.create(PROBE_NAME, text);
  if (there !== text) return;
  throw new StoreUnavailable(
    `cannot use ${files.addressOf(PROBE_NAME)}: the server overwrites an existing object on a conditional create (it ignores ` +
      '"If-None-Match: *"), so that two batches could take the same id and pay for each other\'s rows; use a server ' +
      'that supports conditional writes, or a newer release of it',
  );
}

/** @throws StoreUnavailable, also if the file does not exist */
export async function readKept(files: StoreFiles, kept: KeptFile): Promise<Buffer> {
  refuseUnsafe([...toNames(kept), kept.extension, String(kept.version)]);
  const name = keptName(kept);
  const bytes = await files.read(name);
  if (bytes !== null) return bytes;
  throw new StoreUnavailable(`cannot read ${files.addressOf(name)}: it does not exist; it was moved or removed`);
}
