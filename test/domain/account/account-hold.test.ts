/** When nobody of an account may submit, and how it is found out that they may again. */
import {
  type Hold,
  judgeHold,
  newAccountHold,
  newOutageHold,
  newRequestedHold,
  startProbe,
  toNotice,
} from '../../../workflows/domain/account/account-hold';
import { NO_STREAKS, withFeedback } from '../../../workflows/domain/leases/fault-streaks';
import { NO_FEEDBACK, type ProviderFeedback } from '../../../workflows/domain/leases/feedback';
import { newOutage } from '../../../workflows/domain/leases/operation-feedback';

const START = Date.UTC(2026, 0, 1);
const WALL: ProviderFeedback = { ...NO_FEEDBACK, accountRefusals: { INSUFFICIENT_CREDITS: 1 } };
const OUTAGE: ProviderFeedback = {
  ...NO_FEEDBACK,
  operations: newOutage('generate/image', 'PROVIDER_UNREACHABLE', null),
};
const ACCEPTED: ProviderFeedback = { ...NO_FEEDBACK, accepted: 1 };
const COMPLETED: ProviderFeedback = { ...NO_FEEDBACK, completed: 1 };

/** What the holder that has the probe says of a hold, if nothing was told before. */
function judged(hold: Hold | null, feedback: ProviderFeedback, now: number) {
  return judgeHold(
    hold,
    { feedback, ofProbe: feedback, before: NO_STREAKS, streaks: withFeedback(NO_STREAKS, feedback, now) },
    now,
  );
}

const credits = newAccountHold('INSUFFICIENT_CREDITS', START, null);
const key = newAccountHold('UNAUTHENTICATED', START, null);
const outage = newOutageHold('PROVIDER_UNREACHABLE', START, null);
const request = newRequestedHold('invoice', START);

test('a refusal of the account holds until a resume; an outage is probed automatically; each has a remedy', () => {
  expect(credits).toMatchObject({ kind: 'account', probing: false, probeAt: null });
  expect(credits.remedy).not.toBe('');
  expect(outage).toMatchObject({ kind: 'outage', probeAt: START + 2_000 });
  expect(outage.remedy).toMatch(/^Nothing to do: /);
  expect(request).toMatchObject({ kind: 'request', code: 'HELD_BY_REQUEST', probeAt: null });
  expect(request).toMatchObject({ cause: 'invoice', remedy: 'Run "imagepipeline account resume" to continue.' });
  expect(newRequestedHold('', START)).toMatchObject({ cause: null, remedy: expect.stringMatching(/^Run /) });
  expect(toNotice(credits)).toEqual({
    code: credits.code,
    since: '2026-01-01T00:00:00.000Z',
    until: null,
    cause: null,
    remedy: credits.remedy,
  });
});

test('probes of an outage go at growing intervals up to five minutes, and the hold keeps its beginning', () => {
  let hold: Hold = outage;
  const waits: number[] = [];
  for (let probe = 1; probe <= 9; probe += 1) {
    const now = hold.probeAt ?? 0;
    hold = newOutageHold(hold.code, now, startProbe(hold, now));
    waits.push(((hold.probeAt ?? 0) - now) / 1_000);
  }
  expect(waits).toEqual([4, 8, 16, 32, 64, 128, 256, 300, 300]);
  expect(hold).toMatchObject({ since: START, probes: 9 });
});

test.each<{ before: string; hold: Hold | null; feedback: ProviderFeedback; becomes: string | null }>([
  { before: 'nothing', hold: null, feedback: WALL, becomes: 'INSUFFICIENT_CREDITS' },
  { before: 'nothing', hold: null, feedback: OUTAGE, becomes: null },
  { before: 'nothing', hold: null, feedback: COMPLETED, becomes: null },
  { before: 'a wall', hold: credits, feedback: WALL, becomes: null },
  { before: 'a wall', hold: credits, feedback: COMPLETED, becomes: null },
  { before: 'a request', hold: request, feedback: WALL, becomes: null },
  { before: 'an outage', hold: outage, feedback: WALL, becomes: 'INSUFFICIENT_CREDITS' },
  { before: 'an outage', hold: outage, feedback: COMPLETED, becomes: null },
  { before: 'a probe of a wall', hold: startProbe(credits, START), feedback: WALL, becomes: 'INSUFFICIENT_CREDITS' },
  { before: 'a probe of a wall', hold: startProbe(credits, START), feedback: ACCEPTED, becomes: null },
  { before: 'a probe of a wall', hold: startProbe(credits, START), feedback: COMPLETED, becomes: 'lifted' },
  { before: 'a probe of a wall', hold: startProbe(credits, START), feedback: OUTAGE, becomes: null },
  { before: 'a probe of a key', hold: startProbe(key, START), feedback: ACCEPTED, becomes: 'lifted' },
  { before: 'an outage probed', hold: startProbe(outage, START), feedback: ACCEPTED, becomes: 'lifted' },
  { before: 'an outage probed', hold: startProbe(outage, START), feedback: OUTAGE, becomes: null },
  { before: 'an outage probed', hold: startProbe(outage, START), feedback: NO_FEEDBACK, becomes: null },
  {
    before: 'jobs that fail',
    hold: startProbe(newOutageHold('INTERNAL_ERROR', START, null), START),
    feedback: ACCEPTED,
    becomes: null,
  },
])('$before becomes $becomes by $feedback', ({ hold, feedback, becomes }) => {
  const verdict = judged(hold, feedback, START + 1_000);
  expect(verdict === null || verdict === 'lifted' ? verdict : verdict.code).toBe(becomes);
});

test('a refusal says what was met, in the words of the newest fault', () => {
  const cause = 'HTTP 402: payment required';
  expect(judged(null, { ...WALL, cause }, START)).toMatchObject({ cause });
});

test('a probe that meets the same shuts the account again, since its beginning', () => {
  const again = judged(startProbe(credits, START), WALL, START + 60_000);
  expect(again).toMatchObject({ kind: 'account', probing: false, since: START, probes: 1 });
});
