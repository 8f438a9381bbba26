/**
 * A small part of the chaos suite, over real processes; `npm run chaos` is the whole. CHAOS_SEED is the first seed and
 * CHAOS_SEEDS their number.
 */
import { HOSTILE_NAMES } from '../../bench/chaos/names';
import { makePlan } from '../../bench/chaos/plan';
import { BLOWS, POINTS } from '../../bench/chaos/plan-blows';
import { SHAPES } from '../../bench/chaos/plan-inputs';
import { hasText } from '../../bench/chaos/plan-recipe';
import { FATES } from '../../bench/chaos/plan-singles';
import { STEPS } from '../../bench/chaos/plan-steps';
import { SCENES } from '../../bench/chaos/scenes';
import { runSuite } from '../../bench/chaos/suite';
import { UPLOAD_TROUBLE_NAMES } from '../../bench/chaos/upload-troubles';

const SEEDS = Number(process.env['CHAOS_SEEDS'] ?? 2);
const SEED = Number(process.env['CHAOS_SEED'] ?? 434);
const ITEMS = 10;
const MAX_SEED_MS = 240_000;

jest.setTimeout(SEEDS * MAX_SEED_MS);

test('a plan is repeatable, and different from the next', () => {
  expect(makePlan(7, 50)).toEqual(makePlan(7, 50));
  expect(makePlan(7, 50)).not.toEqual({ ...makePlan(9, 50), seed: 7 });
});

test('over many plans everything is planned that there is', () => {
  const plans = Array.from({ length: 500 }, (_, seed) => makePlan(seed, 50));
  const blows = plans.flatMap((plan) => plan.blows);
  expect(new Set(blows.map(({ blow }) => blow))).toEqual(new Set(BLOWS));
  expect(new Set(blows.map(({ point }) => point))).toEqual(new Set(POINTS));
  expect(new Set(plans.map(({ scene }) => scene))).toEqual(new Set(SCENES));
  expect(new Set(plans.flatMap(({ steps }) => steps))).toEqual(new Set(STEPS));
  const singles = plans.flatMap((plan) => plan.singles);
  expect(new Set(singles.map(({ fate }) => fate))).toEqual(new Set([null, ...FATES]));
  const used = plans.flatMap(({ names }) => [names.batch, names.account, ...names.keys, ...names.singles]);
  expect(HOSTILE_NAMES.filter((name) => !used.includes(name))).toEqual([]);
  const ofTwo = plans.filter(({ scene }) => scene === 'two starters');
  expect(ofTwo.some(({ recipe }) => recipe !== null)).toBe(true);
  expect(ofTwo.flatMap(({ steps }) => steps)).not.toContain('redrive edited rows');
  expect(plans.some(({ fewEvents }) => fewEvents)).toBe(true);
  const asked = plans.flatMap(({ inputs }) => [...inputs.rows, ...inputs.singles]);
  expect(new Set(asked.map(({ operation }) => operation))).toEqual(new Set(Object.keys(SHAPES)));
  expect(plans.some(({ inputs }) => inputs.singles.some(({ resultOf }) => resultOf !== null))).toBe(true);
  const uploads = plans.flatMap(({ inputs }) => inputs.troubles);
  expect(new Set(uploads.map(({ trouble }) => trouble))).toEqual(new Set(UPLOAD_TROUBLE_NAMES));
  const recipes = plans.flatMap(({ recipe }) => recipe ?? []);
  expect(new Set(recipes.map(({ steps }) => steps.length))).toEqual(new Set([2, 3]));
  const made = new Set(recipes.flatMap(({ steps }) => steps.slice(1).map(({ operation }) => operation)));
  expect([...made].filter((operation) => SHAPES[operation].text === null)).not.toEqual([]);
  expect(recipes.every(({ steps, troubledSteps }) => troubledSteps.every((at) => hasText(steps[at])))).toBe(true);
  const alone = plans.filter(({ recipe }) => recipe === null);
  const struck = alone.flatMap(({ blows, inputs }) =>
    blows.map(({ item, point }) => ({ point, row: inputs.rows[item] })),
  );
  const atUploads = struck.filter(({ point }) => point === 'during the upload');
  expect(atUploads.filter(({ row }) => (row?.pictures.length ?? 0) === 0)).toEqual([]);
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
