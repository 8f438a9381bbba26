/** What an attempt has sent if the server gave up on it. */
import type { SubmitHeartbeat } from '../../../workflows/domain/item/activity-contract';
import type { SubmissionEnd } from '../../../workflows/domain/item/decide-next';
import { judgeLostAttempt } from '../../../workflows/domain/item/lost-attempt';

const QUEUED = { kind: 'queued', isInQueue: false, askAgainMs: 0, refusals: {} };
const LATE = { kind: 'out-of-time', origin: 'submit' };
const lost = (expectsCallback: boolean, lateAnswerMs: number) => ({
  ...{ kind: 'lost', expectsCallback, lateAnswerMs, message: expect.any(String) },
});
const POSTING: SubmitHeartbeat = { refusals: {}, expectsCallback: false, postLimitMs: 60_000 };
const REFUSED: SubmitHeartbeat = {
  ...{ refusals: { RATE_LIMIT_EXCEEDED: 2 }, expectsCallback: true, postLimitMs: 60_000, isUnsent: true },
};

function judge(timeoutType: string, heartbeat: unknown, isLate = false, isStarted = true): SubmissionEnd {
  return judgeLostAttempt({ kind: 'timeout', timeoutType, heartbeat, isStarted }, isLate);
}

test.each([undefined, null])('without details nothing was sent, and the item needs a permit again: %s', (none) => {
  expect(judge('HEARTBEAT', none)).toEqual(QUEUED);
});

test('after a refusal nothing was accepted until the next POST is recorded', () => {
  expect(judge('HEARTBEAT', REFUSED)).toEqual({ ...QUEUED, refusals: { RATE_LIMIT_EXCEEDED: 2 } });
});

test('after the deadline an unsent item has no time left', () => {
  expect(judge('HEARTBEAT', undefined, true)).toEqual(LATE);
  expect(judge('HEARTBEAT', POSTING, true)).toEqual(lost(false, 55_000));
});

test('with details the POST may have begun', () => {
  expect(judge('HEARTBEAT', POSTING)).toEqual(lost(false, 55_000));
  expect(judge('HEARTBEAT', { ...POSTING, expectsCallback: true })).toEqual(lost(true, 55_000));
});

test('the answer may come until the end of its POST, which had begun one heartbeat timeout ago', () => {
  expect(judge('HEARTBEAT', { ...POSTING, postLimitMs: 20_000 })).toEqual(lost(false, 15_000));
  expect(judge('HEARTBEAT', { ...POSTING, postLimitMs: 5_000 })).toEqual(lost(false, 10_000));
});

test.each(['START_TO_CLOSE', 'SCHEDULE_TO_CLOSE', 'unspecified'])('%s of a running attempt proves nothing', (type) => {
  expect(judge(type, undefined)).toEqual(lost(false, 10_000));
});

test.each(['SCHEDULE_TO_CLOSE', 'SCHEDULE_TO_START'])('%s without a running attempt is out of time', (type) => {
  expect(judge(type, POSTING, false, false)).toEqual(LATE);
});
