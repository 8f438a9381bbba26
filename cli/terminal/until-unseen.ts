import type { OutputStream } from '../context';

/** Aborted by `interrupted`, or when the reader has closed the output: a display without a reader must end. */
export function untilUnseen(interrupted: AbortSignal, { closed }: OutputStream): AbortSignal {
  return closed === undefined ? interrupted : AbortSignal.any([interrupted, closed]);
}
