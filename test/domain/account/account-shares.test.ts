/** How the window of an account is divided. */
import fc from 'fast-check';
import {
  type Claim,
  computeFairShares,
  computeTargets,
  divideWindow,
} from '../../../workflows/domain/account/account-shares';

const RUNS = { numRuns: 2_000 };

function batch(wants: number, more: Partial<Claim> = {}): Claim {
  return { kind: 'batch', weight: 1, wants, permits: 0, held: 0, deficit: 0, ...more };
}

function image(more: Partial<Claim> = {}): Claim {
  return batch(1, { kind: 'item', ...more });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const windows = fc.nat({ max: 60 });
const claims: fc.Arbitrary<Claim> = fc
  .record({
    kind: fc.constantFrom('batch' as const, 'batch' as const, 'item' as const),
    weight: fc.constantFrom(0.1, 1, 1, 3, 1_000),
    wants: fc.nat({ max: 40 }),
    permits: fc.nat({ max: 20 }),
    more: fc.nat({ max: 10 }),
    deficit: fc.integer({ min: -60, max: 60 }),
  })
  .map(({ more, ...claim }) => {
    const wants = claim.kind === 'item' ? Math.min(1, claim.wants) : claim.wants;
    return { ...claim, wants, held: claim.permits + more };
  });
/** As a governor knows them: together they never were granted more than the window. */
const lists = fc.array(claims, { maxLength: 12 });
const fresh = lists.map((list) => list.map((claim) => ({ ...claim, permits: 0, held: 0 })));

test.each([
  { window: 12, given: [batch(99), batch(99), batch(99)], shares: [4, 4, 4] },
  { window: 12, given: [batch(99, { weight: 3 }), batch(99)], shares: [9, 3] },
  { window: 12, given: [batch(10_000), batch(2)], shares: [10, 2] },
  { window: 12, given: [image(), image(), batch(99), batch(99)], shares: [1, 1, 5, 5] },
  { window: 1, given: [batch(99), image()], shares: [0, 1] },
  { window: 0, given: [batch(99), image()], shares: [0, 0] },
  { window: 10, given: [batch(3), batch(0)], shares: [3, 0] },
  { window: 3, given: [batch(9, { permits: 1 }), batch(9, { permits: 2 })], shares: [1, 2] },
  { window: 3, given: [batch(9, { permits: 1, deficit: 9 }), batch(9, { permits: 2 })], shares: [2, 1] },
])('a window of $window is divided into $shares', ({ window, given, shares }) => {
  expect(computeTargets(window, given)).toEqual(shares);
});

test('targets are whole, use all that is wanted of the window and no more, and give nobody more than it wants', () => {
  fc.assert(
    fc.property(windows, lists, (window, list) => {
      const whole = computeTargets(window, list);
      expect(sum(whole)).toBe(Math.min(window, sum(list.map(({ wants }) => wants))));
      expect(whole.every((share, index) => Number.isInteger(share) && share <= (list[index]?.wants ?? 0))).toBe(true);
    }),
    RUNS,
  );
});

test('images come first, and batches are within one permit of their weighted share of the rest', () => {
  fc.assert(
    fc.property(windows, lists, (window, list) => {
      const whole = computeTargets(window, list);
      const isImage = (index: number) => list[index]?.kind === 'item';
      const wanted = sum(list.filter(({ kind }) => kind === 'item').map(({ wants }) => wants));
      expect(sum(whole.filter((_, index) => isImage(index)))).toBe(Math.min(window, wanted));
      const batches = list.map((claim) => (claim.kind === 'batch' ? claim : { ...claim, wants: 0 }));
      const fair = computeFairShares(Math.max(0, window - wanted), batches);
      for (const [index, share] of fair.entries()) {
        if (!isImage(index)) expect(Math.abs((whole[index] ?? 0) - share)).toBeLessThan(1 + 1e-9);
      }
    }),
    RUNS,
  );
});

test('one that wants ten has ten, however much another wants, if its share reaches', () => {
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 200 }), fc.integer({ min: 20, max: 1_000_000 }), (window, large) => {
      expect(computeTargets(window, [batch(large), batch(10)])[1]).toBe(10);
    }),
    RUNS,
  );
});

test('no permit is given that may still be in use: what may be in flight never grows above the window', () => {
  fc.assert(
    fc.property(windows, lists, (window, list) => {
      const granted = divideWindow(window, list);
      const before = sum(list.map(({ held }) => held));
      const after = sum(list.map(({ held }, index) => Math.max(held, granted[index] ?? 0)));
      expect(after).toBeLessThanOrEqual(Math.max(window, before));
      expect(sum(granted)).toBeLessThanOrEqual(window);
    }),
    RUNS,
  );
});

test('where nothing is in use, all is given out at once', () => {
  fc.assert(
    fc.property(windows, fresh, (window, list) => {
      expect(divideWindow(window, list)).toEqual(computeTargets(window, list));
    }),
    RUNS,
  );
});

test('when all have told of the end of what was taken from them, nothing lies idle while it is wanted', () => {
  fc.assert(
    fc.property(windows, lists, (window, list) => {
      const cut = divideWindow(window, list);
      const told = list.map((claim, index) => ({ ...claim, permits: cut[index] ?? 0, held: cut[index] ?? 0 }));
      expect(sum(divideWindow(window, told))).toBe(Math.min(window, sum(list.map(({ wants }) => wants))));
    }),
    RUNS,
  );
});

test('what was taken away while its jobs run is given back without waiting for their end', () => {
  expect(divideWindow(8, [batch(9, { permits: 0, held: 8 })])).toEqual([8]);
  expect(divideWindow(8, [batch(9, { permits: 0, held: 5 }), batch(9, { permits: 3, held: 3 })])).toEqual([4, 3]);
});

test('with fewer permits than batches the one that is owed most has the turn, and keeps it for a while', () => {
  const [first, second] = [batch(9, { permits: 1 }), batch(9)];
  expect(computeTargets(1, [first, { ...second, deficit: 2 }])).toEqual([1, 0]);
  expect(computeTargets(1, [first, { ...second, deficit: 3 }])).toEqual([0, 1]);
});
