/** Outside of its hours an account grants nothing, and its hold ends by itself when the hours begin. */
import { nextTickAt } from '../../../workflows/domain/account/account-clock';
import { computeWindow } from '../../../workflows/domain/account/account-state';
import { toAccountStatus } from '../../../workflows/domain/account/account-status';
import { holdAccount } from '../../../workflows/domain/account/hold-transitions';
import { findHoursProblem, type OpenSpan } from '../../../workflows/domain/account/hours';
import { setHours } from '../../../workflows/domain/account/open-hours';
import { findRejection } from '../../../workflows/domain/account/rejections';
import type { HolderReport } from '../../../workflows/domain/leases/governor-protocol';
import { toItemReport } from '../../../workflows/domain/leases/governor-protocol';
import { Governor } from './governor';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NIGHT = { windows: ['22:00-06:00'], timezone: 'Europe/Berlin' };
const START = Date.UTC(2026, 0, 1);

/** An account that is open in these hours after the start. */
function governed(...hours: readonly (readonly [number, number])[]): Governor {
  const spans = hours.map(([from, to]): OpenSpan => ({ from: START + from * HOUR, to: START + to * HOUR }));
  const governor = new Governor();
  return governor.become(setHours(governor.state, { ...NIGHT, spans, knownUntil: START + 192 * HOUR }, governor.now));
}

const ASK = { holder: 'new', again: false, operation: 'generate/image' } as const;

function batch(more: Partial<HolderReport> = {}): HolderReport {
  return { ...toItemReport('batch'), kind: 'batch', wants: 10, ...more };
}

test('a closed account grants nothing, says when it opens, and opens then', () => {
  const governor = governed([2, 4], [26, 28]).report(batch({ isNew: true }));
  expect(governor.permitsOf('batch')).toBe(0);
  const notice = { code: 'OUTSIDE_HOURS', since: '2026-01-01T00:00:00.000Z', until: '2026-01-01T02:00:00.000Z' };
  expect(governor.find('batch')?.lastGrant?.hold).toMatchObject(notice);
  expect(findRejection(governor.state, ASK, governor.now)).toMatchObject({
    ...notice,
    cause: 'The account spends only 22:00-06:00 Europe/Berlin; it opens at 2026-01-01T02:00:00.000Z',
  });
  expect(governor.ask('waits', true)).toBe('queued');
  expect(toAccountStatus('a', governor.state)).toMatchObject({ limit: 0, hold: notice, hours: NIGHT });

  expect(governor.passUntilTick()).toBe(true);
  expect(governor.now).toBe(START + 2 * HOUR);
  expect(governor.permitsOf('batch') + governor.permitsOf('waits')).toBeGreaterThan(0);
  expect(toAccountStatus('a', governor.state).hold).toBeNull();
});

test('hours that passed while no worker ran are over: it waits for the next ones', () => {
  const governor = governed([2, 4], [26, 28]).report(batch({ isNew: true }));
  governor.now = START + 5 * HOUR;
  governor.report(batch());
  expect(governor.permitsOf('batch')).toBe(0);
  expect(toAccountStatus('a', governor.state).hold).toMatchObject({ until: '2026-01-02T02:00:00.000Z' });
  expect(governor.passUntilTick()).toBe(true);
  expect(governor.now).toBe(START + 26 * HOUR);
  expect(governor.permitsOf('batch')).toBeGreaterThan(0);
});

test('it closes by the time of any message, without a timer, and refuses what waits for nothing', () => {
  const governor = governed([0, 2], [24, 26]).report(batch({ isNew: true }));
  expect(governor.permitsOf('batch')).toBeGreaterThan(0);
  governor.now = START + 2 * HOUR;
  expect(governor.ask('impatient', false)).toBe('refused');
  governor.report(batch());
  expect(governor.permitsOf('batch')).toBe(0);
  expect(governor.state.decisions.at(-1)?.words).toBe('held: OUTSIDE_HOURS');
});

test('a closed account has nothing to do before it opens', () => {
  const governor = governed([24, 26]).report(batch({ isNew: true }));
  governor.report({ ...batch({ isNew: true }), holder: 'other' });
  expect(nextTickAt(governor.state, governor.now)).toBe(START + 24 * HOUR);
});

test('a resume does not open it, and a hold stays when the hours begin', () => {
  const governor = governed([2, 4]).report(batch({ isNew: true }));
  expect(governor.resume().permitsOf('batch')).toBe(0);
  governor.become(holdAccount(governor.state, 'invoice', governor.now));
  expect(toAccountStatus('a', governor.state).holds.map(({ code }) => code)).toEqual([
    'HELD_BY_REQUEST',
    'OUTSIDE_HOURS',
  ]);
  governor.passUntilTick();
  expect(toAccountStatus('a', governor.state).holds.map(({ code }) => code)).toEqual(['HELD_BY_REQUEST']);
  expect(governor.resume().permitsOf('batch')).toBeGreaterThan(0);
});

test('new hours apply at once, no hours open it, and times that nobody computed are closed', () => {
  const governor = governed([2, 4]).report(batch({ isNew: true }));
  governor.become(setHours(governor.state, null, governor.now));
  expect(governor.permitsOf('batch')).toBeGreaterThan(0);
  expect(governor.state).not.toHaveProperty('hours');
  const spans = [{ from: START, to: START + HOUR }];
  governor.become(setHours(governor.state, { ...NIGHT, spans, knownUntil: START + HOUR }, governor.now));
  expect(governor.permitsOf('batch')).toBeGreaterThan(0);
  governor.passUntilTick();
  expect([governor.now, governor.permitsOf('batch')]).toEqual([START + HOUR, 0]);
  // Computed again, with the same hours: no decision for it.
  const before = governor.state.decisions.length;
  const later = [{ from: START + 3 * HOUR, to: START + 4 * HOUR }];
  governor.become(setHours(governor.state, { ...NIGHT, spans: later, knownUntil: START + 9 * HOUR }, governor.now));
  expect(governor.state.decisions).toHaveLength(before);
  governor.passUntilTick();
  expect(governor.permitsOf('batch')).toBeGreaterThan(0);
});

/** A generator of numbers below 1. */
function randomBy(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

test.each(Array.from({ length: 40 }, (_, seed) => seed))(
  'seed %i: nothing is granted outside the hours, and each hold of them ends',
  (seed) => {
    const random = randomBy(seed + 1);
    const spans: OpenSpan[] = [];
    for (let at = START; spans.length < 12; ) {
      const from = at + Math.ceil(random() * 90) * MINUTE;
      at = from + Math.ceil(random() * 90) * MINUTE;
      spans.push({ from, to: at });
    }
    const isOpen = (now: number) => spans.some(({ from, to }) => from <= now && now < to);
    const granted: number[] = [];
    const governor: Governor = new Governor(({ lastGrant }) => {
      if ((lastGrant?.permits ?? 0) > 0) granted.push(governor.now);
    });
    governor.become(setHours(governor.state, { ...NIGHT, spans, knownUntil: spans.at(-1)?.to ?? 0 }, governor.now));
    for (let step = 0; step < 300; step += 1) {
      governor.now += Math.ceil(random() * 5 * MINUTE);
      const choice = random();
      const id = `holder-${Math.floor(random() * 4)}`;
      if (choice < 0.3) governor.passIfDue();
      else if (choice < 0.6) governor.report({ ...batch(), holder: id, wants: Math.floor(random() * 8) });
      else if (choice < 0.8) governor.ask(`item-${step}`, random() < 0.5);
      else if (choice < 0.9) governor.resume();
      else governor.report({ ...batch({ wants: 0, leaving: true }), holder: id });
      // A refused request changes nothing.
      const isDivided = choice >= 0.3 && (choice < 0.6 || choice >= 0.8);
      if (!isOpen(governor.now) && isDivided) expect(computeWindow(governor.state)).toBe(0);
    }
    expect(granted.filter((at) => !isOpen(at))).toEqual([]);
    expect(granted.length).toBeGreaterThan(0);
    // Whatever has happened, the next opening is a tick of the clock.
    const closed = governed([5, 6]);
    expect(closed.passUntilTick() && computeWindow(closed.state)).toBeGreaterThan(0);
  },
);

test.each([
  [{ windows: [] }, 'windows is []; must be a list of 1 to 24 like "22:00-06:00"'],
  [
    { windows: ['22-6', '10:00-10:00', '00:00-24:00'] },
    'windows has "22-6", "10:00-10:00"; each must be like 22:00-06:00',
  ],
  [{ windows: ['24:00-06:00'] }, 'windows has "24:00-06:00"'],
  [{ windows: ['22:00-06:00'], zone: 'UTC' }, 'has "zone", which is not known'],
  [[], 'is []; must be like'],
])('%j are no hours', (hours, problem) => {
  expect(findHoursProblem(hours)).toContain(problem);
});
