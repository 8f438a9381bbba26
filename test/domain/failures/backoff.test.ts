/** Full jitter: uniform below a bound that grows, and never zero. */
import fc from 'fast-check';
import { computeRetryDelayMs, drawFullJitterMs } from '../../../workflows/domain/failures/backoff';
import type { Backoff } from '../../../workflows/domain/failures/failures';

const backoffs: fc.Arbitrary<Backoff> = fc.record({
  initialMs: fc.integer({ min: 1, max: 60_000 }),
  coefficient: fc.double({ min: 1, max: 4, noNaN: true }),
  maximumMs: fc.integer({ min: 1, max: 600_000 }),
});
const draws = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const retries = fc.integer({ min: 1, max: 10_000 });

test('a delay is at least 1 ms and never above the maximum, for any retry and any draw', () => {
  fc.assert(
    fc.property(backoffs, retries, draws, (backoff, nth, draw) => {
      const delay = drawFullJitterMs(backoff, nth, () => draw);
      expect(Number.isInteger(delay)).toBe(true);
      expect(delay).toBeGreaterThanOrEqual(1);
      expect(delay).toBeLessThanOrEqual(Math.max(1, backoff.maximumMs));
    }),
  );
});

test('the same draw waits no shorter on a later retry', () => {
  fc.assert(
    fc.property(backoffs, retries, draws, (backoff, nth, draw) => {
      const delays = [nth, nth + 1].map((retry) => drawFullJitterMs(backoff, retry, () => draw));
      expect(delays[1]).toBeGreaterThanOrEqual(delays[0] ?? Number.NaN);
    }),
  );
});

test.each([
  [1, 500],
  [2, 1_000],
  [3, 2_000],
  [5, 5_000],
  [5_000, 5_000],
])('retry %i of 1 s doubling up to 10 s waits half of its bound on a draw of a half: %i ms', (nth, expected) => {
  expect(drawFullJitterMs({ initialMs: 1_000, coefficient: 2, maximumMs: 10_000 }, nth, () => 0.5)).toBe(expected);
});

test('the whole range below the bound is drawn from', () => {
  const backoff = { initialMs: 1_000, coefficient: 2, maximumMs: 10_000 };
  expect([0, 0.25, 0.999].map((draw) => drawFullJitterMs(backoff, 1, () => draw))).toEqual([1, 250, 999]);
});

test('the longer of our own delay and Retry-After is waited, and never less than 1 ms', () => {
  fc.assert(
    fc.property(fc.nat(), fc.option(fc.nat(), { nil: undefined }), (ownMs, retryAfterMs) => {
      expect(computeRetryDelayMs(ownMs, retryAfterMs)).toBe(Math.max(1, ownMs, retryAfterMs ?? 0));
    }),
  );
});
