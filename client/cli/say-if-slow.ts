import { setTimeout as sleep } from 'node:timers/promises';
import type { CliContext } from './context';

/** Somewhat longer than it takes to find that no worker polls. */
const SLOW_MS = 5_000;

/** Says that a worker is waited for, where that takes longer than a moment. */
export async function sayIfSlow<T>({ stderr }: CliContext, work: () => Promise<T>): Promise<T> {
  const done = new AbortController();
  const notice = sleep(SLOW_MS, undefined, { signal: done.signal }).then(
    () => stderr.write('no worker has answered yet; waiting\n'),
    () => undefined,
  );
  try {
    return await work();
  } finally {
    done.abort();
    await notice;
  }
}
