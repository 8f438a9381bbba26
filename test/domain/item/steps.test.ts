/** Items of several steps in pure functions: what is carried, reported, counted and run again. */
import fc from 'fast-check';
import { PageItems } from '../../../workflows/domain/batch/page-items';
import { countItems, EMPTY_TALLY } from '../../../workflows/domain/batch/tally';
import {
  decideRedrive,
  type EndedItem,
  type RedriveWish,
  type RunRow,
} from '../../../workflows/domain/item/decide-redrive';
import type { EarlierOutcome, Outcome, RowStep, RowSubmission, StoredFile } from '../../../workflows/domain/item/item';
import {
  closeSubmission,
  countSubmissions,
  finishStep,
  type ItemRecord,
  NEW_RECORD,
  openSubmission,
  recordAcceptance,
  toProgress,
  toReport,
} from '../../../workflows/domain/item/item-record';
import { addLaterRun, type ItemRuns, listOpen, toRuns } from '../../../workflows/domain/item/item-runs';
import { packRecord, unpackRecord } from '../../../workflows/domain/item/packed-record';
import { toResultRow, withSteps } from '../../../workflows/domain/item/result-row';
import { addSteps } from '../../../workflows/domain/item/step-report';
import { countDuplicates } from '../../../workflows/domain/item/submission-payment';

const UNKNOWN_TO_STORE = { jobs: [], steps: [] };
const IDS = ['base', 'cutout', 'large'] as const;
const OPERATIONS = ['generate/image', 'background/remove/image', 'upscale/image'] as const;
const STEPS = IDS.map((id, index) => ({ id, operation: OPERATIONS[index] ?? 'generate/image', price: index + 1 }));

function toFile(name: string, role = 'result'): StoredFile {
  const known = { sha256: name.repeat(8), bytes: 1, mimeType: 'image/png', width: 1, height: 1, verified: true };
  return { role, file: `/store/k~${name}.png`, ...known };
}

/** A step whose jobs fail so many times before one completes. */
function runStep(record: ItemRecord, id: string, failures: number): ItemRecord {
  let after = record;
  for (let failure = 0; failure < failures; failure += 1) {
    const opened = accept(after, `${id}-failed-${failure}`);
    const fault = {
      code: 'MODEL_ERROR',
      row: 'MODEL_ERROR',
      origin: 'job',
      message: 'x',
      retryable: true,
      met: {},
      contradiction: false,
    } as const;
    after = closeSubmission(opened, { kind: 'fault', fault });
  }
  const { role: _role, ...result } = toFile(id);
  const job = { result, charge: { credits: 2, usd: null } };
  return finishStep(closeSubmission(accept(after, `${id}-done`), { kind: 'completed', job }), id, job);
}

function accept(record: ItemRecord, jobId: string): ItemRecord {
  return recordAcceptance(openSubmission(record), { jobId, estimatedMs: null, refusals: {} });
}

const failures = fc.array(fc.nat({ max: 3 }), { maxLength: 2 });
const live = (counts: readonly number[]) =>
  counts.reduce((record, count, index) => runStep(record, IDS[index] ?? '', count), NEW_RECORD);

test('finished steps are carried as they are, and submissions are numbered through all steps', () => {
  fc.assert(
    fc.property(failures, (counts) => {
      const record = accept(live(counts), 'newest');
      const carried = unpackRecord(JSON.parse(JSON.stringify(packRecord(record))));
      const withoutMessages = record.finished.map((step) => ({
        ...step,
        submissions: step.submissions.map((one) => ({ ...one, message: null })),
      }));
      expect(carried).toEqual({ ...record, finished: withoutMessages });
      const numbers = [...carried.finished, carried].flatMap(({ submissions }) =>
        submissions.map(({ number }) => number),
      );
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      expect(countSubmissions(carried)).toBe(numbers.length);
    }),
  );
});

test('a record without finished steps is carried without a word about steps', () => {
  expect(Object.keys(packRecord(accept(NEW_RECORD, 'j')))).toEqual(['calls', 'submissions']);
});

test('the page counts each step once, whatever became of it, and sums submissions, cost and duplicates over steps', () => {
  fc.assert(
    fc.property(failures, (counts) => {
      const items = new PageItems(EMPTY_TALLY);
      items.add('k', NEW_RECORD, STEPS);
      const record = accept(live(counts), 'newest');
      items.change('k', toProgress(record, 'running', null), record);
      const open = items.tally();
      const current = counts.length;
      const report = addSteps(
        toReport(record, { next: 'end', outcome: 'failed', code: 'X', message: null }, null),
        record,
        {
          steps: STEPS,
        },
      );
      items.end('k', report);
      const ended = items.tally();
      const states = IDS.slice(0, current).map((id) => [id, { succeeded: 1 }]);
      expect(open.steps).toEqual(Object.fromEntries([...states, [IDS[current], { open: 1 }]]));
      expect(ended.steps).toEqual(Object.fromEntries([...states, [IDS[current], { failed: 1 }]]));
      const cost = [...STEPS.slice(0, current + 1)].reduce((sum, { price }) => sum + price, 0);
      for (const tally of [open, ended]) {
        expect(countItems(tally)).toBe(1);
        expect(tally).toMatchObject({ submissions: countSubmissions(record), cost, duplicates: 0 });
      }
      expect(ended.charged).toEqual(current === 0 ? {} : { credits: 2 * current });
    }),
  );
});

test('the page counts an item that is cancelled unsent as it had ended before, and any other one by its end', () => {
  const cancelled = (record: ItemRecord) =>
    addSteps(toReport(record, { next: 'end', outcome: 'cancelled', code: 'CANCELLED', message: null }, null), record, {
      steps: STEPS,
    });
  const count = (record: ItemRecord, earlier?: EarlierOutcome) => {
    const items = new PageItems(EMPTY_TALLY);
    items.add('k', record, STEPS);
    items.end('k', cancelled(record), earlier);
    return items.tally();
  };
  const steps = IDS.map((id) => ({ id, outcome: 'succeeded' as const }));
  const done = { outcome: 'succeeded', code: null, steps } as const;
  expect(count(NEW_RECORD, done)).toMatchObject({ counts: { succeeded: 1, cancelled: 0 }, failures: {} });
  expect(count(NEW_RECORD, done).steps).toEqual(Object.fromEntries(IDS.map((id) => [id, { succeeded: 1 }])));
  const failed = { outcome: 'failed', code: 'MODEL_ERROR' } as const;
  expect(count(NEW_RECORD, failed)).toMatchObject({
    counts: { failed: 1, cancelled: 0 },
    failures: { MODEL_ERROR: 1 },
  });
  expect(count(NEW_RECORD)).toMatchObject({ counts: { cancelled: 1 } });
  expect(count(live([0]), done)).toMatchObject({ counts: { cancelled: 1 }, submissions: 1 });
});

test('a report has every submission with its step, and the files that are kept by step and role', () => {
  const record = accept(live([1, 0]), 'large-done');
  const { role: _role, ...result } = toFile('large');
  const job = { result, charge: null };
  const closed = closeSubmission(record, { kind: 'completed', job });
  const end = { next: 'end', outcome: 'succeeded', code: null, message: null } as const;
  const report = addSteps(toReport(closed, end, job), closed, { steps: STEPS, keep: ['cutout'] });
  expect(report.submissions.map(({ step, jobId }) => [step, jobId])).toEqual([
    ['base', 'base-failed-0'],
    ['base', 'base-done'],
    ['cutout', 'cutout-done'],
    ['large', 'large-done'],
  ]);
  expect(report.files?.map(({ role }) => role)).toEqual(['result', 'cutout.result']);
  const row = withSteps(toResultRow('k', report));
  expect(
    row.steps?.map(({ id, outcome, submissions, charge }) => [id, outcome, submissions.length, charge.credits]),
  ).toEqual([
    ['base', 'succeeded', 2, 2],
    ['cutout', 'succeeded', 1, 2],
    ['large', 'succeeded', 1, null],
  ]);
});

test('the same number of submissions in two steps is no duplicate; a second one of a step is', () => {
  const done = { jobId: 'j', code: null };
  expect(
    countDuplicates([
      { ...done, step: 'a' },
      { ...done, step: 'b' },
    ]),
  ).toBe(0);
  const lost = { jobId: null, code: 'SUBMIT_OUTCOME_UNKNOWN', step: 'b' };
  expect(countDuplicates([{ ...done, step: 'a' }, lost, { ...done, step: 'b' }])).toBe(1);
});

const ROW: readonly RowStep[] = STEPS.map(({ id, operation }) => ({ id, operation, request: { seed: 1 } }));
const rowOf = (steps: readonly RowStep[]) => ({ key: 'k', operation: 'upscale/image' as const, request: {}, steps });

/** An item whose steps ended like this. */
function ended(outcomes: readonly Outcome[], code: string | null, more: Partial<EndedItem> = {}): EndedItem {
  const steps = outcomes.map((outcome, index) => {
    const { id, operation } = STEPS[index] ?? { id: '', operation: 'upscale/image' as const };
    return { id, operation, outcome, files: outcome === 'succeeded' ? [toFile(id)] : [] };
  });
  const submissions = steps.map(({ id, outcome }): RowSubmission => {
    return { step: id, jobId: `${id}-job`, code: outcome === 'succeeded' ? null : code, refusals: {} };
  });
  const line = { outcome: outcomes.at(-1) ?? 'failed', code, steps, submissions };
  const made = { row: rowOf(ROW), finished: steps.filter(({ outcome }) => outcome === 'succeeded') };
  return { row: rowOf(ROW), line, begun: true, open: listOpen([line]), staleJobs: [], made, ...more };
}

const change = (index: number) =>
  rowOf(ROW.map((step, at) => (at === index ? { ...step, request: { seed: 2 } } : step)));
const FAILED = ended(['succeeded', 'failed'], 'MODEL_ERROR');

describe('an item that is run again', () => {
  test.each([
    ['from the step that failed', FAILED, {}, ['cutout', 'large']],
    ['from a step that the caller names', FAILED, { fromStep: 'base' }, ['base', 'cutout', 'large']],
    ['not from a step after the one that failed', FAILED, { fromStep: 'large' }, ['cutout', 'large']],
    ['from the first step that has changed', FAILED, { edited: change(0) }, ['base', 'cutout', 'large']],
    ['from the step that failed, although a later one has changed', FAILED, { edited: change(2) }, ['cutout', 'large']],
    [
      'with the changed step alone',
      ended(['succeeded', 'succeeded', 'succeeded'], null),
      { edited: change(2) },
      ['large'],
    ],
  ])('%s', (_name, item, wish, ids) => {
    const step = decideRedrive(item, { isAllowed: false, ...wish });
    if (typeof step === 'string') throw new Error(step);
    expect(step.steps).toEqual(ids);
    const finished = step.row.finished ?? [];
    expect([...finished.map(({ id }) => id), ...ids]).toEqual(IDS);
    expect(finished.every(({ files }) => files.length === 1)).toBe(true);
    expect(step).toMatchObject({ mayPayTwice: false });
  });

  test('names the finished steps that are run and paid again', () => {
    const done = ended(['succeeded', 'succeeded', 'succeeded'], null);
    const [base, cutout, large] = ROW as readonly [RowStep, RowStep, RowStep];
    const repaid = (item: EndedItem, wish: Partial<RedriveWish>) => {
      const step = decideRedrive(item, { isAllowed: false, ...wish });
      return typeof step === 'string' ? step : step.repaid;
    };
    expect(repaid(FAILED, {})).toEqual([]);
    expect(repaid(FAILED, { fromStep: 'base' })).toEqual(['base']);
    expect(repaid(done, { edited: change(1) })).toEqual(['cutout', 'large']);
    expect(repaid(done, { edited: rowOf([{ ...base, id: 'first' }, cutout, large]) })).toEqual(IDS);
    expect(repaid(done, { edited: rowOf([base, large]) })).toEqual(['large']);
    expect(repaid(done, { edited: rowOf([base, large, cutout]) })).toEqual(['cutout', 'large']);
  });

  describe('with more steps than before', () => {
    const { id: _id, ...only } = ROW[0] as RowStep;
    const { role: _role, ...result } = toFile('base');
    const submission = { number: 1, jobId: 'base-job', code: null, message: null, refusals: {}, charge: null };
    const report = { outcome: 'succeeded', result, jobId: 'base-job', code: null, message: null } as const;
    const line = toResultRow('k', { ...report, submissions: [submission] });
    const runs = toRuns({ key: 'k', ...only }, [line], UNKNOWN_TO_STORE);
    const lone: EndedItem = { ...runs, line, open: listOpen(runs.history) };

    test('takes the file of its only step for the first of several, if their requests are equal', () => {
      const edited = rowOf(ROW);
      const step = decideRedrive(lone, { edited, isAllowed: false });
      expect(step).toMatchObject({ steps: ['cutout', 'large'], repaid: [], mayPayTwice: false });
      expect(step).toMatchObject({ row: { finished: [{ id: 'base', files: [toFile('base')] }] } });
      expect(decideRedrive(lone, { edited: change(0), isAllowed: false })).toMatchObject({ steps: IDS });
      expect(decideRedrive(lone, { edited, isAllowed: false, fromStep: 'base' })).toMatchObject({ steps: IDS });
    });

    test('and the job of that step is settled by its file in later runs', () => {
      const later = ended(['succeeded', 'failed'], 'MODEL_ERROR');
      const row = { ...later.row, finished: later.made.finished };
      const failed = toResultRow('k', {
        ...{ ...report, outcome: 'failed', result: null, code: 'MODEL_ERROR', submissions: [] },
        steps: [
          { id: 'base', operation: 'generate/image', outcome: 'succeeded', files: [toFile('base')] },
          { id: 'cutout', operation: 'background/remove/image', outcome: 'failed', files: [] },
        ],
      });
      const both: ItemRuns<RunRow> = addLaterRun(runs, toRuns<RunRow>(row, [failed], UNKNOWN_TO_STORE));
      const item = { ...both, line: failed, open: listOpen(both.history) };
      expect(decideRedrive(item, { isAllowed: false })).toMatchObject({ steps: ['cutout', 'large'], repaid: [] });
    });

    test('without its later steps it is as it was', () => {
      const done = ended(['succeeded', 'succeeded'], null, { row: rowOf(ROW.slice(0, 2)) });
      expect(decideRedrive(done, { edited: rowOf(ROW.slice(0, 1)), isAllowed: false })).toBe('unchanged');
    });
  });

  test('fetches the job of the step that may be charged, and nothing of finished ones', () => {
    const overdue = ended(['succeeded', 'unknown'], 'JOB_OVERDUE');
    expect(decideRedrive(overdue, { isAllowed: false })).toMatchObject({
      row: { jobId: 'cutout-job', afterFetch: 'submit-if-free', finished: [{ id: 'base' }] },
    });
    // Its step would be run with another input.
    expect(decideRedrive(overdue, { isAllowed: false, fromStep: 'base' })).toBe('left-unknown');
    expect(decideRedrive(overdue, { isAllowed: false, edited: change(1) })).toBe('left-unknown');
  });

  test('stays as it is if its steps are finished and the same, or if it lacks the step that is named', () => {
    const done = ended(['succeeded', 'succeeded', 'succeeded'], null);
    expect(decideRedrive(done, { isAllowed: false })).toBe('unchanged');
    expect(decideRedrive(FAILED, { isAllowed: false, fromStep: 'other' })).toBe('unchanged');
  });

  test('takes what an earlier run has finished from its row, if its last run has left no report', () => {
    const finished = [{ id: 'base', files: [toFile('base')] }];
    const row = { ...rowOf(ROW), finished };
    const { made } = toRuns(row, [], UNKNOWN_TO_STORE);
    const lost = { ...FAILED, row, line: null, made };
    expect(decideRedrive(lost, { isAllowed: false })).toBe('left-unknown');
    expect(decideRedrive(lost, { isAllowed: true })).toMatchObject({ row: { finished }, mayPayTwice: true });
  });
});
