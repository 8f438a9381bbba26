/** Whether a single item may be submitted, by what the store remembers of it. */
import {
  ANY_RUN,
  decideClaim,
  type JournalEntry,
  newJournalEntry,
  type SubmissionClaim,
  takeOver,
} from '../../../workflows/domain/item/journal-entry';

const claim = (more: Partial<SubmissionClaim> = {}): SubmissionClaim => ({
  item: 'banner',
  requestHash: 'apples',
  run: 'run-2',
  call: 2,
  attempt: 2,
  writer: 'writer-2',
  supersedes: null,
  supersededJobs: null,
  ...more,
});
const record = (more: Partial<JournalEntry> = {}): JournalEntry => ({
  ...newJournalEntry(claim({ writer: 'writer-1' }), null),
  ...more,
});

const SEND = { do: 'send' };
const UNKNOWN = { do: 'refuse', code: 'SUBMIT_OUTCOME_UNKNOWN' };
const ACCEPTED = { state: 'accepted', jobId: 'job_1' } as const;
const TAKE_OVER = { do: 'take-over', jobId: 'job_1' };

test('an item of which nothing is known is sent', () => {
  expect(decideClaim(null, claim())).toEqual(SEND);
});

describe('of the same run', () => {
  test.each([
    ['an earlier call', { call: 1, attempt: 7 }, SEND],
    ['an earlier call whose job the workflow knows', { call: 1, attempt: 7, ...ACCEPTED }, SEND],
    ['an earlier attempt, which was refused', { attempt: 1 }, SEND],
    ['an earlier attempt that was accepted and could not be reported', { attempt: 1, ...ACCEPTED }, TAKE_OVER],
    ['the same attempt, as after a restored database', {}, UNKNOWN],
    ['the same attempt, accepted', ACCEPTED, TAKE_OVER],
    ['the same attempt, which sent nothing', { state: 'unsent' } as const, SEND],
    ['a later attempt', { attempt: 3 }, UNKNOWN],
    ['a later attempt, accepted', { attempt: 3, ...ACCEPTED }, TAKE_OVER],
    ['a later call, as after a reset', { call: 3, attempt: 1 }, UNKNOWN],
    ['a later call, accepted', { call: 3, attempt: 1, ...ACCEPTED }, TAKE_OVER],
  ])('%s', (_what, what, decision) => {
    expect(decideClaim(record(what), claim())).toMatchObject(decision);
  });

  test.each(['run-2', ANY_RUN])('nothing is given up by naming %s, for a reset names it too', (supersedes) => {
    expect(decideClaim(record({ call: 3, ...ACCEPTED }), claim({ supersedes }))).toMatchObject(TAKE_OVER);
  });
});

describe('of another run', () => {
  test.each([
    ['with a job', { ...ACCEPTED, call: 1 }, TAKE_OVER],
    ['without a job', { call: 1 }, UNKNOWN],
    ['that sent nothing', { state: 'unsent' } as const, SEND],
  ])('%s', (_what, what, decision) => {
    expect(decideClaim(record({ run: 'run-1', ...what }), claim())).toMatchObject(decision);
  });

  test.each([
    ['run-1', SEND],
    [ANY_RUN, SEND],
    ['run-0', TAKE_OVER],
  ])('that is given up by naming %s', (supersedes, decision) => {
    expect(decideClaim(record({ run: 'run-1', ...ACCEPTED }), claim({ supersedes }))).toMatchObject(decision);
  });

  test.each([
    ['that it did not report is taken over', [], TAKE_OVER],
    ['that it did not report either is taken over', ['job_0'], TAKE_OVER],
    ['that it reported is given up with it', ['job_0', 'job_1'], SEND],
  ])('a job %s', (_what, supersededJobs, decision) => {
    const abandoning = claim({ supersedes: 'run-1', supersededJobs });
    expect(decideClaim(record({ run: 'run-1', ...ACCEPTED }), abandoning)).toMatchObject(decision);
    expect(decideClaim(record({ run: 'run-1' }), abandoning)).toEqual(SEND);
    expect(decideClaim(record({ run: 'run-1', requestHash: 'pears', ...ACCEPTED }), abandoning)).toEqual(SEND);
  });

  test('with another request is no job of ours', () => {
    const other = record({ run: 'run-1', requestHash: 'pears', ...ACCEPTED });
    expect(decideClaim(other, claim())).toMatchObject({ do: 'refuse', code: 'ID_TAKEN' });
    expect(decideClaim(other, claim({ supersedes: 'run-1' }))).toEqual(SEND);
  });
});

test('what was taken over belongs to the run that took it: it is taken over again, and the next call may be sent', () => {
  const taken = takeOver(record({ run: 'run-1', call: 9, ...ACCEPTED }), claim());
  expect(decideClaim(taken, claim())).toMatchObject(TAKE_OVER);
  expect(decideClaim(taken, claim({ call: 3, attempt: 1 }))).toEqual(SEND);
  expect(decideClaim(taken, claim({ run: 'run-3', supersedes: 'run-1' }))).toMatchObject(TAKE_OVER);
  expect(decideClaim(taken, claim({ run: 'run-3', supersedes: 'run-2' }))).toEqual(SEND);
});
