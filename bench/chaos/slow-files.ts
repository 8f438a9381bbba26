/** Delays the appearance of files, as a remote store does. */
import { existsSync, readFileSync } from 'node:fs';
import files from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Slowness {
  /** Range of the delay of each write, in ms. */
  readonly leastMs: number;
  readonly mostMs: number;
  /** Pattern of the path, as the source of a regular expression. */
  readonly pattern: string;
}

/**
 * Call before anything is written. Files are renamed or linked into place, or created there.
 *
 * @param order path of a file with a `Slowness`; without it nothing is delayed
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
