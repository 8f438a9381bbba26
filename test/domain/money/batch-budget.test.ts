/** Money and submissions are set aside before they are spent. */
import fc from 'fast-check';
import {
  computeUnallotted,
  describeExhaustion,
  fundSpenders,
  isWithin,
  type Spender,
  subtractSpending,
} from '../../../workflows/domain/money/batch-budget';
import { type Allowance, NO_BUDGET, type Spending } from '../../../workflows/domain/money/spending';

const PRICE = 0.1;
const cents = (max: number) => fc.nat({ max }).map((tenths) => tenths * PRICE);
const budgets: fc.Arbitrary<Allowance> = fc.record({
  submissions: fc.option(fc.nat({ max: 40 })),
  cost: fc.option(cents(40)),
  duplicates: fc.constant(0),
});

/** Which spender, and what it would do as often: each submission costs, unless its job fails. */
const histories = fc.array(
  fc.record({ who: fc.nat({ max: 3 }), times: fc.nat({ max: 6 }), fails: fc.boolean(), closes: fc.boolean() }),
  { maxLength: 40 },
);

/** Spends what it may, submission by submission. */
function spend(spender: Spender, times: number, fails: boolean): Spender {
  let { spent } = spender;
  for (let time = 0; time < times; time += 1) {
    const next = { submissions: spent.submissions + 1, cost: spent.cost + PRICE, duplicates: 0 };
    if (!isWithin(next, spender.allowance)) break;
    spent = fails ? { ...next, cost: spent.cost } : next;
  }
  return { ...spender, spent };
}

function add(left: Spending, right: Spending): Spending {
  return { submissions: left.submissions + right.submissions, cost: left.cost + right.cost, duplicates: 0 };
}

test('whatever is spent in whatever order, allowances and spending stay within the budget', () => {
  fc.assert(
    fc.property(budgets, histories, (budget, history) => {
      const none: Spender = {
        allowance: { submissions: 0, cost: 0, duplicates: 0 },
        spent: { submissions: 0, cost: 0, duplicates: 0 },
        open: 6,
        openCost: 6 * PRICE,
      };
      let spenders: Spender[] = [none, none, none, none];
      let closed: Spending = { submissions: 0, cost: 0, duplicates: 0 };
      for (const { who, times, fails, closes } of history) {
        const allowances = fundSpenders(budget, closed, spenders);
        spenders = spenders.map((spender, index) => ({ ...spender, allowance: allowances[index] ?? NO_BUDGET }));
        spenders = spenders.map((spender, index) => (index === who ? spend(spender, times, fails) : spender));
        const own = spenders[who]?.spent;
        if (closes && own !== undefined) {
          closed = add(closed, own);
          spenders[who] = none;
        }
        const all = spenders.reduce((sum, { spent }) => add(sum, spent), closed);
        expect(isWithin(all, budget)).toBe(true);
        const left = computeUnallotted(budget, closed, spenders);
        expect(left.submissions ?? 0).toBeGreaterThanOrEqual(0);
        expect(left.cost ?? 0).toBeGreaterThanOrEqual(-1e-9);
      }
    }),
    { numRuns: 1_000 },
  );
});

const spender = (allowed: number | null, spent: number, open: number): Spender => ({
  allowance: { submissions: allowed, cost: null, duplicates: 0 },
  spent: { submissions: spent, cost: 0, duplicates: 0 },
  open,
  openCost: 0,
});
const of = (list: readonly Allowance[]) => list.map(({ submissions }) => submissions);

test.each([
  { budget: null, spent: 0, spenders: [spender(null, 3, 9)], allowed: [null] },
  { budget: 100, spent: 0, spenders: [spender(0, 0, 10), spender(0, 0, 10)], allowed: [10, 10] },
  { budget: 15, spent: 0, spenders: [spender(0, 0, 10), spender(0, 0, 10)], allowed: [10, 5] },
  { budget: 15, spent: 9, spenders: [spender(0, 0, 10), spender(0, 0, 10)], allowed: [6, 0] },
  { budget: 100, spent: 0, spenders: [spender(10, 4, 8)], allowed: [12] },
  { budget: 100, spent: 0, spenders: [spender(10, 4, 2)], allowed: [10] },
  { budget: 5, spent: 0, spenders: [spender(10, 4, 2)], allowed: [10] },
  { budget: 60, spent: 0, spenders: [spender(null, 40, 10), spender(null, 40, 10)], allowed: [40, 40] },
  { budget: 90, spent: 0, spenders: [spender(null, 40, 10), spender(null, 40, 10)], allowed: [50, 40] },
])('of $budget with $spent spent, $spenders.length are allowed $allowed', ({ budget, spent, spenders, allowed }) => {
  const given = fundSpenders(
    { submissions: budget, cost: null, duplicates: 0 },
    { submissions: spent, cost: 0, duplicates: 0 },
    spenders,
  );
  expect(of(given)).toEqual(allowed);
});

test('cost is set aside at the prices of the open items', () => {
  const open: Spender = {
    allowance: { submissions: null, cost: 0, duplicates: 0 },
    spent: { submissions: 1, cost: 0.2, duplicates: 0 },
    open: 3,
    openCost: 1.5,
  };
  expect(
    fundSpenders({ submissions: null, cost: 9, duplicates: 0 }, { submissions: 0, cost: 0, duplicates: 0 }, [open])[0]
      ?.cost,
  ).toBeCloseTo(1.7);
});

test('sums of decimal fractions that miss by a little are no overspending', () => {
  const cost = 0.1 + 0.2;
  expect(isWithin({ submissions: 0, cost, duplicates: 0 }, { submissions: null, cost: 0.3, duplicates: 0 })).toBe(true);
  expect(isWithin({ submissions: 0, cost: 0.31, duplicates: 0 }, { submissions: null, cost: 0.3, duplicates: 0 })).toBe(
    false,
  );
  expect(isWithin({ submissions: 4, cost: 0, duplicates: 0 }, { submissions: 3, cost: null, duplicates: 0 })).toBe(
    false,
  );
  expect(
    describeExhaustion(
      { submissions: null, cost: 0.3, duplicates: 0 },
      { submissions: 2, cost: 0.1 + 0.1, duplicates: 0 },
      0.1,
    ),
  ).toBeNull();
});

test('the sentence names the cap that was reached', () => {
  const spent = { submissions: 5, cost: 0.1 + 0.2, duplicates: 0 };
  expect(describeExhaustion({ submissions: 5, cost: null, duplicates: 0 }, spent, 0)).toBe(
    'the budget of 5 submissions is used up',
  );
  expect(describeExhaustion({ submissions: null, cost: 0.35, duplicates: 0 }, spent, 0.1)).toBe(
    'the budget of 0.35 is used up: 0.3 is spent',
  );
  expect(describeExhaustion({ submissions: 6, cost: null, duplicates: 0 }, spent, 0)).toBeNull();
  expect(describeExhaustion(NO_BUDGET, spent, 1)).toBeNull();
});

test('what was spent before is taken off in both', () => {
  expect(
    subtractSpending({ submissions: 5, cost: 3, duplicates: 0 }, { submissions: 2, cost: 1, duplicates: 0 }),
  ).toEqual({
    submissions: 3,
    cost: 2,
    duplicates: 0,
  });
});
