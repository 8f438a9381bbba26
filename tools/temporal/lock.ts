import { setTimeout as sleep } from 'node:timers/promises';
import {
  createOwnerFile,
  type FoundOwner,
  isAbandoned,
  keepTouching,
  readOwnerFile,
  removeOwnerFile,
  serialise,
  thisOwner,
} from './owner-file';
import { every } from './progress';

interface LockOptions {
  readonly onProgress: (line: string) => void;
  /** What the holder is doing, for progress lines: "making the Temporal CLI". */
  readonly doing: string;
}

const POLL_INTERVAL_MS = 250;
const PROGRESS_INTERVAL_MS = 5_000;

/** Runs `work` while holding the folder's lock. Waits for a live holder; takes over from a dead one. */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const owner = thisOwner();
  await acquire(path, () => createOwnerFile(path, owner), options);
  const stopTouching = keepTouching(path);
  try {
    return await work();
  } finally {
    stopTouching();
    removeOwnerFile(path, serialise(owner));
  }
}

async function acquire(path: string, tryCreate: () => boolean, options: LockOptions): Promise<void> {
  const report = every(PROGRESS_INTERVAL_MS, options.onProgress);
  while (!tryCreate()) {
    const found = readOwnerFile(path);
    if (found === null) continue;
    if (isAbandoned(found)) {
      options.onProgress(`Removing the lock "${path}" of ${findHolder(found)}, which is gone`);
      removeOwnerFile(path, found.raw);
      continue;
    }
    report(`Waiting for ${findHolder(found)}, which is ${options.doing} (lock: ${path})`);
    await sleep(POLL_INTERVAL_MS);
  }
}

function findHolder({ owner }: FoundOwner): string {
  return owner === null ? 'an unknown process' : `process ${owner.pid} (${owner.space}, since ${owner.since})`;
}
