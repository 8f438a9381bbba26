/** What an account may spend a day: arithmetic, midnight, holders that come, go and vanish, and a cap that always holds. */
import fc from 'fast-check';
import {
  allowanceOf,
  brokeOf,
  capped,
  type DayBudget,
  type DayCap,
  dayStatus,
  dayWords,
  departed,
  endOf,
  isPayable,
  left,
  memoryOf,
  newDay,
  openedForImages,
  recalled,
  setAside,
  spentByBatch,
  spentByImage,
  turned,
  usedUpNotice,
} from '../../../workflows/domain/money/day-budget';

const DAY_MS = 86_400_000;
const NOON = 20_000 * DAY_MS + DAY_MS / 2;

function day(cap: Partial<DayCap>): DayBudget {
  return capped(newDay(NOON), cap);
}

function wanting(id: string, wants: number, granted = 4) {
  return { id, wants, granted };
}

const spent = (submissions: number, cost = 0) => ({ spent: { submissions, cost } });

test('without a cap nobody is told an allowance, and what is spent is known', () => {
  const budget = setAside(spentByBatch(newDay(NOON), 'a', spent(7), true), [wanting('a', 100)], NOON);
  expect(allowanceOf(budget, 'a')).toBeUndefined();
  expect(dayStatus(budget)).toMatchObject({ date: '2024-10-04', allowed: null, spent: { submissions: 7, cost: 0 } });
});

test('a batch is set aside a slice, and the next one before it has used that up', () => {
  let budget = setAside(spentByBatch(day({ submissions: 1_000 }), 'a', spent(0), true), [wanting('a', 900)], NOON);
  expect(allowanceOf(budget, 'a')).toEqual({ submissions: 100, cost: null, duplicates: null });
  budget = setAside(spentByBatch(budget, 'a', spent(40), false), [wanting('a', 860)], NOON);
  expect(allowanceOf(budget, 'a')?.submissions).toBe(100);
  budget = setAside(spentByBatch(budget, 'a', spent(60), false), [wanting('a', 840)], NOON);
  expect(allowanceOf(budget, 'a')?.submissions).toBe(160);
  expect(dayWords(dayStatus(budget))).toBe('2024-10-04 (UTC) · 60 of 1000 submissions, 100 set aside');
});

test('the cap is what all together may have, and who gets nothing more is broke until midnight', () => {
  let budget = day({ submissions: 150 });
  for (const id of ['a', 'b']) budget = spentByBatch(budget, id, spent(0), true);
  budget = setAside(budget, [wanting('a', 900), wanting('b', 900)], NOON);
  expect([allowanceOf(budget, 'a'), allowanceOf(budget, 'b')]).toMatchObject([
    { submissions: 100 },
    { submissions: 50 },
  ]);
  budget = setAside(spentByBatch(budget, 'b', { ...spent(50), starved: true }, false), [wanting('b', 850)], NOON + 5);
  expect([brokeOf(budget).has('a'), brokeOf(budget).has('b'), budget.usedUpAt]).toEqual([false, true, NOON + 5]);
  expect(usedUpNotice(budget, NOON)).toEqual({
    code: 'DAY_BUDGET_USED',
    cause: null,
    since: new Date(NOON + 5).toISOString(),
    until: new Date(endOf(budget)).toISOString(),
    remedy: `The account may spend 150 submissions a day (UTC). It goes on at ${new Date(endOf(budget)).toISOString()}, or with more: "imagepipeline account budget".`,
  });
  const morning = endOf(budget);
  budget = setAside(turned(budget, morning), [wanting('a', 900), wanting('b', 850)], morning);
  // What "a" had and did not spend is drawn from the new day.
  expect(brokeOf(budget).has('b')).toBe(false);
  expect(dayStatus(budget)).toMatchObject({ spent: { submissions: 0 }, setAside: { submissions: 150 } });
});

test('one that is starved is given more, although its last count is older than its hunger', () => {
  let budget = setAside(spentByBatch(day({ submissions: 500 }), 'a', spent(0), true), [wanting('a', 10)], NOON);
  budget = setAside(spentByBatch(budget, 'a', { ...spent(0), starved: true }, false), [wanting('a', 10)], NOON);
  expect(allowanceOf(budget, 'a')?.submissions).toBe(20);
});

test('more lets the broke go on, and no cap lets everybody', () => {
  let budget = spentByBatch(day({ submissions: 10 }), 'a', spent(0), true);
  budget = setAside(budget, [wanting('a', 900)], NOON);
  budget = setAside(spentByBatch(budget, 'a', { ...spent(10), starved: true }, false), [wanting('a', 890)], NOON);
  expect(brokeOf(budget).has('a')).toBe(true);
  const more = setAside(capped(budget, { submissions: 12 }), [wanting('a', 890)], NOON);
  expect([brokeOf(more).has('a'), allowanceOf(more, 'a')?.submissions]).toEqual([false, 12]);
  const free = setAside(capped(budget, { submissions: null }), [wanting('a', 890)], NOON);
  expect([brokeOf(free).has('a'), allowanceOf(free, 'a'), free.usedUpAt]).toEqual([false, undefined, null]);
});

test('cost counts the prices of a batch, gives back what failed jobs cost, and knows one price for all others', () => {
  let budget = day({ cost: 10, price: 1 });
  budget = spentByBatch(budget, 'priced', { ...spent(0), price: 0.5 }, true);
  budget = setAside(budget, [wanting('priced', 8)], NOON);
  expect(allowanceOf(budget, 'priced')).toEqual({ submissions: 8, cost: 4, duplicates: null });
  budget = setAside(spentByBatch(budget, 'plain', spent(0), true), [wanting('plain', 90)], NOON);
  expect(allowanceOf(budget, 'plain')).toEqual({ submissions: 6, cost: null, duplicates: null });
  // Of its eight jobs two failed.
  budget = left(spentByBatch(budget, 'priced', { ...spent(8, 3), price: 0.5 }, false), 'priced');
  budget = setAside(spentByBatch(budget, 'plain', { ...spent(6), starved: true }, false), [wanting('plain', 84)], NOON);
  expect(allowanceOf(budget, 'plain')?.submissions).toBe(7);
  expect(dayStatus(budget)).toMatchObject({
    spent: { submissions: 14, cost: 9 },
    setAside: { submissions: 1, cost: 1 },
  });
});

test('a single image has its one submission set aside while it waits, and gives it back if nothing was sent', () => {
  let budget = setAside(openedForImages(day({ submissions: 1 }), ['i']), [wanting('i', 1, 0)], NOON);
  expect([isPayable(budget, null), brokeOf(budget).has('i')]).toEqual([false, false]);
  const other = setAside(openedForImages(budget, ['j']), [wanting('i', 1), wanting('j', 1, 0)], NOON);
  expect([brokeOf(other).has('i'), brokeOf(other).has('j')]).toEqual([false, true]);
  budget = departed(spentByImage(budget, 'i', { landing: 'unsent' }), ['i']);
  expect(isPayable(budget, null)).toBe(true);
  const asked = setAside(openedForImages(budget, ['i']), [wanting('i', 1, 0)], NOON);
  for (const [landing, submissions, cost] of [
    ['charged', 1, 2],
    ['failed', 1, 0],
  ] as const) {
    const done = departed(spentByImage(capped(asked, { price: 2 }), 'i', { landing }), ['i']);
    expect(dayStatus(done).spent).toEqual({ submissions, cost });
  }
  expect(dayStatus(departed(asked, ['i'])).spent.submissions).toBe(1);
});

test('who vanishes may have spent all that was set aside, and an image that asks again keeps its one', () => {
  let budget = setAside(spentByBatch(day({ submissions: 500 }), 'a', spent(3), true), [wanting('a', 900)], NOON);
  budget = departed(budget, ['a', 'nobody']);
  expect(dayStatus(budget)).toMatchObject({ spent: { submissions: 103 }, setAside: { submissions: 0 } });
  budget = setAside(openedForImages(budget, ['i']), [wanting('i', 1, 0)], NOON);
  expect(spentByImage(budget, 'i', {})).toBe(budget);
});

test('a batch of the same id that begins anew does not inherit what was set aside', () => {
  let budget = setAside(spentByBatch(day({ submissions: 150 }), 'a', spent(0), true), [wanting('a', 900)], NOON);
  budget = setAside(spentByBatch(budget, 'a', spent(0), true), [wanting('a', 900)], NOON);
  expect(allowanceOf(budget, 'a')?.submissions).toBe(50);
});

describe('a governor that comes after another', () => {
  const earlier = setAside(
    spentByBatch(spentByBatch(day({ submissions: 150 }), 'a', spent(20), true), 'b', spent(5), true),
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
      budget = recalled(budget, id, { ...spent(20), allowed, starved: true }, memoryOf(earlier, NOON + 1));
    }
    budget = setAside(budget, [wanting('a', 900), wanting('b', 900)], NOON + 2);
    expect(dayStatus(budget)).toMatchObject({ spent: { submissions: 40 }, setAside: { submissions: 110 } });
    expect([allowanceOf(budget, 'a'), allowanceOf(budget, 'b')]).toMatchObject([
      { submissions: 100 },
      { submissions: 50 },
    ]);
    const more = setAside(capped(budget, { submissions: 160 }), [wanting('a', 900)], NOON + 3);
    expect(allowanceOf(more, 'a')?.submissions).toBe(110);
  });

  test('forgets what was drawn yesterday, and listens to nobody who remembers itself', () => {
    const again = (now: number) => dayStatus(recalled(newDay(now), 'a', spent(20), memoryOf(earlier, NOON)));
    expect(again(NOON + DAY_MS)).toMatchObject({ allowed: { submissions: 150 }, spent: { submissions: 0 } });
    expect(again(NOON)).toMatchObject({ allowed: null, spent: { submissions: 0 } });
    expect(memoryOf(newDay(NOON), NOON)).toBeUndefined();
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
        const allowed = isNew ? 0 : (allowanceOf(budget, id)?.submissions ?? 0);
        const before = really[id] ?? 0;
        const now = before + Math.floor(Math.max(0, allowed - before) * use);
        total += now - before;
        really[id] = now;
        if (what === 'vanish') budget = departed(budget, [id]);
        else {
          budget = spentByBatch(budget, id, { ...spent(now), starved: now >= allowed }, isNew);
          if (what === 'leave') budget = left(budget, id);
        }
        budget = setAside(
          budget,
          ids.map((holder) => wanting(holder, 300)),
          NOON,
        );
        const drawn = dayStatus(budget);
        expect(drawn.spent.submissions + drawn.setAside.submissions).toBeLessThanOrEqual(submissions);
        expect(total).toBeLessThanOrEqual(submissions);
      }
    }),
    { numRuns: 300 },
  );
});
