/** What tells one store from another: a file that is made once, and travels with a copy of the store. */
import { randomUUID } from 'node:crypto';
import { StoreUnavailable } from './result-store';
import type { StoreFiles } from './store-files';

const NAME = 'store.json';

/** @throws StoreUnavailable, also if the file is not what was written */
export async function readIdentity(files: StoreFiles): Promise<string> {
  const there = await files.read(NAME);
  // Of two that find none exactly one makes it, and both read that one.
  const text = there?.toString('utf8') ?? (await files.create(NAME, `${JSON.stringify({ id: randomUUID() })}\n`));
  const id = idIn(text);
  if (id !== null) return id;
  throw new StoreUnavailable(
    `cannot read ${files.addressOf(NAME)}: it does not hold the id of the store; restore it from a copy, or remove it where no batch runs`,
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
