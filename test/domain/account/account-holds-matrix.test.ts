/** Every hold, by whoever comes next, whatever becomes of the item that goes ahead: the hold ends when its cause does. */

import { nextTickAt } from '../../../workflows/domain/account/account-clock';
import { MAX_CLEARING_MS } from '../../../workflows/domain/account/account-hold';
import { setBounds, setDayCap } from '../../../workflows/domain/account/account-settings';
import { reclaimPermits } from '../../../workflows/domain/account/account-state';
import { holdAccount } from '../../../workflows/domain/account/hold-transitions';
import { findRejection } from '../../../workflows/domain/account/rejections';
import { ANSWERS_LOST, DAY_BUDGET_USED, HELD_BY_REQUEST } from '../../../workflows/domain/failures/hold-codes';
import {
  addFeedback,
  markAsProbe,
  NO_FEEDBACK,
  type ProviderFeedback,
} from '../../../workflows/domain/leases/feedback';
import type { HolderReport } from '../../../workflows/domain/leases/governor-protocol';
import { toItemReport } from '../../../workflows/domain/leases/governor-protocol';
import { Governor } from './governor';

const DAY_MS = 86_400_000;

const ACCEPTED: ProviderFeedback = { ...NO_FEEDBACK, accepted: 1 };
const COMPLETED: ProviderFeedback = { ...NO_FEEDBACK, accepted: 1, completed: 1 };

/** How the account comes to be held, and what the item that goes ahead says if nothing has changed. */
const HOLDS: Readonly<
  Record<
    string,
    { readonly meets: ProviderFeedback; readonly times: number; readonly refuses: 'every' | 'new' | 'none' }
  >
> = {
  INSUFFICIENT_CREDITS: {
    meets: { ...NO_FEEDBACK, accountRefusals: { INSUFFICIENT_CREDITS: 1 } },
    times: 1,
    refuses: 'every',
  },
  CREDIT_CHARGE_FAILED: {
    meets: { ...NO_FEEDBACK, accountRefusals: { CREDIT_CHARGE_FAILED: 1 } },
    times: 1,
    refuses: 'every',
  },
  UNAUTHENTICATED: { meets: { ...NO_FEEDBACK, accountRefusals: { UNAUTHENTICATED: 1 } }, times: 1, refuses: 'every' },
  [ANSWERS_LOST]: { meets: { ...NO_FEEDBACK, lost: 1 }, times: 5, refuses: 'new' },
  RATE_LIMIT_EXCEEDED: {
    meets: {
      ...NO_FEEDBACK,
      refusals: { concurrency: 0, rate: 1, uncoded: 0 },
      retryAfterMs: DAY_MS,
      retryAfterCode: 'RATE_LIMIT_EXCEEDED',
    },
    times: 1,
    refuses: 'new',
  },
};

const CODES = Object.keys(HOLDS);
const HOLDERS = ['an image that does not wait', 'an image that waits', 'a batch'] as const;
const ENDS = ['succeeds', 'meets the same', 'meets another', 'is cancelled', 'dies'] as const;
const cases = CODES.flatMap((code) => HOLDERS.flatMap((holder) => ENDS.map((end) => [code, holder, end] as const)));

const ANOTHER: ProviderFeedback = { ...NO_FEEDBACK, accountRefusals: { INSUFFICIENT_CREDITS: 1 } };
const OTHER_CODE = 'INSUFFICIENT_CREDITS';

function heldWith(code: string): Governor {
  const governor = new Governor();
  const { meets, times } = HOLDS[code] ?? { meets: NO_FEEDBACK, times: 0 };
  for (let time = 0; time < times; time += 1) {
    governor
      .report(toItemReport(`met-${time}`))
      .report({ ...toItemReport(`met-${time}`), wants: 0, leaving: true, feedback: meets });
  }
  expect(governor.state.hold).toMatchObject({ code, probing: false });
  return governor;
}

/** Whoever comes after the resume, and how it says what it met. */
function comer(governor: Governor, kind: (typeof HOLDERS)[number]) {
  const isBatch = kind === 'a batch';
  const id = isBatch ? 'batch' : 'item';
  const batch = (more: Partial<HolderReport>): HolderReport => ({
    ...toItemReport(id),
    kind: 'batch',
    wants: 10,
    grantSeen: governor.state.holders.find((holder) => holder.id === id)?.lastGrant?.number ?? 0,
    ...more,
  });
  return {
    id,
    come: () => {
      if (isBatch) governor.report(batch({ isNew: true }));
      else expect(governor.ask(id, kind === 'an image that waits')).toBe('granted');
    },
    says: (feedback: ProviderFeedback) => {
      governor.report(
        isBatch
          ? batch({ feedback: markAsProbe(feedback) })
          : { ...toItemReport(id), wants: 0, leaving: true, feedback },
      );
      // It has heard the answer, and holds nothing any more.
      if (isBatch) governor.report(batch({}));
    },
    leaves: () => governor.report({ ...batch({}), kind: isBatch ? 'batch' : 'item', wants: 0, leaving: true }),
  };
}

test.each(cases)('%s, resumed: %s goes ahead and %s', (code, kind, end) => {
  const governor = heldWith(code).resume();
  const { id, come, says, leaves } = comer(governor, kind);
  come();
  expect(governor.permitsOf(id)).toBe(1);
  expect(governor.isProbe(id)).toBe(true);
  // While it is in progress nobody else goes, and those that do not wait hear why.
  expect(governor.ask('other', true)).toBe('queued');
  if (HOLDS[code]?.refuses !== 'none') expect(governor.ask('third', false)).toBe('refused');
  const { meets } = HOLDS[code] ?? { meets: NO_FEEDBACK };
  if (end === 'succeeds') {
    says(COMPLETED);
    expect(governor.state.hold).toBeNull();
    leaves();
    // Where the rate is limited, they go one after the other.
    if (governor.permitsOf('other') === 0) governor.passUntilTick();
    expect(governor.permitsOf('other')).toBe(1);
    return;
  }
  if (end === 'meets the same') {
    says(meets);
    expect(governor.state.hold).toMatchObject({ code, probing: false, probes: 1 });
    governor.resume();
  }
  if (end === 'meets another') {
    const isSame = code === OTHER_CODE;
    says(isSame ? { ...NO_FEEDBACK, accountRefusals: { UNAUTHENTICATED: 1 } } : ANOTHER);
    expect(governor.state.hold).toMatchObject({ code: isSame ? 'UNAUTHENTICATED' : OTHER_CODE, probing: false });
    governor.resume();
  }
  if (end === 'is cancelled') leaves();
  if (end === 'dies') governor.become(reclaimPermits(governor.state, [id], governor.now));
  // The one that waited goes ahead in its place, and all continue when it succeeds.
  const probe = governor.state.holders.find(({ lastGrant }) => lastGrant?.probe === true)?.id;
  expect(probe).toBeDefined();
  const isOther = probe === 'other';
  if (isOther) governor.report({ ...toItemReport('other'), wants: 0, leaving: true, feedback: COMPLETED });
  else says(COMPLETED);
  expect(governor.state.hold).toBeNull();
  leaves();
  if (governor.ask('late', false) === 'queued') governor.passUntilTick();
  expect(governor.permitsOf('late')).toBe(1);
});

test.each(CODES)(
  '%s refuses images that come anew and do not wait, unless it ends automatically; others wait',
  (code) => {
    const governor = heldWith(code);
    const { refuses } = HOLDS[code] ?? { refuses: 'none' };
    expect(governor.ask('new', false)).toBe(refuses === 'none' ? 'queued' : 'refused');
    expect(governor.ask('on its way', false, true)).toBe(refuses === 'every' ? 'refused' : 'queued');
    expect(governor.ask('waits', true)).toBe('queued');
  },
);

test.each(CODES)('%s, resumed when nobody is there: whoever comes next goes ahead, however late', (code) => {
  const governor = heldWith(code).resume();
  governor.now += 3 * DAY_MS;
  expect(governor.ask('next', false)).toBe('granted');
  expect(governor.isProbe('next')).toBe(true);
});

test('an image that does not wait and asks while jobs of before are in flight goes ahead when these have ended', () => {
  const governor = new Governor();
  governor.ask('before', false);
  governor
    .report(toItemReport('met'))
    .report({ ...toItemReport('met'), wants: 0, leaving: true, feedback: ANOTHER })
    .resume();
  expect(governor.ask('next', false)).toBe('queued');
  governor.report({ ...toItemReport('before'), wants: 0, leaving: true, feedback: COMPLETED });
  expect(governor.isProbe('next')).toBe(true);
  governor.report({ ...toItemReport('next'), wants: 0, leaving: true, feedback: COMPLETED });
  expect(governor.state.hold).toBeNull();
});

describe('one that goes ahead while jobs of before do not end', () => {
  /** A batch with three of its items in progress and ten that wait. */
  const busy = (governor: Governor, feedback: ProviderFeedback = NO_FEEDBACK, held = 3): HolderReport => ({
    ...toItemReport('busy'),
    kind: 'batch',
    wants: 13,
    held,
    inFlight: held,
    grantSeen: governor.state.holders.find(({ id }) => id === 'busy')?.lastGrant?.number ?? 0,
    feedback,
  });

  function resumedWithBusy(code: string): Governor {
    const governor = new Governor();
    governor.report(busy(governor, NO_FEEDBACK, 0)).report(busy(governor));
    const { meets, times } = HOLDS[code] ?? { meets: NO_FEEDBACK, times: 0 };
    for (let time = 0; time < times; time += 1) governor.report(busy(governor, meets));
    expect(governor.state.hold).toMatchObject({ code, probing: false });
    return governor.report(busy(governor)).resume().report(busy(governor));
  }

  test.each(CODES)('%s: waits for them no longer than its time', (code) => {
    const governor = resumedWithBusy(code);
    expect(governor.permitsOf('busy')).toBe(0);
    expect(nextTickAt(governor.state, governor.now)).toBe(governor.now + MAX_CLEARING_MS);
    expect(governor.passUntilTick()).toBe(true);
    expect(governor.isProbe('busy')).toBe(true);
    expect(governor.permitsOf('busy')).toBe(1);
    governor.report(busy(governor, markAsProbe(COMPLETED), 4));
    expect(governor.state.hold).toBeNull();
  });

  test.each(CODES)('%s: is judged by what it meets itself, whatever they meet', (code) => {
    const governor = resumedWithBusy(code);
    governor.passUntilTick();
    const { meets } = HOLDS[code] ?? { meets: NO_FEEDBACK };
    for (const feedback of [ACCEPTED, COMPLETED, meets, ANOTHER]) {
      governor.report(busy(governor, feedback, 4));
      expect(governor.state.hold).toMatchObject({ code, probing: true });
    }
    governor.report(busy(governor, addFeedback(COMPLETED, markAsProbe(meets)), 4));
    expect(governor.state.hold).toMatchObject({ code, probing: false, probes: 1 });
  });

  test.each(CODES)('%s: is not needed if they succeed and nothing else is left to send', (code) => {
    const governor = resumedWithBusy(code);
    governor.report({ ...busy(governor, COMPLETED, 1), wants: 1 });
    expect(governor.state.hold).toMatchObject({ code, probing: true });
    governor.report({ ...busy(governor, NO_FEEDBACK, 0), wants: 0, leaving: true });
    expect(governor.state.hold).toBeNull();
  });

  test.each(CODES)('%s: is still needed if they did not succeed, or an item waits', (code) => {
    const { meets } = HOLDS[code] ?? { meets: NO_FEEDBACK };
    const failed = resumedWithBusy(code);
    failed.report({ ...busy(failed, meets, 0), wants: 0, leaving: true });
    expect(failed.state.hold).toMatchObject({ code, probing: true });
    const waiting = resumedWithBusy(code);
    waiting.ask('waits', true);
    waiting.report({ ...busy(waiting, COMPLETED, 0), wants: 0, leaving: true });
    expect(waiting.state.hold).toMatchObject({ code, probing: true });
    expect(waiting.isProbe('waits')).toBe(true);
  });

  test('may be a single item, while another has its job in progress', () => {
    const governor = new Governor();
    governor.ask('before', false);
    governor
      .report(toItemReport('met'))
      .report({ ...toItemReport('met'), wants: 0, leaving: true, feedback: ANOTHER })
      .resume();
    expect(governor.ask('next', false)).toBe('queued');
    governor.passUntilTick();
    expect(governor.isProbe('next')).toBe(true);
    governor.report({ ...toItemReport('before'), wants: 0, leaving: true, feedback: COMPLETED });
    expect(governor.state.hold).toMatchObject({ probing: true });
    governor.report({ ...toItemReport('next'), wants: 0, leaving: true, feedback: COMPLETED });
    expect(governor.state.hold).toBeNull();
  });

  test('is no item of a batch that has none besides those in progress: another holder sends one', () => {
    const governor = resumedWithBusy(OTHER_CODE);
    governor.report({ ...busy(governor), wants: 3 });
    governor.report({ ...busy(governor), holder: 'other', held: 0, inFlight: 0, grantSeen: 0, isNew: true });
    governor.passUntilTick();
    expect(governor.isProbe('other')).toBe(true);
    expect(governor.permitsOf('busy')).toBe(0);
  });

  test('needs no place that nobody has asked for, while the limit is looked for', () => {
    const governor = resumedWithBusy(OTHER_CODE);
    const { size } = governor.state.pace.window;
    governor.report({ ...busy(governor, NO_FEEDBACK, size), wants: size + 1 }).passUntilTick();
    expect(governor.isProbe('busy')).toBe(true);
  });

  test('waits for a place where they have all that there are', () => {
    const governor = resumedWithBusy(OTHER_CODE);
    governor.become(setBounds(governor.state, 'request', { maxConcurrency: 3, maxRate: null }, governor.now));
    governor.passUntilTick();
    expect(governor.permitsOf('busy')).toBe(0);
    expect(nextTickAt(governor.state, governor.now)).toBeNull();
    governor.report(busy(governor, NO_FEEDBACK, 2));
    expect(governor.isProbe('busy')).toBe(true);
  });

  test('is waited for by the next one, if its sender submits no more', () => {
    const governor = resumedWithBusy(OTHER_CODE);
    governor.passUntilTick();
    governor.ask('next', true);
    governor
      .report({ ...busy(governor, NO_FEEDBACK, 3), wants: 0 })
      .report({ ...busy(governor, NO_FEEDBACK, 3), wants: 0 });
    expect(governor.isProbe('next')).toBe(false);
    governor.passUntilTick();
    expect(governor.isProbe('next')).toBe(true);
  });
});

test.each([
  [ANSWERS_LOST, 3],
  ['RATE_LIMIT_EXCEEDED', 20],
  ['INSUFFICIENT_CREDITS', 0],
])('%s lets items go ahead automatically, one at a time, up to %d', (code, most) => {
  const governor = heldWith(code);
  governor.ask('waits', true);
  let probes = 0;
  while (probes < 20 && governor.passUntilTick()) {
    expect(governor.isProbe('waits')).toBe(true);
    probes += 1;
    governor.report({ ...toItemReport('waits'), feedback: HOLDS[code]?.meets ?? NO_FEEDBACK });
    expect(governor.state.hold).toMatchObject({ code, probing: false });
  }
  expect(probes).toBe(most);
  governor.resume();
  expect(governor.isProbe('waits')).toBe(true);
});

test('a hold by request ends by a resume, for every holder', () => {
  const governor = new Governor();
  governor.become(holdAccount(governor.state, 'lunch', governor.now));
  expect(governor.state.hold).toMatchObject({ code: HELD_BY_REQUEST });
  expect(governor.ask('one', false)).toBe('refused');
  governor.resume();
  expect(governor.ask('one', false)).toBe('granted');
});

test('a budget of the day that is used up refuses, and lets continue when it is raised or the day is over', () => {
  const governor = new Governor();
  governor.become(setDayCap(governor.state, { submissions: 1 }, governor.now));
  expect(governor.ask('one', false)).toBe('granted');
  governor.report({ ...toItemReport('one'), wants: 0, leaving: true, billingOutcome: 'charged', feedback: COMPLETED });
  expect(
    findRejection(governor.state, { holder: 'two', again: false, operation: 'generate/image' }, governor.now),
  ).toMatchObject({
    code: DAY_BUDGET_USED,
  });
  governor.become(setDayCap(governor.state, { submissions: 2 }, governor.now));
  expect(governor.ask('two', false)).toBe('granted');
  governor.report({ ...toItemReport('two'), wants: 0, leaving: true, billingOutcome: 'charged', feedback: COMPLETED });
  expect(governor.ask('three', false)).toBe('refused');
  governor.now += DAY_MS;
  expect(governor.ask('three', false)).toBe('granted');
});

describe('FORBIDDEN', () => {
  const forbidden = (item: string): ProviderFeedback => ({ ...NO_FEEDBACK, forbidden: [item] });
  const leaving = (id: string, feedback: ProviderFeedback): HolderReport => ({
    ...toItemReport(id),
    wants: 0,
    leaving: true,
    feedback,
  });

  test('of one item is its own affair, however often it meets it', () => {
    const governor = new Governor();
    for (let time = 0; time < 4; time += 1) governor.report(toItemReport('a')).report(leaving('a', forbidden('a')));
    expect(governor.state.hold).toBeNull();
  });

  test('of a second item holds the account, whichever holder reports it, but not behind an accepted submission', () => {
    const governor = new Governor();
    governor.report(leaving('a', forbidden('a')));
    governor.report({ ...toItemReport('b'), kind: 'batch', feedback: ACCEPTED });
    governor.report(leaving('c', forbidden('c')));
    expect(governor.state.hold).toBeNull();
    governor.report({ ...toItemReport('b'), kind: 'batch', feedback: forbidden('batches/b/images/r1') });
    expect(governor.state.hold).toMatchObject({ kind: 'account', code: 'UNAUTHENTICATED', probeAt: null });
    expect(governor.state.hold?.cause).toBe('Different items in a row were answered with HTTP 403');
  });

  test('of an item that is known to meet it shows nothing as a probe, and the next goes ahead', () => {
    const governor = new Governor();
    governor
      .report(leaving('a', forbidden('a')))
      .report(leaving('b', forbidden('b')))
      .resume();
    expect(governor.ask('b', false)).toBe('granted');
    governor.report(leaving('b', forbidden('b')));
    expect(governor.state.hold).toMatchObject({ probing: true });
    expect(governor.ask('c', false)).toBe('granted');
    governor.report(leaving('c', COMPLETED));
    expect(governor.state.hold).toBeNull();
  });

  test('of a third item as the probe holds again', () => {
    const governor = new Governor();
    governor
      .report(leaving('a', forbidden('a')))
      .report(leaving('b', forbidden('b')))
      .resume();
    expect(governor.ask('c', false)).toBe('granted');
    governor.report(leaving('c', forbidden('c')));
    expect(governor.state.hold).toMatchObject({ code: 'UNAUTHENTICATED', probing: false, probes: 1 });
  });
});

test('a resume while one is in progress sends another after it, for the first may have met what is over', () => {
  const governor = heldWith(ANSWERS_LOST);
  governor.ask('waits', true);
  expect(governor.passUntilTick()).toBe(true);
  governor.resume();
  governor.report({ ...toItemReport('waits', true), feedback: HOLDS[ANSWERS_LOST]?.meets ?? NO_FEEDBACK });
  expect(governor.state.hold).toMatchObject({ probing: true });
  governor.report({ ...toItemReport('waits', true), feedback: HOLDS[ANSWERS_LOST]?.meets ?? NO_FEEDBACK });
  expect(governor.state.hold).toMatchObject({ probing: false });
});
