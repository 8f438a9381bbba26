import { setTimeout as sleep } from 'node:timers/promises';

/** Not a guess at how long something takes, but when to stop waiting: a busy machine may be many times slower. */
const PATIENCE_MS = 120_000;

/** A look that asks a server costs it as much as it costs the test; what is waited for needs the processor, too. */
const REST_PER_LOOK = 6;
const MIN_REST_MS = 20;
const MAX_REST_MS = 400;

/** Looks again and again until there is something, and gives it back; fails with `what` if it never comes. */
export async function until<T>(what: string | (() => string), look: () => T | Promise<T>): Promise<NonNullable<T>> {
  const endAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const lookedAt = Date.now();
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    if (Date.now() > endAt) throw new Error(`waited in vain until ${typeof what === 'string' ? what : what()}`);
    await sleep(Math.min(MAX_REST_MS, Math.max(MIN_REST_MS, (Date.now() - lookedAt) * REST_PER_LOOK)));
  }
}
