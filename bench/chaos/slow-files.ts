/** Makes a process wait before files appear in their places, as a store far away does. */
import { existsSync, readFileSync } from 'node:fs';
import files from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Slowness {
  /** How long a write takes, drawn anew for each. */
  readonly leastMs: number;
  readonly mostMs: number;
  /** Of the path, as the source of a regular expression. */
  readonly pattern: string;
}

/**
 * To be called before anything is written. Whoever writes a whole file renames or links it into its place, or makes it
 * there.
 *
 * @param order path of a file with a `Slowness`; nothing is slow while there is none
 */
export function slowFiles(order: string): void {
  const { rename, link, open } = files;
  files.rename = async (from, to) => {
    await waitFor(order, String(to));
    return rename(from, to);
  };
  files.link = async (from, to) => {
    await waitFor(order, String(to));
    return link(from, to);
  };
  files.open = async (file, flags, mode) => {
    if (String(flags).includes('x')) await waitFor(order, String(file));
    return open(file, flags, mode);
  };
}

async function waitFor(order: string, file: string): Promise<void> {
  if (!existsSync(order)) return;
  const { leastMs, mostMs, pattern }: Slowness = JSON.parse(readFileSync(order, 'utf8'));
  if (new RegExp(pattern).test(file)) await sleep(leastMs + Math.random() * (mostMs - leastMs));
}
