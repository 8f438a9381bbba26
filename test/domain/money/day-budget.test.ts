/** What an account may spend a day: arithmetic, midnight, holders that come, go and vanish, and a cap that always holds. */
import fc from 'fast-check';
import {
  advanceDay,
  computeDayEnd,
  type DayBudget,
  type DayCap,
  newDay,
  type SpendingReport,
  setCap,
} from '../../../workflows/domain/money/day-budget';
import {
  closeDraws,
  openItemDraws,
  recordBatchSpending,
  recordItemSpending,
  restoreDraw,
  settleDraw,
  toMemory,
} from '../../../workflows/domain/money/day-draws';
import { findOutOfBudget, isItemPayable, reserve, toAllowance } from '../../../workflows/domain/money/day-reserve';
import { buildUsedUpNotice, describeDay, toDayStatus } from '../../../workflows/domain/money/day-status';

const DAY_MS = 86_400_000;
const NOON = 20_000 * DAY_MS + DAY_MS / 2;

function day(cap: Partial<DayCap>): DayBudget {
  return setCap(newDay(NOON), cap);
}

const item = (id: string, operation = 'generate/image') => ({ id, operation });

function wanting(id: string, wants: number, permits = 4, kind: 'batch' | 'item' = 'batch') {
  return { id, wants, permits, kind };
}

const NOTHING_TOLD: SpendingReport = {
  spent: null,
  allowed: null,
  price: null,
  needsFunds: false,
  billingOutcome: null,
};
const spent = (submissions: number, cost = 0) => ({ ...NOTHING_TOLD, spent: { submissions, cost } });

test('without a cap no grant has an allowance, and spending is known', () => {
  const budget = reserve(recordBatchSpending(newDay(NOON), 'a', spent(7), true), [wanting('a', 100)], NOON);
  expect(toAllowance(budget, 'a')).toBeNull();
  expect(toDayStatus(budget)).toMatchObject({ date: '2024-10-04', allowed: null, spent: { submissions: 7, cost: 0 } });
});

test('a batch is set aside a slice, and the next one before it has used that up', () => {
  let budget = reserve(
    recordBatchSpending(day({ submissions: 1_000 }), 'a', spent(0), true),
    [wanting('a', 900)],
    NOON,
  );
  expect(toAllowance(budget, 'a')).toEqual({ submissions: 100, cost: null, duplicates: null });
  budget = reserve(recordBatchSpending(budget, 'a', spent(40), false), [wanting('a', 860)], NOON);
  expect(toAllowance(budget, 'a')?.submissions).toBe(100);
  budget = reserve(recordBatchSpending(budget, 'a', spent(60), false), [wanting('a', 840)], NOON);
  expect(toAllowance(budget, 'a')?.submissions).toBe(160);
  expect(describeDay(toDayStatus(budget))).toBe('2024-10-04 (UTC) · 60 of 1000 submissions, 100 set aside');
});

test('the cap is what all together may have, and who gets nothing more is broke until midnight', () => {
  let budget = day({ submissions: 150 });
  for (const id of ['a', 'b']) budget = recordBatchSpending(budget, id, spent(0), true);
  budget = reserve(budget, [wanting('a', 900), wanting('b', 900)], NOON);
  expect([toAllowance(budget, 'a'), toAllowance(budget, 'b')]).toMatchObject([
    { submissions: 100 },
    { submissions: 50 },
  ]);
  budget = reserve(
    recordBatchSpending(budget, 'b', { ...spent(50), needsFunds: true }, false),
    [wanting('b', 850)],
    NOON + 5,
  );
  expect([findOutOfBudget(budget).has('a'), findOutOfBudget(budget).has('b'), budget.usedUpAt]).toEqual([
    false,
    true,
    NOON + 5,
  ]);
  expect(buildUsedUpNotice(budget, NOON)).toEqual({
    code: 'DAY_BUDGET_USED',
    cause: null,
    since: new Date(NOON + 5).toISOString(),
    until: new Date(computeDayEnd(budget)).toISOString(),
    remedy: `The account may spend 150 submissions a day (UTC). It continues at ${new Date(computeDayEnd(budget)).toISOString()}, or when you raise the budget: "imagepipeline account budget".`,
  });
  const morning = computeDayEnd(budget);
  budget = reserve(advanceDay(budget, morning), [wanting('a', 900), wanting('b', 850)], morning);
  // What "a" had and did not spend is drawn from the new day.
  expect(findOutOfBudget(budget).has('b')).toBe(false);
  expect(toDayStatus(budget)).toMatchObject({ spent: { submissions: 0 }, setAside: { submissions: 150 } });
});

test('one that is starved is given more, although its last count is older than its hunger', () => {
  let budget = reserve(recordBatchSpending(day({ submissions: 500 }), 'a', spent(0), true), [wanting('a', 10)], NOON);
  budget = reserve(
    recordBatchSpending(budget, 'a', { ...spent(0), needsFunds: true }, false),
    [wanting('a', 10)],
    NOON,
  );
  expect(toAllowance(budget, 'a')?.submissions).toBe(20);
});

test('more lets the broke continue, and no cap lets everybody', () => {
  let budget = recordBatchSpending(day({ submissions: 10 }), 'a', spent(0), true);
  budget = reserve(budget, [wanting('a', 900)], NOON);
  budget = reserve(
    recordBatchSpending(budget, 'a', { ...spent(10), needsFunds: true }, false),
    [wanting('a', 890)],
    NOON,
  );
  expect(findOutOfBudget(budget).has('a')).toBe(true);
  const more = reserve(setCap(budget, { submissions: 12 }), [wanting('a', 890)], NOON);
  expect([findOutOfBudget(more).has('a'), toAllowance(more, 'a')?.submissions]).toEqual([false, 12]);
  const free = reserve(setCap(budget, { submissions: null }), [wanting('a', 890)], NOON);
  expect([findOutOfBudget(free).has('a'), toAllowance(free, 'a'), free.usedUpAt]).toEqual([false, null, null]);
});

test('cost counts the prices of a batch, gives back what failed jobs cost, and knows one price for all others', () => {
  let budget = day({ cost: 10, price: 1 });
  budget = recordBatchSpending(budget, 'priced', { ...spent(0), price: 0.5 }, true);
  budget = reserve(budget, [wanting('priced', 8)], NOON);
  expect(toAllowance(budget, 'priced')).toEqual({ submissions: 8, cost: 4, duplicates: null });
  budget = reserve(recordBatchSpending(budget, 'plain', spent(0), true), [wanting('plain', 90)], NOON);
  expect(toAllowance(budget, 'plain')).toEqual({ submissions: 6, cost: null, duplicates: null });
  // Of its eight jobs two failed.
  budget = settleDraw(recordBatchSpending(budget, 'priced', { ...spent(8, 3), price: 0.5 }, false), 'priced');
  budget = reserve(
    recordBatchSpending(budget, 'plain', { ...spent(6), needsFunds: true }, false),
    [wanting('plain', 84)],
    NOON,
  );
  expect(toAllowance(budget, 'plain')?.submissions).toBe(7);
  expect(toDayStatus(budget)).toMatchObject({
    spent: { submissions: 14, cost: 9 },
    setAside: { submissions: 1, cost: 1 },
  });
});

test('a single item has its one submission set aside while it waits, and gives it back if nothing was sent', () => {
  let budget = reserve(openItemDraws(day({ submissions: 1 }), [item('i')]), [wanting('i', 1, 0)], NOON);
  expect([isItemPayable(budget, 'generate/image'), findOutOfBudget(budget).has('i')]).toEqual([false, false]);
  const other = reserve(openItemDraws(budget, [item('j')]), [wanting('i', 1), wanting('j', 1, 0)], NOON);
  expect([findOutOfBudget(other).has('i'), findOutOfBudget(other).has('j')]).toEqual([false, true]);
  budget = closeDraws(recordItemSpending(budget, 'i', { ...NOTHING_TOLD, billingOutcome: 'unsent' }), ['i']);
  expect(isItemPayable(budget, 'generate/image')).toBe(true);
  const asked = reserve(openItemDraws(budget, [item('i')]), [wanting('i', 1, 0)], NOON);
  for (const [billingOutcome, submissions, cost] of [
    ['charged', 1, 2],
    ['failed', 1, 0],
  ] as const) {
    const done = closeDraws(recordItemSpending(setCap(asked, { price: 2 }), 'i', { ...NOTHING_TOLD, billingOutcome }), [
      'i',
    ]);
    expect(toDayStatus(done).spent).toEqual({ submissions, cost });
  }
  expect(toDayStatus(closeDraws(asked, ['i'])).spent.submissions).toBe(1);
});

test('a single item costs what its operation does, and is set aside as a whole or not at all', () => {
  const prices = { 'generate/video': 3 };
  const capped = setCap(day({ cost: 5, price: 1 }), { prices });
  const clips = openItemDraws(capped, [item('a', 'generate/video'), item('b', 'generate/video'), item('c')]);
  const budget = reserve(
    clips,
    ['a', 'b', 'c'].map((id) => wanting(id, 1, 0, 'item')),
    NOON,
  );
  expect(['a', 'b', 'c'].map((id) => findOutOfBudget(budget).has(id))).toEqual([false, true, false]);
  expect(toDayStatus(budget).setAside).toEqual({ submissions: 2, cost: 4 });
  expect([isItemPayable(budget, 'generate/video'), isItemPayable(budget, 'generate/image')]).toEqual([false, true]);
  const done = recordItemSpending(budget, 'a', { ...NOTHING_TOLD, billingOutcome: 'charged' });
  expect(toDayStatus(done)).toMatchObject({
    spent: { submissions: 1, cost: 3 },
    setAside: { submissions: 1, cost: 1 },
  });
  const failed = recordItemSpending(budget, 'a', { ...NOTHING_TOLD, billingOutcome: 'failed' });
  expect(toDayStatus(failed).spent).toEqual({ submissions: 1, cost: 0 });
  // A change of one price keeps the others.
  expect(setCap(capped, { prices: { 'generate/3d': 9 } }).cap.prices).toEqual({
    'generate/video': 3,
    'generate/3d': 9,
  });
});

test('who vanishes may have spent all that was set aside, and an image that asks again keeps its one', () => {
  let budget = reserve(recordBatchSpending(day({ submissions: 500 }), 'a', spent(3), true), [wanting('a', 900)], NOON);
  budget = closeDraws(budget, ['a', 'nobody']);
  expect(toDayStatus(budget)).toMatchObject({ spent: { submissions: 103 }, setAside: { submissions: 0 } });
  budget = reserve(openItemDraws(budget, [item('i')]), [wanting('i', 1, 0)], NOON);
  expect(recordItemSpending(budget, 'i', NOTHING_TOLD)).toBe(budget);
});

test('a batch of the same id that continues as new does not inherit what was set aside', () => {
  let budget = reserve(recordBatchSpending(day({ submissions: 150 }), 'a', spent(0), true), [wanting('a', 900)], NOON);
  budget = reserve(recordBatchSpending(budget, 'a', spent(0), true), [wanting('a', 900)], NOON);
  expect(toAllowance(budget, 'a')?.submissions).toBe(50);
});

describe('a governor that comes after another', () => {
  const earlier = reserve(
    recordBatchSpending(recordBatchSpending(day({ submissions: 150 }), 'a', spent(20), true), 'b', spent(5), true),
    [wanting('a', 900), wanting('b', 900)],
    NOON,
  );

  test('has the cap and what was drawn from those who remember, the most of them', () => {
    let budget = newDay(NOON + 2);
    for (const [id, submissions] of [
      ['a', 100],
      ['b', 50],
    ] as const) {
      const allowed = { submissions, cost: null, duplicates: null };
      budget = restoreDraw(budget, id, { ...spent(20), allowed, needsFunds: true }, toMemory(earlier, NOON + 1));
    }
    budget = reserve(budget, [wanting('a', 900), wanting('b', 900)], NOON + 2);
    expect(toDayStatus(budget)).toMatchObject({ spent: { submissions: 40 }, setAside: { submissions: 110 } });
    expect([toAllowance(budget, 'a'), toAllowance(budget, 'b')]).toMatchObject([
      { submissions: 100 },
      { submissions: 50 },
    ]);
    const more = reserve(setCap(budget, { submissions: 160 }), [wanting('a', 900)], NOON + 3);
    expect(toAllowance(more, 'a')?.submissions).toBe(110);
  });

  test('forgets what was drawn yesterday, and ignores the memory of holders', () => {
    const again = (now: number) => toDayStatus(restoreDraw(newDay(now), 'a', spent(20), toMemory(earlier, NOON)));
    expect(again(NOON + DAY_MS)).toMatchObject({ allowed: { submissions: 150 }, spent: { submissions: 0 } });
    expect(again(NOON)).toMatchObject({ allowed: null, spent: { submissions: 0 } });
    expect(toMemory(newDay(NOON), NOON)).toBeNull();
  });
});

test('whatever happens, no more is allowed in a day than its cap', () => {
  const ids = ['a', 'b', 'c'];
  const event = fc.record({
    id: fc.constantFrom(...ids),
    use: fc.double({ min: 0, max: 1, noNaN: true }),
    what: fc.constantFrom('report', 'report', 'report', 'leave', 'vanish', 'anew'),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.array(event, { maxLength: 60 }), (submissions, events) => {
      let budget = day({ submissions });
      const really: Record<string, number> = {};
      let total = 0;
      for (const { id, use, what } of events) {
        const isNew = what === 'anew' || budget.draws[id] === undefined;
        if (isNew) really[id] = 0;
        const allowed = isNew ? 0 : (toAllowance(budget, id)?.submissions ?? 0);
        const before = really[id] ?? 0;
        const now = before + Math.floor(Math.max(0, allowed - before) * use);
        total += now - before;
        really[id] = now;
        if (what === 'vanish') budget = closeDraws(budget, [id]);
        else {
          budget = recordBatchSpending(budget, id, { ...spent(now), needsFunds: now >= allowed }, isNew);
          if (what === 'leave') budget = settleDraw(budget, id);
        }
        budget = reserve(
          budget,
          ids.map((holder) => wanting(holder, 300)),
          NOON,
        );
        const drawn = toDayStatus(budget);
        expect(drawn.spent.submissions + drawn.setAside.submissions).toBeLessThanOrEqual(submissions);
        expect(total).toBeLessThanOrEqual(submissions);
      }
    }),
    { numRuns: 300 },
  );
});
