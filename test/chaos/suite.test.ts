/**
 * A small part of the chaos suite, over real processes; `npm run chaos` is the whole. CHAOS_SEED is the first seed and
 * CHAOS_SEEDS their number.
 */
import { planOf } from '../../bench/chaos/plan';
import { runSuite } from '../../bench/chaos/suite';

const SEEDS = Number(process.env['CHAOS_SEEDS'] ?? 2);
const SEED = Number(process.env['CHAOS_SEED'] ?? 434);
const ITEMS = 10;
const LONGEST_SEED_MS = 240_000;

jest.setTimeout(SEEDS * LONGEST_SEED_MS);

test('a plan is repeatable, and different from the next', () => {
  expect(planOf(7, 50)).toEqual(planOf(7, 50));
  expect(planOf(7, 50)).not.toEqual({ ...planOf(9, 50), seed: 7 });
});

test('over many plans every blow and every point is struck', () => {
  const blows = Array.from({ length: 400 }, (_, seed) => planOf(seed, 50)).flatMap((plan) => plan.blows);
  expect(new Set(blows.map(({ blow }) => blow)).size).toBe(7);
  expect(new Set(blows.map(({ point }) => point)).size).toBe(6);
});

test('whatever happens, every law holds', async () => {
  process.stderr.write(`chaos: ${SEEDS} seeds, CHAOS_SEED=${SEED}\n`);
  const { PATH, HOME } = process.env;
  const report = await runSuite({
    seeds: Array.from({ length: SEEDS }, (_, index) => SEED + index),
    items: ITEMS,
    lanes: 2,
    endAt: Number.POSITIVE_INFINITY,
    cliPath: process.env['TEMPORAL_CLI_PATH'] ?? '',
    env: { PATH, HOME },
    onSeed: () => undefined,
  });
  expect(report.seeds.flatMap(({ plan, violations }) => violations.map((words) => `${plan.seed}: ${words}`))).toEqual(
    [],
  );
  expect(report.violations).toEqual([]);
  expect(report.seeds).toHaveLength(SEEDS);
});
