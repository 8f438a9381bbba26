/** What is notified about a batch: each change once, and nothing that a person or a store has said. */
import { findOccurrences, NO_NOTICES } from '../../../workflows/domain/batch/batch-notices';
import type { BatchState } from '../../../workflows/domain/batch/batch-state';
import { EMPTY_TALLY, NO_ITEMS } from '../../../workflows/domain/batch/tally';

const HOLD = {
  code: 'INSUFFICIENT_CREDITS',
  since: 'x',
  until: null,
  cause: 'said by the provider',
  remedy: 'Top up.',
};

function stateOf(changed: Partial<BatchState>, counts: Partial<typeof NO_ITEMS> = {}): BatchState {
  const tally = { ...EMPTY_TALLY, counts: { ...NO_ITEMS, ...counts } };
  return {
    ...{ state: 'running', reason: 'in /srv/store', pausedBy: null, hold: null, total: 20, skipped: 0, tally },
    ...{ concurrency: null, permits: null, budget: null, open: [], rest: tally, startedAt: 'x', updatedAt: 'x' },
    finishedAt: null,
    ...changed,
  };
}

const terms = { batch: 'spring', run: 'r', failures: '10%', base: EMPTY_TALLY, isCancelling: false };

/** The types that a series of states leads to, by state. */
function typesOf(states: readonly BatchState[], changed: Partial<typeof terms> = {}): readonly (readonly string[])[] {
  let notices = NO_NOTICES;
  return states.map((state) => {
    const found = findOccurrences(notices, state, { ...terms, ...changed });
    notices = found.notices;
    return found.occurrences.map(({ type }) => type);
  });
}

const held = stateOf({ state: 'paused', pausedBy: 'account', hold: HOLD });
const paused = stateOf({ state: 'paused', pausedBy: 'budget' });

test('nothing is notified about the start, and each change once', () => {
  const states = [stateOf({}), held, held, stateOf({}), paused, stateOf({ state: 'completed' })];
  expect(typesOf(states)).toEqual([[], ['batch.held'], [], ['batch.resumed'], ['batch.paused'], ['batch.completed']]);
});

test('another code of a hold, and another cause of a pause, are notified', () => {
  const other = { ...held, hold: { ...HOLD, code: 'UNAUTHENTICATED' } };
  expect(typesOf([held, other, paused, { ...paused, pausedBy: 'request' }])).toEqual([
    ...[['batch.held'], ['batch.held'], ['batch.paused'], ['batch.paused']],
  ]);
});

test('a hold that begins and ends while a person has paused it is not notified', () => {
  const both = { ...paused, hold: HOLD };
  expect(typesOf([paused, both, paused])).toEqual([['batch.paused'], [], []]);
});

test('while it is being cancelled only its end is notified', () => {
  expect(typesOf([held, stateOf({})], { isCancelling: true })).toEqual([[], []]);
  const ended = stateOf({ state: 'cancelled', finishedAt: 'x' });
  expect(typesOf([stateOf({}), ended], { isCancelling: true })).toEqual([[], ['batch.cancelled']]);
});

test.each([
  ['10%', 1, false],
  ['10%', 2, true],
  ['3', 2, false],
  ['3', 3, true],
  ['0', 0, false],
  ['0', 1, true],
])('of 20 items, %s is reached by %s failures: %s', (failures, failed, isReached) => {
  const [types] = typesOf([stateOf({}, { failed })], { failures });
  expect(types).toEqual(isReached ? ['batch.failures-reached'] : []);
});

test('failures of earlier runs do not count, unknown items do, and they are notified once', () => {
  const base = { ...EMPTY_TALLY, counts: { ...NO_ITEMS, failed: 5 } };
  const counts = [{ failed: 6 }, { failed: 5, unknown: 2 }, { failed: 9 }, { failed: 5 }, { failed: 9 }];
  const states = counts.map((one) => stateOf({}, one));
  expect(typesOf(states, { base })).toEqual([[], ['batch.failures-reached'], [], [], []]);
});

test('the body has the code and its remedy, and neither reason nor cause', () => {
  const [occurrence] = findOccurrences(NO_NOTICES, held, terms).occurrences;
  expect(occurrence?.data).toEqual({
    ...{ batch: 'spring', run: 'r', state: 'paused', pausedBy: 'account' },
    ...{ code: 'INSUFFICIENT_CREDITS', remedy: 'Top up.', counts: { total: 20, ...NO_ITEMS } },
  });
  const [other] = findOccurrences(NO_NOTICES, paused, terms).occurrences;
  expect(other?.data).toMatchObject({ code: null, remedy: expect.stringContaining('imagepipeline set spring') });
});
