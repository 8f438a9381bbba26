import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the condition holds; throws after the limit, in milliseconds. */
export async function until(what: string, condition: () => boolean, limitMs = 120_000): Promise<void> {
  for (const deadline = Date.now() + limitMs; !condition(); await sleep(25)) {
    if (Date.now() > deadline) throw new Error(`Not within ${limitMs} ms: ${what}`);
  }
}

/** Also false for a process that has ended and that nobody has waited for. */
export function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return /^[^Z]/.test(stdout.trim());
}

export function untilGone(pid: number): Promise<void> {
  return until(`process ${pid} is gone`, () => !isRunning(pid));
}
