/** What an attempt has sent if the server gave up on it. */
import type { SubmitHeartbeat } from '../../../workflows/domain/item/activity-contract';
import type { SubmissionEnd } from '../../../workflows/domain/item/decide-next';
import { judgeLostAttempt } from '../../../workflows/domain/item/lost-attempt';

const QUEUED = { kind: 'queued', isInQueue: false, askAgainMs: 0, refusals: {} };
const LATE = { kind: 'out-of-time', origin: 'submit' };
const lost = (expectsCallback: boolean) => ({ kind: 'lost', expectsCallback, message: expect.any(String) });
const POSTING: SubmitHeartbeat = { refusals: {}, expectsCallback: false };
const REFUSED: SubmitHeartbeat = { refusals: { RATE_LIMIT_EXCEEDED: 2 }, expectsCallback: true, isUnsent: true };

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
  expect(judge('HEARTBEAT', POSTING, true)).toEqual(lost(false));
});

test('with details the POST may have begun', () => {
  expect(judge('HEARTBEAT', POSTING)).toEqual(lost(false));
  expect(judge('HEARTBEAT', { ...POSTING, expectsCallback: true })).toEqual(lost(true));
});

test.each(['START_TO_CLOSE', 'SCHEDULE_TO_CLOSE', 'unspecified'])('%s of a running attempt proves nothing', (type) => {
  expect(judge(type, undefined)).toEqual(lost(false));
});

test.each(['SCHEDULE_TO_CLOSE', 'SCHEDULE_TO_START'])('%s without a running attempt is out of time', (type) => {
  expect(judge(type, POSTING, false, false)).toEqual(LATE);
});
