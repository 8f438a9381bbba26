import { setTimeout as pause } from 'node:timers/promises';
import { ON_POSTGRES } from './on-postgres';

const PATIENCE_MS = ON_POSTGRES ? 90_000 : 30_000;

/** Looks again and again until there is something, and gives it back; fails with `what` if it never comes. */
export async function until<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  const endAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    if (Date.now() > endAt) throw new Error(`waited in vain until ${what}`);
    await pause(20);
  }
}
