/** Every row of both failure tables agrees with itself. */
import {
  FAILURE_CODES,
  type FailureRow,
  getFailureRow,
  isFailureCode,
  isProviderFailureCode,
  OWN_FAILURES,
  PROVIDER_FAILURE_CODES,
  PROVIDER_FAILURES,
} from '../../../workflows/domain/failures/failures';

const ROWS = FAILURE_CODES.map((code) => ({ code, row: getFailureRow(code) }));
const where = (condition: (row: FailureRow) => boolean) => ROWS.filter(({ row }) => condition(row));

describe.each(where(({ retryable }) => retryable === true))('the retryable $code', ({ row }) => {
  test('has a backoff that grows from its first bound to its last', () => {
    expect(row.backoff?.initialMs).toBeGreaterThan(0);
    expect(row.backoff?.coefficient).toBeGreaterThan(1);
    expect(row.backoff?.maximumMs).toBeGreaterThan(row.backoff?.initialMs ?? Number.POSITIVE_INFINITY);
  });

  test('has a budget of at least one retry, or none but the deadline', () => {
    expect(row.budget === null || (Number.isInteger(row.budget) && row.budget >= 1)).toBe(true);
  });
});

test.each(where(({ retryable }) => retryable !== true))(
  'the non-retryable $code has budget 0 and no backoff',
  (entry) => {
    expect(entry.row).toMatchObject({ budget: 0, backoff: null });
  },
);

test.each(where(({ scope }) => scope === 'account'))('$code holds the account, so it is never retryable', ({ row }) => {
  expect(row.retryable).toBe(false);
});

test.each(where(({ scope }) => scope === 'pace'))(
  '$code asks to slow down, so only the deadline ends it',
  ({ row }) => {
    expect(row).toMatchObject({ retryable: true, budget: null });
  },
);

test.each(ROWS)('$code says in sentences what it means, what to do, and why its budget is what it is', ({ row }) => {
  for (const text of [row.meaning, row.remedy, row.reason]) expect(text).toMatch(/^[A-Z].*\S\.$/s);
});

test('no code is in both tables', () => {
  expect(Object.keys(OWN_FAILURES).filter((code) => Object.hasOwn(PROVIDER_FAILURES, code))).toEqual([]);
});

test('the two guards know exactly the codes of their tables', () => {
  expect(FAILURE_CODES.filter(isProviderFailureCode)).toEqual([...PROVIDER_FAILURE_CODES]);
  expect(FAILURE_CODES.every(isFailureCode)).toBe(true);
  for (const name of ['NEW_CODE', '', 'toString', '__proto__']) {
    expect([isFailureCode(name), isProviderFailureCode(name)]).toEqual([false, false]);
  }
});
