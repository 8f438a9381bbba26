import { setTimeout as sleep } from 'node:timers/promises';
import type { CliContext } from '../context';

/** Somewhat longer than it takes to find that no worker polls. */
const SLOW_MS = 5_000;

/** Says that a worker is waited for, where that takes longer than `slowMs`. */
export async function sayIfSlow<T>(
  { stderr }: Pick<CliContext, 'stderr'>,
  work: () => Promise<T>,
  slowMs: number = SLOW_MS,
): Promise<T> {
  const done = new AbortController();
  const notice = sleep(slowMs, undefined, { signal: done.signal }).then(
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
