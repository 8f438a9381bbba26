/** An even sample of rows. */
import { chooseSample, findSampleProblem } from '../../input/sample';

const sorted = (sample: ReadonlySet<number>) => [...sample].sort((left, right) => left - right);

test('a sample depends on its size and the number of rows alone, and a larger one contains the smaller ones', () => {
  expect(sorted(chooseSample(10, 100))).toEqual([0, 9, 23, 32, 47, 56, 61, 70, 85, 94]);
  for (const rows of [1, 2, 13, 100, 987, 10_007]) {
    const sizes = [1, 2, 3, 10, Math.ceil(rows / 2), rows - 1, rows].filter((size) => size > 0 && size <= rows);
    const samples = sizes.sort((left, right) => left - right).map((size) => chooseSample(size, rows));
    expect(samples.map(({ size }) => size)).toEqual(sizes);
    for (const [index, sample] of samples.entries()) {
      const smaller = samples[index - 1] ?? new Set();
      expect([...smaller].filter((row) => !sample.has(row as number))).toEqual([]);
      expect(sorted(sample).filter((row) => !(row >= 0 && row < rows && Number.isInteger(row)))).toEqual([]);
    }
  }
  expect(chooseSample(50, 7).size).toBe(7);
});

test('its rows are evenly distributed: no gap is three times as large as the average', () => {
  for (const size of [2, 5, 10, 64, 100, 1_000]) {
    const rows = sorted(chooseSample(size, 100_000));
    const gaps = rows.map((row, index) => (rows[index + 1] ?? 100_000) - row);
    expect(Math.max(...gaps)).toBeLessThan((3 * 100_000) / size);
  }
});

test.each([
  [3, 40, 12, 40],
  [10, 2, 1, 20],
  [2, 10, 1, 20],
  [8, 8, 8, 64],
])('a sample of a matrix of %i × %i × %i sees every value of its variables', (first, second, third, size) => {
  const rows = [...chooseSample(size, first * second * third)];
  const seen = [
    new Set(rows.map((row) => Math.floor(row / (second * third)))),
    new Set(rows.map((row) => Math.floor(row / third) % second)),
    new Set(rows.map((row) => row % third)),
  ];
  expect(seen[0]?.size).toBe(first);
  expect(seen[2]?.size).toBe(third);
  expect(seen[1]?.size).toBeGreaterThanOrEqual(second * 0.85);
});

test('a size is a whole number', () => {
  expect([1, 10, 1_000_000].map(findSampleProblem)).toEqual([null, null, null]);
  for (const size of [0, -1, 1.5, '5', null, Number.NaN])
    expect(findSampleProblem(size)).toMatch(/must be a whole number, 1 or more$/);
});
