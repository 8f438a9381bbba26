import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** What was written to a file, or renamed in a folder, is on the disk when this returns. */
export async function sync(target: string): Promise<void> {
  const handle = await open(target, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
