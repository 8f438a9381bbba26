/** What holders tell of the provider, added up. */
import fc from 'fast-check';
import {
  addFeedback,
  countRefusals,
  isUrgent,
  markAsProbe,
  NO_FEEDBACK,
  type ProviderFeedback,
} from '../../../workflows/domain/leases/feedback';
import { newOutage, type OperationFeedback } from '../../../workflows/domain/leases/operation-feedback';

const VIDEO = 'generate/video';
const IMAGE = 'generate/image';
const NOTHING: OperationFeedback = { accepted: 0, completed: 0, outages: 0, outageCode: null, cause: null };

/** Feedback about videos alone. */
const video = (some: Partial<OperationFeedback>): ProviderFeedback => ({
  ...NO_FEEDBACK,
  operations: { [VIDEO]: { ...NOTHING, ...some } },
});
const ofVideo = ({ operations = {} }: ProviderFeedback) => operations[VIDEO];

const count = fc.nat({ max: 3 });
/** One thing that was met. */
const single: fc.Arbitrary<ProviderFeedback> = fc
  .constantFrom<Partial<ProviderFeedback>>(
    { accepted: 1 },
    { completed: 1 },
    { operations: newOutage(VIDEO, 'PROVIDER_UNREACHABLE', null) },
    { operations: newOutage(VIDEO, 'INTERNAL_ERROR', 'it failed') },
    { operations: newOutage(IMAGE, 'INTERNAL_ERROR', null) },
    { completed: 1, operations: { [IMAGE]: { ...NOTHING, completed: 1 } } },
    { operations: { [VIDEO]: { ...NOTHING, accepted: 1, ofProbe: { ...NOTHING, accepted: 1 } } } },
    { accountRefusals: { UNAUTHENTICATED: 1 } },
    { accountRefusals: { INSUFFICIENT_CREDITS: 2 } },
    { refusals: { concurrency: 1, rate: 0, uncoded: 2 }, retryAfterMs: 5, retryAfterCode: 'CONCURRENT_JOBS_EXCEEDED' },
    { refusals: { concurrency: 0, rate: 1, uncoded: 0 }, retryAfterMs: 9, retryAfterCode: 'RATE_LIMIT_EXCEEDED' },
    { lost: 1 },
    { found: 1 },
    { forbidden: ['one'] },
    { forbidden: ['two'] },
    { saturated: true },
  )
  .map((some) => ({ ...NO_FEEDBACK, ...some }));
const several = fc.array(single, { maxLength: 8 }).map((all) => all.reduce(addFeedback, NO_FEEDBACK));

function withoutLengths({ operations = {}, ...feedback }: ProviderFeedback) {
  const without = Object.entries(operations).map(([name, own]) => [name, { ...own, outages: 0 }] as const);
  return { ...feedback, operations: Object.fromEntries(without) };
}

test('it makes no difference in how many messages news are reported', () => {
  fc.assert(
    fc.property(several, several, several, (first, second, third) => {
      const [one, other] = [
        addFeedback(addFeedback(first, second), third),
        addFeedback(first, addFeedback(second, third)),
      ];
      // The length of a row of outages depends on the code of the last of them, which says what ends it.
      expect(withoutLengths(one)).toEqual(withoutLengths(other));
    }),
    { numRuns: 1_000 },
  );
});

test('nothing new changes nothing', () => {
  fc.assert(
    fc.property(several, (feedback) => expect(addFeedback(NO_FEEDBACK, feedback)).toEqual(feedback)),
    { numRuns: 500 },
  );
});

test('counts are added, and the longest wait is kept', () => {
  fc.assert(
    fc.property(count, count, fc.option(count), fc.option(count), (one, other, wait, more) => {
      const feedback = (number: number, retryAfterMs: number | null): ProviderFeedback => ({
        ...NO_FEEDBACK,
        accepted: number,
        completed: number,
        retryAfterMs,
        accountRefusals: { UNAUTHENTICATED: number },
        refusals: { concurrency: number, rate: number, uncoded: number },
      });
      const both = addFeedback(feedback(one, wait), feedback(other, more));
      expect(both).toMatchObject({
        accepted: one + other,
        completed: one + other,
        accountRefusals: { UNAUTHENTICATED: one + other },
      });
      expect(countRefusals(both.refusals)).toBe(3 * (one + other));
      expect(both.retryAfterMs).toBe(wait === null && more === null ? null : Math.max(wait ?? 0, more ?? 0));
    }),
    { numRuns: 500 },
  );
});

test.each([
  [{ accepted: 1 }, 'PROVIDER_UNREACHABLE'],
  [{ completed: 1 }, 'INTERNAL_ERROR'],
])('%p ends a row of %s; those after it begin a new one', (success, outageCode) => {
  const before = video({ outages: 4, outageCode });
  expect(ofVideo(addFeedback(before, video(success)))).toMatchObject({ outages: 0 });
  expect(ofVideo(addFeedback(before, video({ ...success, outages: 2 })))).toMatchObject({ outages: 2 });
  expect(ofVideo(addFeedback(before, video({ outages: 2 })))).toMatchObject({ outages: 6, outageCode });
});

test('an accepted job shows nothing of jobs that fail after they were accepted', () => {
  const before = video({ outages: 4, outageCode: 'MODEL_UNAVAILABLE' });
  expect(ofVideo(addFeedback(before, video({ accepted: 1 })))).toMatchObject({ outages: 4 });
});

test('a success of one operation shows nothing of another', () => {
  const before = video({ outages: 4, outageCode: 'INTERNAL_ERROR' });
  const image = { ...NO_FEEDBACK, completed: 9, operations: { [IMAGE]: { ...NOTHING, completed: 9 } } };
  expect(ofVideo(addFeedback(before, image))).toMatchObject({ outages: 4 });
});

test.each<{ feedback: Partial<ProviderFeedback>; isProbe: boolean; isTold: boolean }>([
  { feedback: {}, isProbe: false, isTold: false },
  { feedback: { accepted: 50, completed: 50 }, isProbe: false, isTold: false },
  { feedback: { refusals: { concurrency: 0, rate: 1, uncoded: 0 } }, isProbe: false, isTold: true },
  { feedback: { accountRefusals: { UNAUTHENTICATED: 1 } }, isProbe: false, isTold: true },
  { feedback: video({ outages: 2 }), isProbe: false, isTold: false },
  { feedback: { lost: 1 }, isProbe: false, isTold: true },
  { feedback: { found: 1 }, isProbe: false, isTold: true },
  { feedback: { forbidden: ['i'] }, isProbe: false, isTold: true },
  { feedback: video({ outages: 3 }), isProbe: false, isTold: true },
  { feedback: {}, isProbe: true, isTold: false },
  { feedback: { accepted: 1 }, isProbe: true, isTold: true },
  { feedback: { completed: 1 }, isProbe: true, isTold: true },
  { feedback: video({ outages: 1, ofProbe: { ...NOTHING, outages: 1 } }), isProbe: false, isTold: true },
  { feedback: video({ completed: 1, ofProbe: { ...NOTHING, completed: 1 } }), isProbe: false, isTold: true },
  { feedback: video({ completed: 1 }), isProbe: false, isTold: false },
])('$feedback is reported at once if a probe met it ($isProbe): $isTold', ({ feedback, isProbe, isTold }) => {
  const all = { ...NO_FEEDBACK, ...feedback };
  expect(isUrgent(isProbe ? markAsProbe(all) : all)).toBe(isTold);
});

test('what a probe has met stays apart from all else that is reported with it', () => {
  const old: ProviderFeedback = { ...NO_FEEDBACK, completed: 3, accountRefusals: { UNAUTHENTICATED: 1 } };
  const ofProbe: ProviderFeedback = { ...NO_FEEDBACK, accepted: 1 };
  const both = addFeedback(addFeedback(old, markAsProbe(ofProbe)), old);
  expect(both).toMatchObject({ accepted: 1, completed: 6, accountRefusals: { UNAUTHENTICATED: 2 } });
  expect(both.ofProbe).toEqual(ofProbe);
  const ended: ProviderFeedback = { ...NO_FEEDBACK, completed: 1 };
  expect(addFeedback(both, markAsProbe(ended)).ofProbe).toEqual({ ...NO_FEEDBACK, accepted: 1, completed: 1 });
});
