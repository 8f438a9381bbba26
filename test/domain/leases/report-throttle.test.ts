/** When a batch tells the governor of itself. */
import { markAsProbe, NO_FEEDBACK } from '../../../workflows/domain/leases/feedback';
import type { AccountGrant, HolderReport } from '../../../workflows/domain/leases/governor-protocol';
import {
  countGrant,
  type LastHolderReport,
  NEVER_REPORTED,
  shouldReport,
  toLastHolderReport,
} from '../../../workflows/domain/leases/report-throttle';

const NOW = 1_000_000;
const GRANT: AccountGrant = {
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
  grantSeen: 3,
  paceSeen: 0,
  feedback: NO_FEEDBACK,
  leaving: false,
  remembered: null,
};
/** Told a second ago. */
const LAST: LastHolderReport = { at: NOW - 1_000, wants: 50, held: 10, counted: 10, saturated: 3, needsFunds: 0 };

const REFUSED = { ...NO_FEEDBACK, refusals: { ...NO_FEEDBACK.refusals, rate: 1 } };

test.each`
  what                                       | last                         | report                                                        | grant                        | isTold
  ${'the first time, whatever it is'}        | ${NEVER_REPORTED}            | ${{}}                                                         | ${null}                      | ${true}
  ${'before an answer, nothing more'}        | ${{}}                        | ${{ feedback: REFUSED }}                                      | ${null}                      | ${false}
  ${'nothing new'}                           | ${{}}                        | ${{}}                                                         | ${GRANT}                     | ${false}
  ${'a refusal'}                             | ${{}}                        | ${{ feedback: REFUSED }}                                      | ${GRANT}                     | ${true}
  ${'what a probe met'}                      | ${{}}                        | ${{ feedback: markAsProbe({ ...NO_FEEDBACK, accepted: 1 }) }} | ${{ ...GRANT, probe: true }} | ${true}
  ${'that all are in flight'}                | ${{ saturated: 2 }}          | ${{ feedback: { ...NO_FEEDBACK, saturated: true } }}          | ${GRANT}                     | ${true}
  ${'that all are in flight, again'}         | ${{}}                        | ${{ feedback: { ...NO_FEEDBACK, saturated: true } }}          | ${GRANT}                     | ${false}
  ${'that nothing is wanted any more'}       | ${{}}                        | ${{ wants: 0 }}                                               | ${GRANT}                     | ${true}
  ${'that something is wanted'}              | ${{ wants: 0 }}              | ${{}}                                                         | ${GRANT}                     | ${true}
  ${'permits that it cannot use'}            | ${{}}                        | ${{ wants: 9 }}                                               | ${GRANT}                     | ${true}
  ${'less work, but enough for the permits'} | ${{}}                        | ${{ wants: 40 }}                                              | ${GRANT}                     | ${false}
  ${'the end of what was taken back'}        | ${{ counted: 12, held: 15 }} | ${{}}                                                         | ${GRANT}                     | ${true}
  ${'some of what was taken back'}           | ${{ held: 15 }}              | ${{ held: 12 }}                                               | ${GRANT}                     | ${false}
  ${'a hundred accepted submissions'}        | ${{}}                        | ${{ feedback: { ...NO_FEEDBACK, accepted: 100 } }}            | ${GRANT}                     | ${true}
  ${'a few of them'}                         | ${{}}                        | ${{ feedback: { ...NO_FEEDBACK, accepted: 99 } }}             | ${GRANT}                     | ${false}
  ${'a few of them, after ten seconds'}      | ${{ at: NOW - 1e4 }}         | ${{ feedback: { ...NO_FEEDBACK, accepted: 1 } }}              | ${GRANT}                     | ${true}
  ${'less work, after ten seconds'}          | ${{ at: NOW - 1e4 }}         | ${{ wants: 40 }}                                              | ${GRANT}                     | ${true}
  ${'another weight'}                        | ${{ weight: 2 }}             | ${{}}                                                         | ${GRANT}                     | ${true}
  ${'nothing new, after ten seconds'}        | ${{ at: 0 }}                 | ${{}}                                                         | ${GRANT}                     | ${false}
`('$what: $isTold', ({ last, report, grant, isTold }) => {
  expect(shouldReport({ ...LAST, ...last }, { ...REPORT, ...report }, grant, NOW)).toBe(isTold);
});

test('what was told is remembered, and of which grant it was told that all are in flight', () => {
  const saturated = { ...REPORT, feedback: { ...NO_FEEDBACK, saturated: true }, grantSeen: 4 };
  expect(toLastHolderReport(LAST, saturated, null, NOW)).toEqual({
    at: NOW,
    wants: 50,
    held: 10,
    counted: 10,
    saturated: 4,
    weight: 1,
    needsFunds: 0,
  });
  expect(toLastHolderReport(LAST, REPORT, null, NOW).saturated).toBe(3);
});

test('permits that were given and taken back before anything was told are given back by a word', () => {
  const first = toLastHolderReport(NEVER_REPORTED, { ...REPORT, held: 0, inFlight: 0 }, null, NOW);
  const report = { ...REPORT, held: 0, inFlight: 0 };
  const back = { ...GRANT, number: 2, permits: 0 };
  expect(shouldReport(first, report, back, NOW)).toBe(false);
  const heard = countGrant(countGrant(first, { ...GRANT, number: 1, permits: 4 }), back);
  expect(shouldReport(heard, report, back, NOW)).toBe(true);
  expect(shouldReport(toLastHolderReport(heard, report, back, NOW), report, back, NOW)).toBe(false);
});
