/** How permits come from what holders have to what they should have. */
import fc from 'fast-check';
import { approachTargets, computeTargetsInOrder } from '../../../workflows/domain/leases/divide';

const RUNS = { numRuns: 2_000 };
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const windows = fc.nat({ max: 40 });
const holders = fc.array(
  fc
    .record({ permits: fc.nat({ max: 12 }), more: fc.nat({ max: 6 }), wants: fc.nat({ max: 15 }) })
    .map(({ permits, more, wants }) => ({ permits, held: permits + more, wants })),
  { maxLength: 8 },
);

test('targets in order use the window, keep what each has, and cut the last ones first', () => {
  fc.assert(
    fc.property(windows, holders, (window, list) => {
      const targets = computeTargetsInOrder(window, list);
      const wanted = sum(list.map(({ permits, wants }) => Math.max(permits, wants)));
      expect(sum(targets)).toBe(Math.min(window, wanted));
      const firstCut = list.findIndex(({ permits }, index) => (targets[index] ?? 0) < permits);
      if (firstCut >= 0) expect(sum(targets.slice(firstCut + 1))).toBe(0);
    }),
    RUNS,
  );
});

test('what may be in flight never grows above the window, nor a holder above its target', () => {
  fc.assert(
    fc.property(windows, holders, (window, list) => {
      const targets = computeTargetsInOrder(window, list);
      const permits = approachTargets(window, list, targets);
      const before = sum(list.map(({ held }) => held));
      const after = sum(list.map(({ held }, index) => Math.max(held, permits[index] ?? 0)));
      expect(after).toBeLessThanOrEqual(Math.max(window, before));
      expect(permits.every((count, index) => count <= (targets[index] ?? 0))).toBe(true);
    }),
    RUNS,
  );
});

test('while all together hold too many, nobody is given back what was taken away', () => {
  const list = [{ permits: 2, held: 9 }];
  expect(approachTargets(8, list, [8])).toEqual([2]);
  expect(approachTargets(9, list, [8])).toEqual([8]);
});

test('what is free goes to the first in the given order', () => {
  const list = [
    { permits: 0, held: 0 },
    { permits: 0, held: 5 },
    { permits: 0, held: 0 },
  ];
  expect(approachTargets(8, list, [4, 0, 4])).toEqual([3, 0, 0]);
  expect(approachTargets(8, list, [4, 0, 4], [2, 1, 0])).toEqual([0, 0, 3]);
});
