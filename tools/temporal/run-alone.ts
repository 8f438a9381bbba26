import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unlessErrno } from './errors';

const POLL_INTERVAL_MS = 250;
/** One line of progress in 5 s. */
const POLLS_PER_LINE = 20;
/** How often a process touches its folder, in ms. */
const TOUCH_INTERVAL_MS = 2_000;
/** Age at which a folder that is not touched counts as abandoned, in ms. */
const MAX_UNTOUCHED_MS = 10_000;

/**
 * Calls `work` in one process at a time, and creates a temporary folder for it. Other processes wait, and replace the
 * folder of a process that has died. `doing` says in lines of progress what the other process does.
 */
export async function runAlone<T>(
  folder: string,
  doing: string,
  onProgress: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const nameFile = join(folder, 'process');
  await mkdir(dirname(folder), { recursive: true });
  for (let poll = 0; unlessErrno('EEXIST', () => mkdirSync(folder)) === null; poll += 1) {
    const touchedAt = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - touchedAt > MAX_UNTOUCHED_MS) rmSync(folder, { recursive: true, force: true });
    else if (poll % POLLS_PER_LINE === 0) {
      const name = unlessErrno('ENOENT', () => readFileSync(nameFile, 'utf8')) ?? 'a process';
      onProgress(`Waiting for ${name}, which is ${doing} (in ${folder})`);
    }
    await sleep(POLL_INTERVAL_MS);
  }
  const touch = () => unlessErrno('ENOENT', () => utimesSync(folder, new Date(), new Date()));
  const touching = setInterval(touch, TOUCH_INTERVAL_MS);
  try {
    writeFileSync(nameFile, `process ${process.pid} on ${hostname()}`);
    return await work();
  } finally {
    clearInterval(touching);
    await rm(folder, { recursive: true, force: true });
  }
}
