import type { OutputStream } from '../context';

/** Aborted by `asked`, and when the reader of the display has gone: it would never end otherwise. */
export function untilUnseen(asked: AbortSignal, { closed }: OutputStream): AbortSignal {
  return closed === undefined ? asked : AbortSignal.any([asked, closed]);
}
