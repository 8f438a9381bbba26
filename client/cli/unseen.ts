import type { OutputStream } from './context';

/** Aborted by `asked`, and when the reader of what is shown has gone: a display that goes on unseen would never end. */
export function untilUnseen(asked: AbortSignal, { closed }: OutputStream): AbortSignal {
  return closed === undefined ? asked : AbortSignal.any([asked, closed]);
}
