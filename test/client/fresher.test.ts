/** What is told of a page that the coordinator knows too. */
import { chooseFresher, chooseLater } from '../../workflows/domain/batch/fresher-tally';
import { EMPTY_TALLY, NO_ITEMS, type Tally } from '../../workflows/domain/batch/tally';

function tally(counts: Partial<Tally['counts']>, more: Partial<Tally> = {}): Tally {
  return { ...EMPTY_TALLY, counts: { ...NO_ITEMS, ...counts }, ...more };
}

const KNOWN = tally({ waiting: 4, running: 3, succeeded: 3 }, { submissions: 6, cost: 6 });

test('a page that knows all its items is believed', () => {
  const told = tally({ running: 2, succeeded: 8 });
  expect(chooseFresher(KNOWN, told)).toBe(told);
});

test('a page that has just begun knows nothing', () => {
  expect(chooseFresher(KNOWN, EMPTY_TALLY)).toBe(KNOWN);
});

test('a page that has continued as new knows what has ended; the rest waits, and nothing of what was spent is forgotten', () => {
  const told = tally({ succeeded: 4, failed: 2 }, { failures: { MODEL_ERROR: 2 }, submissions: 7, cost: 5 });
  const fresh = { failures: { MODEL_ERROR: 2 }, submissions: 7, cost: 6 };
  expect(chooseFresher(KNOWN, told)).toEqual(tally({ waiting: 4, succeeded: 4, failed: 2 }, fresh));
});

test('a page that does not answer has not gone back', () => {
  const earlier = tally({ running: 2, succeeded: 8 }, { submissions: 9 });
  expect(chooseLater(KNOWN, undefined)).toBe(KNOWN);
  expect(chooseLater(KNOWN, earlier)).toBe(earlier);
  const older = tally({ waiting: 6, running: 2, succeeded: 2 });
  expect(chooseLater(KNOWN, older)).toBe(KNOWN);
});
