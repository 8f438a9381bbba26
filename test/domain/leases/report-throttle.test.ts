/** When a batch tells the governor of itself. */
import { markAsProbe, NO_NEWS } from '../../../workflows/domain/leases/feedback';
import type { Grant, HolderReport } from '../../../workflows/domain/leases/governor-protocol';
import {
  isWorthTelling,
  type LastTold,
  lastTold,
  NEVER_TOLD,
  withGrant,
} from '../../../workflows/domain/leases/report-throttle';

const NOW = 1_000_000;
const GRANT: Grant = {
  number: 3,
  permits: 10,
  spacingMs: null,
  restUntil: null,
  paceChange: 0,
  probe: false,
  hold: null,
  remembered: { concurrency: null, ratePerSecond: null },
};
const REPORT: HolderReport = {
  holder: 'batch',
  kind: 'batch',
  weight: 1,
  wants: 50,
  held: 10,
  inFlight: 10,
  knew: 3,
  paceKnew: 0,
  news: NO_NEWS,
  leaving: false,
  remembered: null,
};
/** Told a second ago. */
const LAST: LastTold = { at: NOW - 1_000, wants: 50, held: 10, counted: 10, full: 3 };

const REFUSED = { ...NO_NEWS, refusals: { ...NO_NEWS.refusals, rate: 1 } };

test.each`
  what                                       | last                         | report                                                | grant                        | isTold
  ${'the first time, whatever it is'}        | ${NEVER_TOLD}                | ${{}}                                                 | ${null}                      | ${true}
  ${'before an answer, nothing more'}        | ${{}}                        | ${{ news: REFUSED }}                                  | ${null}                      | ${false}
  ${'nothing new'}                           | ${{}}                        | ${{}}                                                 | ${GRANT}                     | ${false}
  ${'a refusal'}                             | ${{}}                        | ${{ news: REFUSED }}                                  | ${GRANT}                     | ${true}
  ${'what a probe met'}                      | ${{}}                        | ${{ news: markAsProbe({ ...NO_NEWS, accepted: 1 }) }} | ${{ ...GRANT, probe: true }} | ${true}
  ${'that all are in flight'}                | ${{ full: 2 }}               | ${{ news: { ...NO_NEWS, full: true } }}               | ${GRANT}                     | ${true}
  ${'that all are in flight, again'}         | ${{}}                        | ${{ news: { ...NO_NEWS, full: true } }}               | ${GRANT}                     | ${false}
  ${'that nothing is wanted any more'}       | ${{}}                        | ${{ wants: 0 }}                                       | ${GRANT}                     | ${true}
  ${'that something is wanted'}              | ${{ wants: 0 }}              | ${{}}                                                 | ${GRANT}                     | ${true}
  ${'permits that it cannot use'}            | ${{}}                        | ${{ wants: 9 }}                                       | ${GRANT}                     | ${true}
  ${'less work, but enough for the permits'} | ${{}}                        | ${{ wants: 40 }}                                      | ${GRANT}                     | ${false}
  ${'the end of what was taken back'}        | ${{ counted: 12, held: 15 }} | ${{}}                                                 | ${GRANT}                     | ${true}
  ${'some of what was taken back'}           | ${{ held: 15 }}              | ${{ held: 12 }}                                       | ${GRANT}                     | ${false}
  ${'a hundred accepted submissions'}        | ${{}}                        | ${{ news: { ...NO_NEWS, accepted: 100 } }}            | ${GRANT}                     | ${true}
  ${'a few of them'}                         | ${{}}                        | ${{ news: { ...NO_NEWS, accepted: 99 } }}             | ${GRANT}                     | ${false}
  ${'a few of them, after ten seconds'}      | ${{ at: NOW - 1e4 }}         | ${{ news: { ...NO_NEWS, accepted: 1 } }}              | ${GRANT}                     | ${true}
  ${'less work, after ten seconds'}          | ${{ at: NOW - 1e4 }}         | ${{ wants: 40 }}                                      | ${GRANT}                     | ${true}
  ${'another weight'}                        | ${{ weight: 2 }}             | ${{}}                                                 | ${GRANT}                     | ${true}
  ${'nothing new, after ten seconds'}        | ${{ at: 0 }}                 | ${{}}                                                 | ${GRANT}                     | ${false}
`('$what: $isTold', ({ last, report, grant, isTold }) => {
  expect(isWorthTelling({ ...LAST, ...last }, { ...REPORT, ...report }, grant, NOW)).toBe(isTold);
});

test('what was told is remembered, and of which grant it was told that all are in flight', () => {
  const full = { ...REPORT, news: { ...NO_NEWS, full: true }, knew: 4 };
  expect(lastTold(LAST, full, null, NOW)).toEqual({ at: NOW, wants: 50, held: 10, counted: 10, full: 4, weight: 1 });
  expect(lastTold(LAST, REPORT, null, NOW).full).toBe(3);
});

test('permits that were given and taken back before anything was told are given back by a word', () => {
  const first = lastTold(NEVER_TOLD, { ...REPORT, held: 0, inFlight: 0 }, null, NOW);
  const report = { ...REPORT, held: 0, inFlight: 0 };
  const back = { ...GRANT, number: 2, permits: 0 };
  expect(isWorthTelling(first, report, back, NOW)).toBe(false);
  const heard = withGrant(withGrant(first, { ...GRANT, number: 1, permits: 4 }), back);
  expect(isWorthTelling(heard, report, back, NOW)).toBe(true);
  expect(isWorthTelling(lastTold(heard, report, back, NOW), report, back, NOW)).toBe(false);
});
