import { costEstimate, timeEstimates } from '../../input/estimate';
import { OPERATIONS } from '../../workflows/domain/operations/operations';

const TYPICAL_MS = OPERATIONS['generate/image'].typicalMs;

test.each([
  [
    100,
    undefined,
    [
      [1, 100 * TYPICAL_MS],
      [10, 10 * TYPICAL_MS],
    ],
  ],
  [100, 4, [[4, 25 * TYPICAL_MS]]],
  [3, 10, [[10, TYPICAL_MS]]],
  [0, 5, [[5, 0]]],
])('%d rows with concurrency %s take the typical time of their jobs, side by side', (rows, concurrency, expected) => {
  const estimates = timeEstimates(
    rows === 0 ? {} : { 'generate/image': rows },
    rows === 0 ? 0 : TYPICAL_MS,
    concurrency,
  );
  expect(estimates.map((one) => [one.concurrency, one.ms])).toEqual(expected);
});

test('the cost is the price of every valid row, without the dust of floating point', () => {
  const prices = new Map([['generate/image', 0.1]] as const);
  expect(costEstimate({ 'generate/image': 3 }, prices)).toEqual({ amount: 0.3, unpriced: [] });
  expect(costEstimate({ 'generate/image': 3 }, new Map())).toBeNull();
});
