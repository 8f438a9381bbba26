/** Time that intervals alone go by, so that a test need not wait for heartbeats. */
const OTHERS = [
  'Date',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setTimeout',
  'clearTimeout',
] as const;

/** @param work is given what lets the intervals that were set since then continue by so many ms */
export async function withIntervals(work: (pass: (ms: number) => void) => Promise<void>): Promise<void> {
  jest.useFakeTimers({ doNotFake: [...OTHERS] });
  try {
    await work((ms) => jest.advanceTimersByTime(ms));
  } finally {
    jest.useRealTimers();
  }
}
