import { setTimeout as sleep } from 'node:timers/promises';
import { processStarted } from '../../../tools/temporal/process-identity';

/** Waits until the condition holds; throws after the limit, in milliseconds. */
export async function until(what: string, condition: () => boolean, limitMs = 120_000): Promise<void> {
  for (const deadline = Date.now() + limitMs; !condition(); await sleep(25)) {
    if (Date.now() > deadline) throw new Error(`Not within ${limitMs} ms: ${what}`);
  }
}

export function isRunning(pid: number): boolean {
  return processStarted(pid) !== null;
}

export function untilGone(pid: number): Promise<void> {
  return until(`process ${pid} is gone`, () => !isRunning(pid));
}
