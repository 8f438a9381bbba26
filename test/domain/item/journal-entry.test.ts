/** Whether a single item may be submitted, by what the store remembers of it. */
import {
  ANY_RUN,
  decideClaim,
  ENDED_ONLY,
  findCompletedItem,
  findFinished,
  findJobOfCall,
  findOtherUse,
  focusOn,
  type JournalEntry,
  newJournalEntry,
  type SubmissionClaim,
  supersede,
  takeOver,
  takeOverFinished,
  withUpdate,
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

describe('several steps', () => {
  const recipe = { hash: 'recipe-1', keep: ['base'] };
  const CHARGE = { credits: 2, usd: null };
  const file = { file: '/store/items/banner.png', sha256: 'a', bytes: 1, mimeType: 'image/png' };
  const completed = { result: { ...file, width: 1, height: 1, verified: true }, charge: CHARGE };
  const stepClaim = (step: string, more: Partial<SubmissionClaim> = {}) =>
    claim({ step, recipe, earlier: step === 'base' ? [] : ['base'], requestHash: `of ${step}`, ...more });
  const submit = (before: JournalEntry | null, one: SubmissionClaim, jobId: string) =>
    withUpdate(newJournalEntry(one, before), { state: 'accepted', jobId });
  const finish = (before: JournalEntry | null, one: SubmissionClaim, jobId: string) =>
    withUpdate(submit(before, one, jobId), { completed });

  const base = finish(null, stepClaim('base'), 'job_1');
  const both = submit(base, stepClaim('cut', { call: 3, isLast: true }), 'job_2');
  const later = { run: 'run-3', call: 1, attempt: 1 } as const;

  test('each step has its own submission, which a run without history takes over', () => {
    expect(decideClaim(both, stepClaim('base', later))).toEqual({ do: 'take-over', jobId: 'job_1', completed });
    expect(decideClaim(both, stepClaim('cut', later))).toEqual({ do: 'take-over', jobId: 'job_2', completed: null });
    const taken = takeOver(both, stepClaim('base', later));
    expect(taken).toMatchObject({ step: 'base', run: 'run-3', version: both.version + 1 });
    expect(decideClaim(taken, stepClaim('cut', later))).toMatchObject({ do: 'take-over', jobId: 'job_2' });
    expect(findJobOfCall(both, 'run-2', 3)).toBe('job_2');
    expect(findJobOfCall(both, 'run-2', 4)).toBeNull();
  });

  test('the next step is sent, and that of another item is not', () => {
    expect(decideClaim(base, stepClaim('cut'))).toEqual(SEND);
    const other = stepClaim('cut', { recipe: { hash: 'recipe-2', keep: [] } });
    expect(decideClaim(base, other)).toMatchObject({ do: 'refuse', code: 'ID_TAKEN' });
    expect(decideClaim(base, claim())).toMatchObject({ do: 'refuse', code: 'ID_TAKEN' });
    expect(decideClaim(record(ACCEPTED), stepClaim('base'))).toMatchObject({ do: 'refuse', code: 'ID_TAKEN' });
  });

  test('a finished step is not abandoned with its run, unless its request has changed', () => {
    for (const supersedes of ['run-2', ANY_RUN, ENDED_ONLY]) {
      const again = { ...later, supersedes, supersededJobs: null };
      expect(decideClaim(both, stepClaim('base', again))).toMatchObject({ do: 'take-over', jobId: 'job_1' });
      expect(decideClaim(both, stepClaim('base', { ...again, requestHash: 'edited' }))).toEqual(SEND);
    }
    // The end of the second job is not known.
    expect(decideClaim(both, stepClaim('cut', { ...later, supersedes: ENDED_ONLY }))).toMatchObject({
      do: 'take-over',
    });
    const failed = withUpdate(both, { state: 'failed' });
    expect(decideClaim(failed, stepClaim('cut', later))).toEqual(SEND);
    expect(decideClaim(failed, stepClaim('cut', { ...later, requestHash: 'edited' }))).toMatchObject({
      code: 'ID_TAKEN',
    });
    expect(decideClaim(failed, stepClaim('cut', { ...later, requestHash: 'edited', supersedes: ENDED_ONLY }))).toEqual(
      SEND,
    );
  });

  test('what was made from an earlier result of a step is not used again', () => {
    const whole = finish(both, stepClaim('cut', { call: 3, isLast: true }), 'job_2');
    const anew = finish(whole, stepClaim('base', { ...later, requestHash: 'edited' }), 'job_3');
    expect(focusOn(anew, 'cut')).toBeNull();
    expect(decideClaim(anew, stepClaim('cut', later))).toEqual(SEND);
  });

  test('a run begins at the first step without a result, or with another request', () => {
    const steps = ['base', 'cut'].map((id) => ({ id, requestHash: `of ${id}` }));
    expect(findFinished(both, steps)).toEqual([
      { id: 'base', jobId: 'job_1', charge: CHARGE, files: [{ role: 'result', ...completed.result }] },
    ]);
    expect(findFinished(both, [{ id: 'base', requestHash: 'edited' }, ...steps.slice(1)])).toEqual([]);
    const whole = withUpdate(both, { completed });
    expect(findFinished(whole, steps).map(({ id }) => id)).toEqual(['base', 'cut']);
    const taken = takeOverFinished(both, { run: 'run-3', recipe, ids: ['base'], last: 'cut' });
    expect([focusOn(taken, 'base')?.run, focusOn(taken, 'cut')?.run]).toEqual(['run-3', 'run-2']);
    // A later run that abandons run 3 may edit what that one took over.
    const again = { run: 'run-4', supersedes: 'run-3', requestHash: 'edited' };
    expect(decideClaim(taken, stepClaim('base', again))).toEqual(SEND);
  });

  test('the result of the item is that of the last step, with the files to keep', () => {
    expect(findCompletedItem(both)).toBeNull();
    const whole = withUpdate(both, { completed });
    expect(findCompletedItem(whole)?.files?.map(({ role }) => role)).toEqual(['result', 'base.result']);
    expect(findCompletedItem(takeOver(whole, stepClaim('base', later)))?.files).toHaveLength(2);
    expect(findOtherUse(whole, 'recipe-')).toBeNull();
    expect(findOtherUse(whole, 'of cut')).toContain('banner.png is stored');
  });

  test('settled steps do not keep an item from being run again', () => {
    const one = (step: string, code: string | null) =>
      ({ number: 1, step, jobId: `job of ${step}`, code, message: null, refusals: {}, charge: null }) as const;
    const steps = [{ id: 'base', operation: 'generate/image', outcome: 'succeeded', files: [] }] as const;
    const report = { outcome: 'failed', steps } as const;
    expect(
      supersede('run-2', { ...report, submissions: [one('base', null), one('cut', 'INPUT_INVALID')] }, false),
    ).toEqual({ supersedes: 'run-2', supersededJobs: ['job of cut'] });
    const open = { ...report, submissions: [one('base', null), one('cut', 'JOB_OVERDUE')] };
    expect(supersede('run-2', open, false)).toEqual({});
    expect(supersede('run-2', open, true)).toEqual({ supersedes: 'run-2', supersededJobs: ['job of cut'] });
  });
});
