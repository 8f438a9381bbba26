/** What is told of a batch, and when its failures are too many. */
import fc from 'fast-check';
import { type BatchControl, type BatchSchedule, newSchedule } from '../../../workflows/domain/batch/batch-schedule';
import {
  type BatchState,
  countTotal,
  describeExcessFailures,
  type MaxFailures,
  parseMaxFailures,
  toBatchState,
} from '../../../workflows/domain/batch/batch-state';
import { toHolderReport } from '../../../workflows/domain/batch/holder-report';
import { isPayable, sumBudgeted } from '../../../workflows/domain/batch/page-funds';
import { findConcurrencyProblem, findMaxFailuresProblem } from '../../../workflows/domain/batch/settings-checks';
import {
  addTallies,
  countItems,
  countOpen,
  EMPTY_TALLY,
  NO_ITEMS,
  type Tally,
  tallyRow,
} from '../../../workflows/domain/batch/tally';
import type { ItemResultRow, Outcome } from '../../../workflows/domain/item/item';
import { tallyRows } from '../../support/tally-rows';

const OUTCOMES: readonly Outcome[] = ['succeeded', 'failed', 'cancelled', 'unknown'];

function makeLine(outcome: Outcome, code: string | null = null, submissions = 1): ItemResultRow {
  const nothing = { file: null, sha256: null, bytes: null, mimeType: null, width: null, height: null, verified: null };
  const paid = Array.from({ length: submissions }, () => ({ jobId: null, code: null, refusals: {} }));
  return { key: 'a', outcome, ...nothing, jobId: null, code, message: null, submissions: paid };
}

const lines: fc.Arbitrary<ItemResultRow> = fc
  .tuple(fc.constantFrom(...OUTCOMES), fc.constantFrom('MODEL_ERROR', 'TIMEOUT', null), fc.nat({ max: 4 }))
  .map(([outcome, code, submissions]) => makeLine(outcome, code, submissions));

test.each([
  { text: '0', limit: { items: 0 } },
  { text: '12', limit: { items: 12 } },
  { text: ' 12 ', limit: { items: 12 } },
  { text: '5%', limit: { percent: 5 } },
  { text: '0.5%', limit: { percent: 0.5 } },
  { text: '100%', limit: { percent: 100 } },
  { text: '101%', limit: null },
  { text: '1.5', limit: null },
  { text: '-1', limit: null },
  { text: '5 %', limit: null },
  { text: '1e3', limit: null },
  { text: 'many', limit: null },
  { text: '%', limit: null },
  { text: '', limit: null },
  { text: '12 13', limit: null },
])('the limit of failures "$text" means $limit', ({ text, limit }) => {
  expect(parseMaxFailures(text)).toEqual(limit);
});

test.each([0, -1, 1.5, 10_001, Number.NaN, '5', null, undefined, {}])('%p is no number of jobs in flight', (jobs) => {
  expect(findConcurrencyProblem(jobs)).toContain('whole number from 1 to 10000');
});

test.each([1, 10_000])('%i is a number of jobs in flight', (jobs) => {
  expect(findConcurrencyProblem(jobs)).toBeNull();
});

test.each([5, '5 percent', null, {}])('%p is no limit of failures', (text) => {
  expect(findMaxFailuresProblem(text)).toContain('like 12 or 5%');
});

function scheduleWith(failed: number, waiting: number): BatchSchedule {
  const counts = { ...NO_ITEMS, failed };
  return { ...newSchedule({ parts: [waiting], concurrency: 1 }), closed: { ...EMPTY_TALLY, counts } };
}

test.each<{ limit: MaxFailures | null; failed: number; of: number; forgiven: number; isTooMany: boolean }>([
  { limit: null, failed: 100, of: 100, forgiven: 0, isTooMany: false },
  { limit: { items: 3 }, failed: 3, of: 100, forgiven: 0, isTooMany: false },
  { limit: { items: 3 }, failed: 4, of: 100, forgiven: 0, isTooMany: true },
  { limit: { items: 0 }, failed: 1, of: 100, forgiven: 0, isTooMany: true },
  { limit: { items: 0 }, failed: 0, of: 100, forgiven: 0, isTooMany: false },
  { limit: { percent: 5 }, failed: 5, of: 100, forgiven: 0, isTooMany: false },
  { limit: { percent: 5 }, failed: 6, of: 100, forgiven: 0, isTooMany: true },
  { limit: { percent: 0.5 }, failed: 1, of: 100, forgiven: 0, isTooMany: true },
  { limit: { percent: 100 }, failed: 100, of: 100, forgiven: 0, isTooMany: false },
  { limit: { items: 3 }, failed: 7, of: 100, forgiven: 4, isTooMany: false },
  { limit: { items: 3 }, failed: 8, of: 100, forgiven: 4, isTooMany: true },
])('$failed of $of failed with $forgiven forgiven and limit $limit: $isTooMany', ({ limit, failed, of, ...more }) => {
  const reason = describeExcessFailures(scheduleWith(failed, of - failed), { limit, forgiven: more.forgiven });
  expect(reason !== null).toBe(more.isTooMany);
});

test('items that ended unknown count as failed ones do, and are named', () => {
  const counts = { ...NO_ITEMS, failed: 1, unknown: 3 };
  const schedule = { ...newSchedule({ parts: [96], concurrency: 1 }), closed: { ...EMPTY_TALLY, counts } };
  const tolerance = { limit: { items: 3 }, forgiven: 0 };
  expect(describeExcessFailures(schedule, tolerance)).toBe(
    'failed items: 1 and unknown ones: 3, more than the limit of 3',
  );
  expect(describeExcessFailures(schedule, { ...tolerance, forgiven: 1 })).toBeNull();
});

test('the reason names how many failed and how many are tolerated', () => {
  const tolerance = { limit: { percent: 5 }, forgiven: 0 };
  expect(describeExcessFailures(scheduleWith(7, 93), tolerance)).toMatch(/\b7\b.* more than the limit of 5 %$/);
});

test.each<{ control: BatchControl; waiting: number; word: BatchState['state'] }>([
  { control: 'running', waiting: 1, word: 'running' },
  { control: 'running', waiting: 0, word: 'completed' },
  { control: 'paused', waiting: 1, word: 'paused' },
  { control: 'paused', waiting: 0, word: 'completed' },
  { control: 'cancelling', waiting: 1, word: 'running' },
  { control: 'cancelling', waiting: 0, word: 'cancelled' },
])('a batch that is $control with $waiting part left is called $word', ({ control, waiting, word }) => {
  const parts = waiting === 0 ? [] : [5];
  const schedule = { ...newSchedule({ parts, concurrency: 1 }), control };
  expect(toBatchState(schedule)).toBe(word);
});

test('the total counts what runs, what is left and what a redrive leaves as it is', () => {
  const base: Tally = { ...EMPTY_TALLY, counts: { ...NO_ITEMS, succeeded: 7 } };
  expect(countTotal(newSchedule({ parts: [3, 4], concurrency: 1, base }))).toBe(14);
});

test.each([
  { sharesBudget: true, budgeted: 4, next: false },
  { sharesBudget: false, budgeted: 0, next: true },
])(
  'the account counts only what this run spends; a budget that is shared ($sharesBudget) also what was before',
  ({ sharesBudget, budgeted, next }) => {
    const base: Tally = { ...EMPTY_TALLY, submissions: 4, cost: 0.4, duplicates: 1 };
    const budget = { submissions: 4, cost: null, duplicates: 0 };
    const schedule = newSchedule({ parts: [3], base, budget, sharesBudget });
    expect(toHolderReport(schedule, false).spent).toEqual({ submissions: 0, cost: 0 });
    expect(sumBudgeted(schedule)).toMatchObject({ submissions: budgeted });
    expect(isPayable(schedule)).toBe(next);
  },
);

test('a tally of lines counts every line once, by its outcome and its code', () => {
  fc.assert(
    fc.property(fc.array(lines), (some) => {
      const tally = tallyRows(some);
      expect(countItems(tally)).toBe(some.length);
      expect(countOpen(tally)).toBe(0);
      const failed = Object.values(tally.failures).reduce((sum, count) => sum + count, 0);
      expect(failed).toBe(tally.counts.failed + tally.counts.unknown);
      expect(tally.submissions).toBe(some.reduce((sum, line) => sum + line.submissions.length, 0));
    }),
  );
});

test('tallies may be added in any order and any grouping', () => {
  fc.assert(
    fc.property(fc.array(lines), fc.array(lines), fc.array(lines), (left, middle, right) => {
      const [a, b, c] = [tallyRows(left), tallyRows(middle), tallyRows(right)];
      expect(addTallies(addTallies(a, b), c)).toEqual(addTallies(a, addTallies(b, c)));
      expect(addTallies(a, b)).toEqual(addTallies(b, a));
    }),
  );
});

test('failed and unknown items have a code among the failures', () => {
  expect(tallyRow(makeLine('unknown', 'SUBMIT_OUTCOME_UNKNOWN')).failures).toEqual({
    SUBMIT_OUTCOME_UNKNOWN: 1,
  });
  expect(tallyRow(makeLine('failed', null)).failures).toEqual({ UNRECOGNISED_CODE: 1 });
});
