import { setTimeout as sleep } from 'node:timers/promises';
import type { CliContext } from '../context';

/** Default delay in ms: slightly longer than it takes to detect that no worker polls. */
const SLOW_MS = 5_000;

/** Runs `work`. Prints a notice if no worker has answered after `slowMs`. */
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
