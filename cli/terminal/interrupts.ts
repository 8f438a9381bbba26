/** Signals that interrupt a command. */
import type { OutputStream } from '../context';

export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interrupts {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Restores the default handling of the signals. */
  release(): void;
}

export function catchInterrupts(): Interrupts {
  const controller = new AbortController();
  const abort = () => controller.abort();
  for (const name of SIGNALS) process.once(name, abort);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of SIGNALS) process.off(name, abort);
    },
  };
}

/** Resolves when `signal` is aborted. */
export function waitForAbort(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Aborted by `interrupted`, or when the reader has closed the output: a display without a reader must end. */
export function untilClosed(interrupted: AbortSignal, { closed }: OutputStream): AbortSignal {
  return closed === undefined ? interrupted : AbortSignal.any([interrupted, closed]);
}
