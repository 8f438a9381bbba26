import type { Evidence } from '../evidence';

/** Jobs in flight are collected first, and callbacks that may be lost are waited for. */
const BOUND_MS = 90_000;

/** Law 17: a cancelled batch or item ends. */
export function cancels({ cancels: cancelled }: Evidence): readonly string[] {
  return cancelled.flatMap(({ what, ms }) => {
    if (ms === null) return [`${what} was cancelled and does not end`];
    return ms > BOUND_MS ? [`${what} was cancelled and ended after ${ms} ms`] : [];
  });
}
