/** When a batch tells the governor of itself. */
import { markAsProbe, NO_FEEDBACK } from '../../../workflows/domain/leases/feedback';
import { type AccountGrant, type HolderReport, toItemReport } from '../../../workflows/domain/leases/governor-protocol';
import { NO_PACING } from '../../../workflows/domain/leases/lease';
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
  ...NO_PACING,
  allowance: null,
  hold: null,
  remembered: { concurrency: null, ratePerSecond: null, day: null },
};
const REPORT: HolderReport = {
  ...toItemReport('batch'),
  kind: 'batch',
  wants: 50,
  held: 10,
  inFlight: 10,
  grantSeen: 3,
};
/** Told a second ago. */
const LAST: LastHolderReport = {
  ...NEVER_REPORTED,
  at: NOW - 1_000,
  wants: 50,
  held: 10,
  counted: 10,
  saturated: 3,
  weight: 1,
};

const REFUSED = { ...NO_FEEDBACK, refusals: { ...NO_FEEDBACK.refusals, rate: 1 } };

test.each<{
  what: string;
  last: Partial<LastHolderReport>;
  report: Partial<HolderReport>;
  grant: AccountGrant | null;
  isTold: boolean;
}>([
  { what: 'the first time, whatever it is', last: NEVER_REPORTED, report: {}, grant: null, isTold: true },
  { what: 'before an answer, nothing more', last: {}, report: { feedback: REFUSED }, grant: null, isTold: false },
  { what: 'nothing new', last: {}, report: {}, grant: GRANT, isTold: false },
  { what: 'a refusal', last: {}, report: { feedback: REFUSED }, grant: GRANT, isTold: true },
  {
    what: 'what a probe met',
    last: {},
    report: { feedback: markAsProbe({ ...NO_FEEDBACK, accepted: 1 }) },
    grant: { ...GRANT, probe: true },
    isTold: true,
  },
  {
    what: 'that all are in flight',
    last: { saturated: 2 },
    report: { feedback: { ...NO_FEEDBACK, saturated: true } },
    grant: GRANT,
    isTold: true,
  },
  {
    what: 'that all are in flight, again',
    last: {},
    report: { feedback: { ...NO_FEEDBACK, saturated: true } },
    grant: GRANT,
    isTold: false,
  },
  { what: 'that nothing is wanted any more', last: {}, report: { wants: 0 }, grant: GRANT, isTold: true },
  { what: 'that something is wanted', last: { wants: 0 }, report: {}, grant: GRANT, isTold: true },
  { what: 'permits that it cannot use', last: {}, report: { wants: 9 }, grant: GRANT, isTold: true },
  { what: 'less work, but enough for the permits', last: {}, report: { wants: 40 }, grant: GRANT, isTold: false },
  { what: 'the end of what was taken back', last: { counted: 12, held: 15 }, report: {}, grant: GRANT, isTold: true },
  { what: 'some of what was taken back', last: { held: 15 }, report: { held: 12 }, grant: GRANT, isTold: false },
  {
    what: 'a hundred accepted submissions',
    last: {},
    report: { feedback: { ...NO_FEEDBACK, accepted: 100 } },
    grant: GRANT,
    isTold: true,
  },
  {
    what: 'a few of them',
    last: {},
    report: { feedback: { ...NO_FEEDBACK, accepted: 99 } },
    grant: GRANT,
    isTold: false,
  },
  {
    what: 'a few of them, after ten seconds',
    last: { at: NOW - 1e4 },
    report: { feedback: { ...NO_FEEDBACK, accepted: 1 } },
    grant: GRANT,
    isTold: true,
  },
  { what: 'less work, after ten seconds', last: { at: NOW - 1e4 }, report: { wants: 40 }, grant: GRANT, isTold: true },
  { what: 'another weight', last: { weight: 2 }, report: {}, grant: GRANT, isTold: true },
  { what: 'nothing new, after ten seconds', last: { at: 0 }, report: {}, grant: GRANT, isTold: false },
])('$what: $isTold', ({ last, report, grant, isTold }) => {
  expect(shouldReport({ ...LAST, ...last }, { ...REPORT, ...report }, grant, NOW)).toBe(isTold);
});

test('what was told is remembered, and of which grant it was told that all are in flight', () => {
  const saturated = { ...REPORT, feedback: { ...NO_FEEDBACK, saturated: true }, grantSeen: 4 };
  expect(toLastHolderReport(LAST, saturated, null, NOW)).toEqual({
    at: NOW,
    blocked: '',
    isCostKnown: false,
    spent: 0,
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
