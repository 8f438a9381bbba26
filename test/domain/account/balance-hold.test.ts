/** The account is held before its credits run out, and continues when an answer shows more. */
import { setHoldBelow } from '../../../workflows/domain/account/balance-hold';
import { findRejection } from '../../../workflows/domain/account/rejections';
import {
  addFeedback,
  markAsProbe,
  NO_FEEDBACK,
  type ProviderFeedback,
} from '../../../workflows/domain/leases/feedback';
import { type HolderReport, toItemReport } from '../../../workflows/domain/leases/governor-protocol';
import { describeBalance, findHoldBelowProblem, isBelow } from '../../../workflows/domain/money/balance';
import { Governor } from './governor';

const IMAGE = 'generate/image';
const left = (usd: number | null, credits: number | null = null): ProviderFeedback => ({
  ...NO_FEEDBACK,
  accepted: 1,
  completed: 1,
  balance: { usd, credits },
});
const end = (id: string, feedback: ProviderFeedback): HolderReport => ({
  ...toItemReport(id, false, IMAGE),
  wants: 0,
  leaving: true,
  feedback,
});

function heldAt(usd: number): Governor {
  const governor = new Governor();
  governor.become(setHoldBelow(governor.state, { usd: 5 }, governor.now));
  return governor.report(end('a', left(usd)));
}

test('an answer below the bound holds the account, and says how much is left', () => {
  const governor = heldAt(4.5);
  const { hold, balance } = governor.state;
  expect(balance).toEqual({ usd: 4.5, credits: null, at: governor.now });
  expect(hold).toMatchObject({
    code: 'BALANCE_LOW',
    cause: 'The balance is 4.5 USD; the account is held below 5 USD',
    probeAt: null,
  });
  expect(
    findRejection(governor.state, { holder: 'b', again: false, operation: 'generate/image' }, governor.now),
  ).toMatchObject({
    code: 'BALANCE_LOW',
  });
  expect(heldAt(5).state.hold).toBeNull();
});

test('it ends when a later answer shows more, without a probe', () => {
  const governor = heldAt(4.5).report(end('b', left(4.4)));
  const since = governor.state.hold?.since;
  expect(governor.state.hold).toMatchObject({ code: 'BALANCE_LOW', since });
  governor.report(end('c', left(104)));
  expect(governor.state.hold).toBeNull();
});

describe('a resume sends one probe', () => {
  test.each([
    ['shows more', left(50), null],
    ['shows no more', left(4.4), 'BALANCE_LOW'],
    ['says nothing of it', { ...NO_FEEDBACK, accepted: 1, completed: 1 }, null],
    [
      'meets the end of the credits',
      { ...NO_FEEDBACK, accountRefusals: { INSUFFICIENT_CREDITS: 1 } },
      'INSUFFICIENT_CREDITS',
    ],
  ])('that %s', (_, feedback, code) => {
    const governor = heldAt(4.5).resume();
    expect(governor.ask('probe', false)).toBe('granted');
    expect(governor.isProbe('probe')).toBe(true);
    expect(governor.ask('other', true)).toBe('queued');
    governor.report(end('probe', feedback));
    expect(governor.state.hold?.code ?? null).toBe(code);
    expect(governor.state.hold?.probing ?? false).toBe(false);
  });

  test('and what a job from before it reports does not count', () => {
    const governor = new Governor();
    governor.ask('early', false);
    governor.become(setHoldBelow(governor.state, { usd: 5 }, governor.now)).report(end('a', left(4)));
    governor.resume().report(end('early', left(3.9)));
    expect(governor.state.hold).toMatchObject({ code: 'BALANCE_LOW', probing: true });
  });
});

test('a change of the bound ends it, or begins it by the known balance', () => {
  const governor = heldAt(4.5);
  governor.become(setHoldBelow(governor.state, { usd: 4 }, governor.now));
  expect(governor.state.hold).toBeNull();
  governor.become(setHoldBelow(governor.state, { usd: 10 }, governor.now));
  expect(governor.state.hold).toMatchObject({ code: 'BALANCE_LOW' });
  governor.become(setHoldBelow(governor.state, { usd: null }, governor.now));
  expect(governor.state.hold).toBeNull();
});

test('another hold stays, and the balance is judged when that has ended', () => {
  const governor = new Governor();
  governor.become(setHoldBelow(governor.state, { credits: 500 }, governor.now));
  governor
    .report(end('a', { ...NO_FEEDBACK, accountRefusals: { UNAUTHENTICATED: 1 } }))
    .report(end('b', left(null, 100)));
  expect(governor.state.hold).toMatchObject({ code: 'UNAUTHENTICATED' });
  governor.resume().ask('probe', false);
  governor.report(end('probe', left(null, 99)));
  expect(governor.state.hold).toMatchObject({ code: 'BALANCE_LOW' });
});

test('the newest balance is reported, and units are judged each by its own bound', () => {
  expect(addFeedback(left(3), left(2)).balance).toEqual({ usd: 2, credits: null });
  expect(addFeedback(left(3), NO_FEEDBACK).balance).toEqual({ usd: 3, credits: null });
  expect(markAsProbe(left(3)).ofProbe?.balance).toEqual({ usd: 3, credits: null });
  expect(isBelow({ usd: 9, credits: null }, { usd: null, credits: 10 })).toBe(false);
  expect(isBelow({ usd: 9, credits: 9 }, { usd: 5, credits: 10 })).toBe(true);
  expect(describeBalance({ usd: null, credits: null })).toBe('');
});

test.each([
  [{ usd: 5 }, null],
  [{ credits: null }, null],
  [{ usd: 0 }, 'usd is 0; must be a number above 0, or null'],
  [{ credits: 'many' }, 'credits is "many"; must be a number above 0, or null'],
  [7, 'is 7; must be like { "usd": 5 } or { "credits": 500 }'],
])('the bound %j: %s', (bounds, problem) => {
  expect(findHoldBelowProblem(bounds)).toBe(problem);
});
