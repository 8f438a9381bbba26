/** When a batch pauses, resumes and is cancelled, and what a change of its settings does. */
import {
  applyLimits,
  type BatchRecord,
  cancelBatch,
  changeBatch,
  newBatchRecord,
  pauseBatch,
  resumeBatch,
} from '../../../workflows/domain/batch/batch-record';
import { RunningBatch } from '../../../workflows/domain/batch/running-batch';
import { EMPTY_TALLY, type Tally } from '../../../workflows/domain/batch/tally';

const NOW = '2026-11-26T12:00:00.000Z';
const NEW = newBatchRecord({ parts: [4, 4], maxFailures: '1' }, NOW);

function tallyOf(counts: Partial<Tally['counts']>, more: Partial<Tally> = {}): Tally {
  return { ...EMPTY_TALLY, ...more, counts: { ...EMPTY_TALLY.counts, ...counts } };
}

/** One page has closed with this tally. */
function withClosed(record: BatchRecord, closed: Tally): BatchRecord {
  return { ...record, schedule: { ...record.schedule, next: 1, closed } };
}

const stateOf = (record: BatchRecord) => new RunningBatch(record, { skipped: 0 }).toState(NOW);

test('a batch within its limits stays as it is', () => {
  expect(applyLimits(withClosed(NEW, tallyOf({ failed: 1, succeeded: 3 })), 'pause').reason).toBeNull();
  expect(applyLimits(NEW, 'pause')).toBe(NEW);
});

test('too many failures pause it, or cancel it, by its settings', () => {
  const failing = withClosed(NEW, tallyOf({ failed: 1, unknown: 1, succeeded: 2 }));
  const reason = 'failed items: 1 and unknown ones: 1, more than the limit of 1';
  expect(stateOf(applyLimits(failing, undefined))).toMatchObject({ state: 'paused', pausedBy: 'failures', reason });
  const cancelled = applyLimits(failing, 'cancel');
  expect(cancelled.schedule.control).toBe('cancelling');
  expect(stateOf(cancelled)).toMatchObject({ pausedBy: null, reason });
});

test('resumed, the failures so far no longer count', () => {
  const failing = withClosed(NEW, tallyOf({ failed: 2, succeeded: 2 }));
  const resumed = resumeBatch(applyLimits(failing, 'pause'));
  expect(applyLimits(resumed, 'pause')).toBe(resumed);
  const worse = withClosed(resumed, tallyOf({ failed: 4 }));
  expect(applyLimits(worse, 'pause').pausedBy).toBe('failures');
});

test('the first reason of a cancellation stays', () => {
  const cancelled = cancelBatch(pauseBatch(NEW, 'lunch', 'request'), 'first');
  expect(cancelBatch(cancelled, 'second')).toBe(cancelled);
  expect(stateOf(cancelled)).toMatchObject({ reason: 'first', pausedBy: null });
});

test('a change leaves alone what it does not name', () => {
  const changed = changeBatch(NEW, { concurrency: 3 });
  expect(changed).toEqual({ ...NEW, schedule: { ...NEW.schedule, concurrency: 3 } });
  expect(changeBatch(changed, { concurrency: null }).schedule.concurrency).toBeNull();
  expect(changeBatch(NEW, { weight: 2 })).toEqual({ ...NEW, weight: 2 });
});

test('a new tolerance counts the failures of this run from its beginning', () => {
  const failing = withClosed(NEW, tallyOf({ failed: 2, succeeded: 2 }));
  const changed = changeBatch(resumeBatch(failing), { maxFailures: '2' }, tallyOf({ failed: 1 }));
  expect(changed.tolerance).toEqual({ limit: { items: 2 }, forgiven: 1 });
});

test.each([
  { name: 'enough', submissions: 9, state: 'running' },
  { name: 'not enough', submissions: 4, state: 'paused' },
])('a new budget that is $name: $state', ({ submissions, state }) => {
  const spent = withClosed(NEW, tallyOf({ succeeded: 4 }, { submissions: 4 }));
  const paused = pauseBatch(changeBatch(spent, { budget: { submissions: 3 } }), 'the budget is used up', 'budget');
  expect(stateOf(changeBatch(paused, { budget: { submissions } }))).toMatchObject({ state });
});

test('a new budget resumes only what its budget has paused', () => {
  const paused = pauseBatch(NEW, 'lunch', 'request');
  expect(stateOf(changeBatch(paused, { budget: { submissions: 100 } }))).toMatchObject({
    state: 'paused',
    reason: 'lunch',
  });
});

test('the same record changes nothing, so nothing is planned again', () => {
  const batch = new RunningBatch(NEW, { skipped: 0 });
  batch.isChanged = false;
  batch.change(batch.record);
  expect(batch.isChanged).toBe(false);
  batch.change(pauseBatch(batch.record, 'lunch', 'request'));
  expect(batch.isChanged).toBe(true);
});
