import type { OutputStream } from '../context';

/** Aborted by `interrupted`, and when the reader of the display has gone: it would never end otherwise. */
export function untilUnseen(interrupted: AbortSignal, { closed }: OutputStream): AbortSignal {
  return closed === undefined ? interrupted : AbortSignal.any([interrupted, closed]);
}
