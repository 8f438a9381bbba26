/** What holders tell of the provider, added up. */
import fc from 'fast-check';
import {
  addNews,
  isUrgent,
  markAsProbe,
  type News,
  NO_NEWS,
  refusalCount,
} from '../../../workflows/domain/leases/feedback';

const count = fc.nat({ max: 3 });
/** One thing that was met. */
const single: fc.Arbitrary<News> = fc
  .constantFrom<Partial<News>>(
    { accepted: 1 },
    { completed: 1 },
    { outages: 1, outageCode: 'PROVIDER_UNREACHABLE' },
    { outages: 1, outageCode: 'INTERNAL_ERROR' },
    { walls: { UNAUTHENTICATED: 1 } },
    { walls: { INSUFFICIENT_CREDITS: 2 } },
    { refusals: { concurrency: 1, rate: 0, unclear: 2 }, retryAfterMs: 5, retryAfterCode: 'CONCURRENT_JOBS_EXCEEDED' },
    { refusals: { concurrency: 0, rate: 1, unclear: 0 }, retryAfterMs: 9, retryAfterCode: 'RATE_LIMIT_EXCEEDED' },
    { lost: 1 },
    { found: 1 },
    { forbidden: ['one'] },
    { forbidden: ['two'] },
    { full: true },
  )
  .map((some) => ({ ...NO_NEWS, ...some }));
const several = fc.array(single, { maxLength: 8 }).map((all) => all.reduce(addNews, NO_NEWS));

test('it makes no difference in how many messages news are told', () => {
  fc.assert(
    fc.property(several, several, several, (first, second, third) => {
      const [one, other] = [addNews(addNews(first, second), third), addNews(first, addNews(second, third))];
      // A row of outages is told by the last of them, whose code says what ends it.
      expect({ ...one, outages: 0 }).toEqual({ ...other, outages: 0 });
    }),
    { numRuns: 1_000 },
  );
});

test('nothing new changes nothing', () => {
  fc.assert(
    fc.property(several, (news) => expect(addNews(NO_NEWS, news)).toEqual(news)),
    { numRuns: 500 },
  );
});

test('counts are added, and the longest wait is kept', () => {
  fc.assert(
    fc.property(count, count, fc.option(count), fc.option(count), (one, other, wait, more) => {
      const news = (number: number, retryAfterMs: number | null): News => ({
        ...NO_NEWS,
        accepted: number,
        completed: number,
        retryAfterMs,
        walls: { UNAUTHENTICATED: number },
        refusals: { concurrency: number, rate: number, unclear: number },
      });
      const both = addNews(news(one, wait), news(other, more));
      expect(both).toMatchObject({
        accepted: one + other,
        completed: one + other,
        walls: { UNAUTHENTICATED: one + other },
      });
      expect(refusalCount(both.refusals)).toBe(3 * (one + other));
      expect(both.retryAfterMs).toBe(wait === null && more === null ? null : Math.max(wait ?? 0, more ?? 0));
    }),
    { numRuns: 500 },
  );
});

test.each([
  [{ accepted: 1 }, 'PROVIDER_UNREACHABLE'],
  [{ completed: 1 }, 'INTERNAL_ERROR'],
])('%p ends a row of %s; those after it begin a new one', (success, outageCode) => {
  const before = { ...NO_NEWS, outages: 4, outageCode };
  expect(addNews(before, { ...NO_NEWS, ...success }).outages).toBe(0);
  expect(addNews(before, { ...NO_NEWS, ...success, outages: 2 })).toMatchObject({ outages: 2 });
  expect(addNews(before, { ...NO_NEWS, outages: 2 })).toMatchObject({ outages: 6, outageCode });
});

test('an accepted job shows nothing of jobs that fail after they were accepted', () => {
  const before = { ...NO_NEWS, outages: 4, outageCode: 'MODEL_UNAVAILABLE' };
  expect(addNews(before, { ...NO_NEWS, accepted: 1 }).outages).toBe(4);
});

test.each`
  news                                                     | isProbe  | isTold
  ${{}}                                                    | ${false} | ${false}
  ${{ accepted: 50, completed: 50 }}                       | ${false} | ${false}
  ${{ refusals: { concurrency: 0, rate: 1, unclear: 0 } }} | ${false} | ${true}
  ${{ walls: { UNAUTHENTICATED: 1 } }}                     | ${false} | ${true}
  ${{ outages: 2 }}                                        | ${false} | ${false}
  ${{ lost: 1 }}                                           | ${false} | ${true}
  ${{ found: 1 }}                                          | ${false} | ${true}
  ${{ forbidden: ['i'] }}                                  | ${false} | ${true}
  ${{ outages: 3 }}                                        | ${false} | ${true}
  ${{}}                                                    | ${true}  | ${false}
  ${{ accepted: 1 }}                                       | ${true}  | ${true}
  ${{ completed: 1 }}                                      | ${true}  | ${true}
  ${{ outages: 1 }}                                        | ${true}  | ${true}
`('$news is told at once if a probe met it ($isProbe): $isTold', ({ news, isProbe, isTold }) => {
  const all = { ...NO_NEWS, ...news };
  expect(isUrgent(isProbe ? markAsProbe(all) : all)).toBe(isTold);
});

test('what a probe has met stays apart from all else that is told with it', () => {
  const old: News = { ...NO_NEWS, completed: 3, walls: { UNAUTHENTICATED: 1 } };
  const ofProbe: News = { ...NO_NEWS, accepted: 1 };
  const both = addNews(addNews(old, markAsProbe(ofProbe)), old);
  expect(both).toMatchObject({ accepted: 1, completed: 6, walls: { UNAUTHENTICATED: 2 } });
  expect(both.ofProbe).toEqual(ofProbe);
  const ended: News = { ...NO_NEWS, completed: 1 };
  expect(addNews(both, markAsProbe(ended)).ofProbe).toEqual({ ...NO_NEWS, accepted: 1, completed: 1 });
});
