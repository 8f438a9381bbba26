/** A turn in which the process stands still, as if it had been stopped: past the 5 s that the SDK allows a turn. */
const STILL_MS = 6_000;

export async function standStill(): Promise<string> {
  await Promise.resolve();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STILL_MS);
  return 'went on';
}
