/** The store's unique id: a file that is created once and copied with the store. */
import { randomUUID } from 'node:crypto';
import { StoreUnavailable } from './result-store';
import type { StoreFiles } from './store-files';

const NAME = 'store.json';

/** @throws StoreUnavailable, also if the file's content is invalid */
export async function readIdentity(files: StoreFiles): Promise<string> {
  const there = await files.read(NAME);
  // Of two concurrent creators exactly one succeeds, and both read its file.
  const text = there?.toString('utf8') ?? (await files.create(NAME, `${JSON.stringify({ id: randomUUID() })}\n`));
  const id = idIn(text);
  if (id !== null) return id;
  throw new StoreUnavailable(
    `cannot read ${files.addressOf(NAME)}: it does not contain the store's id; restore it from a copy, or remove it if no batch is running`,
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
