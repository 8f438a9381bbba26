/** The governor's decisions, event by event, and over a day. */
import fc from 'fast-check';
import { nextTickAt } from '../../../workflows/domain/account/account-clock';
import { parseEntry } from '../../../workflows/domain/account/account-queue';
import { setBounds } from '../../../workflows/domain/account/account-settings';
import {
  type AccountState,
  computeWindow,
  newAccount,
  reclaimPermits,
} from '../../../workflows/domain/account/account-state';
import { toAccountStatus } from '../../../workflows/domain/account/account-status';
import { applyReport } from '../../../workflows/domain/account/apply-report';
import { dividePermits } from '../../../workflows/domain/account/divide-permits';
import { applyTime, holdAccount, resumeAccount } from '../../../workflows/domain/account/hold-transitions';
import { markAsProbe, NO_FEEDBACK, type ProviderFeedback } from '../../../workflows/domain/leases/feedback';
import type { HolderReport } from '../../../workflows/domain/leases/governor-protocol';
import { toItemReport } from '../../../workflows/domain/leases/governor-protocol';
import { random } from '../pace/pace-events';

const FREE = { maxConcurrency: null, maxRate: null };
const START = 1_000_000;
const REFUSED: ProviderFeedback = { ...NO_FEEDBACK, refusals: { ...NO_FEEDBACK.refusals, concurrency: 1 } };
const WALL: ProviderFeedback = { ...NO_FEEDBACK, accountRefusals: { INSUFFICIENT_CREDITS: 1 } };
const IMAGE = 'generate/image';
const failed = (outages: number, outageCode = 'PROVIDER_UNREACHABLE'): ProviderFeedback => ({
  ...NO_FEEDBACK,
  operations: { [IMAGE]: { accepted: 0, completed: 0, outages, outageCode, cause: null } },
});
const accepted: ProviderFeedback = {
  ...NO_FEEDBACK,
  accepted: 1,
  operations: { [IMAGE]: { accepted: 1, completed: 0, outages: 0, outageCode: null, cause: null } },
};

function batch(holder: string, more: Partial<HolderReport> = {}): HolderReport {
  return { ...toItemReport(holder), kind: 'batch', wants: 100, ...more };
}

const found = (concurrency: number) => ({ remembered: { concurrency, ratePerSecond: null, day: null } });

/** A governor in time: every report is followed by dividing, as in the workflow. */
class TestGovernor {
  now = START;
  /** Grants told, by holder. */
  readonly notified: string[] = [];

  constructor(public state: AccountState = newAccount(FREE, START)) {}

  report(report: HolderReport): this {
    return this.become(applyReport(this.state, report, this.now));
  }

  become(state: AccountState): this {
    const { state: next, notify } = dividePermits(state, this.now);
    this.state = next;
    this.notified.push(...notify.map(({ id }) => id));
    return this;
  }

  after(ms: number): this {
    this.now += ms;
    return this;
  }

  tick(): this {
    return this.become(applyTime(this.state, this.now));
  }

  permits(): Readonly<Record<string, number>> {
    const waiting = this.state.queue.map((entry) => [parseEntry(entry).id, 0] as const);
    return Object.fromEntries([...this.state.holders.map(({ id, permits }) => [id, permits] as const), ...waiting]);
  }

  findGrant(holder: string) {
    return this.state.holders.find(({ id }) => id === holder)?.lastGrant ?? null;
  }
}

test('refusals by limits are counted, whoever reports them', () => {
  const testGovernor = new TestGovernor().report(batch('a', found(10)));
  expect(toAccountStatus('default', testGovernor.state).refusals).toBe(0);
  testGovernor.report(batch('a', { grantSeen: 1, feedback: REFUSED, held: 10, inFlight: 9 }));
  testGovernor.report(batch('b', { feedback: { ...REFUSED, refusals: { concurrency: 2, rate: 3, uncoded: 4 } } }));
  expect(toAccountStatus('default', testGovernor.state).refusals).toBe(10);
});

describe('holders', () => {
  test('share what there is, and have it back when another leaves', () => {
    const testGovernor = new TestGovernor().report(batch('a', found(12))).report(batch('b', { weight: 2 }));
    expect(testGovernor.permits()).toEqual({ a: 4, b: 0 });
    testGovernor.report(batch('a', { held: 4, grantSeen: 2 }));
    expect(testGovernor.permits()).toEqual({ a: 4, b: 8 });
    testGovernor.report(batch('b', { wants: 0, leaving: true }));
    expect(testGovernor.permits()).toEqual({ a: 12 });
  });

  test('count as holding what they were granted until they have seen a smaller grant', () => {
    const testGovernor = new TestGovernor()
      .report(batch('a', found(10)))
      .report(batch('b'))
      .report(batch('a', { grantSeen: 1 }));
    expect(testGovernor.permits()).toEqual({ a: 5, b: 0 });
    testGovernor.report(batch('a', { grantSeen: 2, held: 7 }));
    expect(testGovernor.permits()).toEqual({ a: 5, b: 3 });
  });

  test('get a grant only if it changes something for them, but always a reply', () => {
    const testGovernor = new TestGovernor()
      .report(batch('a', found(10)))
      .report(batch('a', { grantSeen: 1, held: 10, inFlight: 10 }));
    expect(testGovernor.notified).toEqual(['a']);
    testGovernor.report(batch('a', { grantSeen: 1, paceSeen: -1, feedback: REFUSED, held: 10, inFlight: 9 }));
    expect(testGovernor.notified).toEqual(['a', 'a']);
    expect(testGovernor.findGrant('a')?.number).toBe(2);
  });

  test('get a new grant from a governor that was reset and does not know what it granted since', () => {
    const testGovernor = new TestGovernor()
      .report(batch('a', found(10)))
      .report(batch('a', { grantSeen: 3, held: 10, inFlight: 10 }));
    expect(testGovernor.notified).toEqual(['a', 'a']);
    expect(testGovernor.findGrant('a')).toMatchObject({ number: 4, permits: 10 });
  });

  test('that have vanished leave their permits; of strangers nothing is known', () => {
    const testGovernor = new TestGovernor().report(batch('a', found(6))).report(batch('b'));
    testGovernor.become(reclaimPermits(testGovernor.state, ['a', 'nobody'], testGovernor.now));
    expect(testGovernor.permits()).toEqual({ b: 6 });
    expect(testGovernor.state.decisions.at(-1)?.words).toBe('reclaimed permits of ended holders: a');
    expect(reclaimPermits(testGovernor.state, ['nobody'], testGovernor.now)).toEqual(testGovernor.state);
  });

  test('tell a new governor what limits were found, and only the first of them is believed', () => {
    const testGovernor = new TestGovernor().report(batch('a', found(33))).report(batch('b', found(99)));
    expect(computeWindow(testGovernor.state)).toBe(33);
  });

  test('have the part of the rate that their permits are of those given out', () => {
    const { state } = new TestGovernor().report(
      batch('a', { remembered: { concurrency: 10, ratePerSecond: 2, day: null } }),
    );
    expect(state.holders[0]?.lastGrant?.spacingMs).toBe(500);
  });

  describe('tell a new governor of the rest that the provider asked for', () => {
    const resting = (restMs: number) => {
      const feedback = { ...REFUSED, refusals: { concurrency: 0, rate: 1, uncoded: 0 }, retryAfterMs: restMs };
      const before = new TestGovernor()
        .report(batch('a', { isNew: true }))
        .report(batch('a', { grantSeen: 1, feedback }));
      const remembered = before.findGrant('a')?.remembered ?? null;
      return JSON.parse(JSON.stringify(batch('a', { remembered, grantSeen: 2 }))) as HolderReport;
    };

    test('which all holders keep, also if a single item came before', () => {
      const replaced = new TestGovernor().after(5_000).report(toItemReport('first')).report(resting(20_000));
      expect(replaced.findGrant('a')?.restUntil).toBe(START + 20_000);
      expect(replaced.findGrant('a')?.spacingMs).toBeGreaterThan(0);
      replaced.after(1_000).report(toItemReport('second'));
      expect(replaced.permits()).toMatchObject({ second: 0 });
      expect(nextTickAt(replaced.state, replaced.now)).toBe(START + 20_000);
    });

    test('which is a hold if it is long', () => {
      const replaced = new TestGovernor().after(5_000).report(resting(600_000));
      expect(replaced.findGrant('a')).toMatchObject({ permits: 0, hold: { code: 'RATE_LIMIT_EXCEEDED' } });
      expect(nextTickAt(replaced.state, replaced.now)).toBe(START + 600_000);
    });

    test('which is forgotten when it is over, and is not believed of a holder that is known', () => {
      expect(new TestGovernor().after(30_000).report(resting(20_000)).findGrant('a')?.restUntil).toBeNull();
      const known = new TestGovernor().report(batch('a', { isNew: true })).report(resting(20_000));
      expect(known.findGrant('a')?.restUntil).toBeNull();
    });
  });
});

describe('submissions that have no answer yet', () => {
  const slow = { grantSeen: 1, paceSeen: 0, held: 3, unanswered: 3, feedback: REFUSED };

  test('count as in flight where the limit is met', () => {
    const testGovernor = new TestGovernor().report(batch('a')).report(batch('a', slow));
    expect(testGovernor.state.decisions.at(-1)?.words).toBe(
      '4 → 3: 1 × CONCURRENT_JOBS_EXCEEDED, 0 were in flight and 3 had no answer yet',
    );
    expect(testGovernor.permits()).toEqual({ a: 3 });
  });

  test('are all that another holder may have sent since it was given permits', () => {
    const testGovernor = new TestGovernor(newAccount(FREE, START)).report(batch('a'));
    testGovernor.report(
      batch('a', { grantSeen: 1, held: 4, inFlight: 4, feedback: { ...NO_FEEDBACK, accepted: 4, saturated: true } }),
    );
    testGovernor.report(batch('b')).report(batch('a', { grantSeen: 3, held: 4, inFlight: 4 }));
    expect(testGovernor.permits()).toEqual({ a: 4, b: 4 });
    testGovernor.report(batch('a', { grantSeen: 3, paceSeen: 1, held: 3, inFlight: 3, feedback: REFUSED }));
    expect(computeWindow(testGovernor.state)).toBe(7);
  });

  test('are those that it tells once it has heard of its permits', () => {
    const testGovernor = new TestGovernor().report(batch('a', found(8))).report(batch('b'));
    testGovernor
      .report(batch('a', { grantSeen: 2, held: 4, inFlight: 4 }))
      .report(batch('b', { grantSeen: 0, held: 0 }));
    const ofB = () => testGovernor.state.holders.find(({ id }) => id === 'b')?.unanswered;
    expect(ofB()).toBe(4);
    testGovernor.report(batch('b', { grantSeen: testGovernor.findGrant('b')?.number ?? 0, held: 1, inFlight: 1 }));
    expect(ofB()).toBe(0);
  });
});

describe('a holder that never speaks blocks no other', () => {
  const reportHeld = (desk: TestGovernor, id: string, held: number) =>
    desk.report(batch(id, { grantSeen: desk.findGrant(id)?.number ?? 0, held, inFlight: held }));

  test('a batch that has not begun loses its permits to others in time, and has its share again when it speaks', () => {
    const testGovernor = new TestGovernor().report(batch('dumb', found(12))).report(batch('other'));
    expect(testGovernor.permits()).toMatchObject({ other: 0 });
    expect(nextTickAt(testGovernor.state, testGovernor.now)).toBe(START + 5_000);
    testGovernor.after(74_999).tick();
    expect(testGovernor.permits()).toMatchObject({ other: 0 });
    testGovernor.after(1).tick();
    expect(testGovernor.permits()).toEqual({ dumb: 0, other: 12 });
    expect(testGovernor.state.decisions.at(-1)?.words).toBe('lent unused permits of silent holders: dumb');
    expect(testGovernor.findGrant('dumb')).toMatchObject({ permits: 0 });
    reportHeld(testGovernor, 'other', 12);
    reportHeld(testGovernor, 'dumb', 0);
    reportHeld(testGovernor, 'other', 6);
    expect(testGovernor.permits()).toEqual({ dumb: 6, other: 6 });
  });

  test('a batch that falls silent keeps what it has in flight, and nothing is taken while nobody wants it', () => {
    const testGovernor = new TestGovernor()
      .report(batch('dumb', found(12)))
      .report(batch('dumb', { grantSeen: 1, held: 5, inFlight: 5 }));
    testGovernor.after(600_000).tick();
    expect(testGovernor.permits()).toEqual({ dumb: 12 });
    expect(nextTickAt(testGovernor.state, testGovernor.now)).toBeNull();
    testGovernor.report(toItemReport('image'));
    expect(testGovernor.permits()).toEqual({ dumb: 5, image: 1 });
  });

  test('an image that was called and never heard of again leaves its place after the time of any job', () => {
    const testGovernor = new TestGovernor().report(batch('b', { ...found(1), wants: 0 }));
    testGovernor.report(toItemReport('dumb')).report(toItemReport('next'));
    expect(testGovernor.permits()).toMatchObject({ dumb: 1, next: 0 });
    expect(nextTickAt(testGovernor.state, testGovernor.now)).toBe(START + 1_800_000);
    testGovernor.after(1_800_000).tick();
    expect(testGovernor.permits()).toMatchObject({ dumb: 0, next: 1 });
    testGovernor.report({
      ...toItemReport('dumb'),
      wants: 0,
      leaving: true,
      feedback: { ...NO_FEEDBACK, accepted: 1, completed: 1 },
    });
    expect(testGovernor.permits()).toEqual({ b: 0, next: 1 });
  });

  test('whatever was told before, one that speaks has all permits when each of the silent has had its time', () => {
    fc.assert(
      fc.property(fc.array(told, { maxLength: 30 }), (script) => {
        const testGovernor = new TestGovernor();
        for (const { who, wants, feedback, ms } of script) {
          const id = `batch-${who}`;
          testGovernor
            .after(ms)
            .report(batch(id, { grantSeen: testGovernor.findGrant(id)?.number ?? 0, wants, held: 0, feedback }));
        }
        testGovernor.become(resumeAccount(testGovernor.state, testGovernor.now));
        if (testGovernor.state.hold !== null) return;
        testGovernor.report(batch('speaks'));
        const seconds = 80 * testGovernor.state.holders.length;
        for (let second = 0; second < seconds; second += 5) {
          const { number = 0, permits = 0 } = testGovernor.findGrant('speaks') ?? {};
          testGovernor
            .after(5_000)
            .tick()
            .report(batch('speaks', { grantSeen: number, held: permits, inFlight: permits }));
        }
        expect(testGovernor.permits()['speaks']).toBe(Math.min(100, computeWindow(testGovernor.state)));
      }),
      { numRuns: 300 },
    );
  });
});

describe('the window', () => {
  test('is cut by a refusal, and the answer says so', () => {
    const testGovernor = new TestGovernor()
      .report(batch('a', found(10)))
      .report(batch('a', { grantSeen: 1, inFlight: 7, held: 7, feedback: REFUSED }));
    expect(testGovernor.findGrant('a')).toMatchObject({ permits: computeWindow(testGovernor.state), paceChange: 1 });
    expect(computeWindow(testGovernor.state)).toBeLessThan(10);
  });

  test('grows when all of it is in flight, and not when one holder is full while another is idle', () => {
    const saturated = { feedback: { ...NO_FEEDBACK, accepted: 4, saturated: true }, grantSeen: 1 };
    const alone = new TestGovernor().report(batch('a')).report(batch('a', { ...saturated, held: 4, inFlight: 4 }));
    expect(computeWindow(alone.state)).toBe(8);
    const other = new TestGovernor()
      .report(batch('a', { wants: 2 }))
      .report(batch('b'))
      .report(batch('a', { ...saturated, wants: 2, inFlight: 2 }));
    expect(computeWindow(other.state)).toBe(4);
  });

  test('never passes the bounds, which hold at once and are reported once', () => {
    const testGovernor = new TestGovernor().report(batch('a', found(10)));
    testGovernor.become(
      setBounds(testGovernor.state, 'request', { maxConcurrency: 3, maxRate: null }, testGovernor.now),
    );
    expect(testGovernor.permits()).toEqual({ a: 3 });
    expect(setBounds(testGovernor.state, 'request', { maxConcurrency: 3, maxRate: null }, testGovernor.now)).toEqual(
      testGovernor.state,
    );
  });
});

test('a new run of a batch is answered, whatever an earlier run of the same id was granted', () => {
  const testGovernor = new TestGovernor();
  testGovernor.report(batch('a', { isNew: true, wants: 3 }));
  testGovernor.notified.length = 0;
  testGovernor.report(batch('a', { wants: 3 }));
  expect(testGovernor.notified).toEqual([]);
  testGovernor.report(batch('a', { isNew: true, wants: 3 }));
  expect(testGovernor.notified).toEqual(['a']);
  expect(testGovernor.permits()).toEqual({ a: 3 });
});

describe('single items', () => {
  const image = (id: string, more: Partial<HolderReport> = {}): HolderReport => ({ ...toItemReport(id), ...more });
  const queueItems = (size: number, window: number): TestGovernor => {
    const testGovernor = new TestGovernor()
      .report(batch('b', found(window)))
      .report(batch('b', { wants: 0, leaving: true }));
    for (let index = 0; index < size; index += 1) testGovernor.report(image(`i${index}`));
    return testGovernor;
  };
  const end = { wants: 0, leaving: true, feedback: { ...NO_FEEDBACK, accepted: 1, completed: 1 } };

  test('have one permit each as far as they reach, and the next is called when one ends', () => {
    const testGovernor = queueItems(3, 2);
    expect(testGovernor.permits()).toEqual({ i0: 1, i1: 1, i2: 0 });
    testGovernor.report(image('i0', end));
    expect(testGovernor.findGrant('i2')).toMatchObject({ permits: 1 });
  });

  test('are answered when they ask again, since the answer may have been lost', () => {
    const testGovernor = queueItems(1, 2);
    testGovernor.notified.length = 0;
    testGovernor.report(image('i0'));
    expect(testGovernor.notified).toEqual(['i0']);
    expect(testGovernor.permits()).toEqual({ i0: 1 });
  });

  test('give their permit back with every fault, and are called for the next try', () => {
    const testGovernor = queueItems(2, 1);
    testGovernor.notified.length = 0;
    testGovernor.report(image('i0', { feedback: failed(1) }));
    expect(Object.values(testGovernor.permits()).reduce((sum, permits) => sum + permits, 0)).toBe(1);
    expect(testGovernor.notified).toHaveLength(1);
  });

  test('count as in flight: a refusal cuts to what the others have, not to one', () => {
    const testGovernor = queueItems(12, 12).report(image('i0', { feedback: REFUSED }));
    expect(computeWindow(testGovernor.state)).toBe(10);
  });

  test('are heard after every cut, by the pace that they were granted under', () => {
    const testGovernor = queueItems(12, 12).report(image('i0', { feedback: REFUSED }));
    const { change } = testGovernor.state.pace;
    testGovernor.report(image('i1', { feedback: REFUSED }));
    expect(testGovernor.state.pace.change).toBe(change);
    testGovernor
      .report(image('i0', end))
      .report(image('i2', end))
      .report(image('i1'))
      .report(image('i1', { feedback: REFUSED }));
    expect(testGovernor.state.pace.change).toBe(change + 1);
  });

  test('that are refused are called again when there is room, however deep the cut', () => {
    const testGovernor = queueItems(3, 3);
    for (const id of ['i0', 'i1', 'i2']) testGovernor.report(image(id, { feedback: REFUSED }));
    testGovernor.after(600_000).tick();
    const before = Object.values(testGovernor.permits()).reduce((sum, permits) => sum + permits, 0);
    expect(before).toBe(computeWindow(testGovernor.state));
  });

  test('make the window grow when all are accepted and others wait', () => {
    const testGovernor = new TestGovernor();
    for (let index = 0; index < 4; index += 1) testGovernor.report(image(`i${index}`));
    expect(computeWindow(testGovernor.state)).toBe(4);
    testGovernor.report(image('i4')).report(image('i5'));
    expect(computeWindow(testGovernor.state)).toBe(8);
  });

  test('make the window grow with every round that ends while others wait', () => {
    const testGovernor = new TestGovernor();
    for (let index = 0; index < 40; index += 1) testGovernor.report(image(`i${index}`));
    const inFlight = () => testGovernor.state.holders.filter(({ held: inHand }) => inHand > 0).map(({ id }) => id);
    const leave = (id: string) => testGovernor.report(image(id, end));
    // Those of the first window say nothing of the second.
    for (const id of inFlight().slice(0, 4)) leave(id);
    expect(computeWindow(testGovernor.state)).toBe(8);
    for (const id of inFlight()) leave(id);
    expect(computeWindow(testGovernor.state)).toBe(16);
  });

  test('are not called while the provider wants a rest, but at its end', () => {
    const testGovernor = queueItems(3, 2);
    const feedback: ProviderFeedback = {
      ...NO_FEEDBACK,
      refusals: { ...NO_FEEDBACK.refusals, rate: 1 },
      retryAfterMs: 30_000,
    };
    testGovernor.report(image('i0', { feedback })).report(image('late'));
    expect(testGovernor.permits()).toMatchObject({ i0: 0, late: 0, i1: 1 });
    expect(nextTickAt(testGovernor.state, testGovernor.now)).toBe(START + 30_000);
    testGovernor.after(30_000).tick();
    // One at a time, since the rate is limited now.
    expect(Object.values(testGovernor.permits()).filter((permits) => permits > 0).length).toBeGreaterThan(1);
  });
});

describe('a hold', () => {
  test('takes all permits, says why, and after a resume one item goes ahead', () => {
    const testGovernor = new TestGovernor()
      .report(batch('a', found(10)))
      .report(batch('b'))
      .report(batch('a', { grantSeen: 2, feedback: WALL }));
    expect(testGovernor.permits()).toEqual({ a: 0, b: 0 });
    expect(testGovernor.findGrant('b')).toMatchObject({ permits: 0, hold: { code: 'INSUFFICIENT_CREDITS' } });
    testGovernor.report(batch('a', { grantSeen: 3 })).become(resumeAccount(testGovernor.state, testGovernor.now));
    expect(Object.values(testGovernor.permits()).reduce((sum, permits) => sum + permits, 0)).toBe(1);
    const probe = testGovernor.state.holders.find(({ permits }) => permits === 1);
    expect(probe?.lastGrant).toMatchObject({ probe: true, hold: null });
    testGovernor.report(
      batch(probe?.id ?? '', { grantSeen: 9, held: 1, feedback: markAsProbe({ ...NO_FEEDBACK, completed: 1 }) }),
    );
    expect(computeWindow(testGovernor.state)).toBe(10);
  });

  test('that somebody asked for is lifted at once, and resuming twice changes nothing', () => {
    const testGovernor = new TestGovernor().report(batch('a', found(10)));
    testGovernor.become(holdAccount(testGovernor.state, 'invoice', testGovernor.now));
    expect(testGovernor.permits()).toEqual({ a: 0 });
    testGovernor.become(resumeAccount(testGovernor.state, testGovernor.now));
    expect(computeWindow(testGovernor.state)).toBe(10);
    expect(resumeAccount(testGovernor.state, testGovernor.now)).toBe(testGovernor.state);
  });

  test('for an outage begins with five faults in a row, and probes automatically', () => {
    const testGovernor = new TestGovernor()
      .report(batch('a', { ...found(10), feedback: failed(4) }))
      .report(batch('a', { feedback: accepted }));
    testGovernor.report(batch('a', { feedback: failed(4) }));
    const hold = () => testGovernor.state.operationHolds[IMAGE];
    expect(hold()).toBeUndefined();
    testGovernor.report(batch('a', { feedback: failed(1) }));
    expect(hold()).toMatchObject({ kind: 'outage', code: 'PROVIDER_UNREACHABLE' });
    expect(nextTickAt(testGovernor.state, testGovernor.now)).toBe(START + 2_000);
    testGovernor.after(1_999).tick();
    expect(hold()?.probing).toBe(false);
    testGovernor.after(1).tick();
    expect(hold()?.probing).toBe(true);
  });
});

test('with fewer permits than batches they take turns of seconds, and all of them get some', () => {
  const ids = ['a', 'b', 'c'];
  const testGovernor = new TestGovernor().report(batch('a', found(1)));
  for (const id of ids) testGovernor.report(batch(id));
  const turns: Record<string, number> = { a: 0, b: 0, c: 0 };
  for (let round = 0; round < 120; round += 1) {
    testGovernor.now = nextTickAt(testGovernor.state, testGovernor.now) ?? Number.NaN;
    testGovernor.tick();
    for (const id of ids) {
      const grant = testGovernor.findGrant(id);
      testGovernor.report(batch(id, { grantSeen: grant?.number ?? 0, held: grant?.permits ?? 0 }));
    }
    for (const id of ids) turns[id] = (turns[id] ?? 0) + (testGovernor.permits()[id] ?? 0);
  }
  expect(Math.min(...Object.values(turns))).toBeGreaterThan(30);
});

const told = fc.record({
  who: fc.nat({ max: 5 }),
  wants: fc.nat({ max: 30 }),
  keeps: fc.boolean(),
  feedback: fc.constantFrom(
    NO_FEEDBACK,
    NO_FEEDBACK,
    { ...NO_FEEDBACK, accepted: 3, saturated: true },
    REFUSED,
    WALL,
    failed(5),
  ),
  leaving: fc.boolean(),
  ms: fc.nat({ max: 90_000 }),
  act: fc.constantFrom('', '', '', 'resume', 'hold', 'vanish'),
});

test('whatever is reported, what may be in flight never grows above the window, and twenty decisions are kept', () => {
  fc.assert(
    fc.property(fc.array(told, { maxLength: 80 }), (script) => {
      const testGovernor = new TestGovernor();
      const inHand = () =>
        testGovernor.state.holders.reduce((sum, holder) => sum + Math.max(holder.held, holder.permits), 0);
      for (const { who, wants, keeps, feedback, leaving, ms, act } of script) {
        const id = who < 4 ? `batch-${who}` : `image-${who}`;
        const grant = testGovernor.findGrant(id);
        const known = testGovernor.state.holders.find((holder) => holder.id === id);
        const own = { grantSeen: grant?.number ?? 0, paceSeen: grant?.paceChange ?? 0 };
        const inUse = keeps ? (known?.held ?? 0) : Math.min(known?.held ?? 0, grant?.permits ?? 0);
        const report = batch(id, { ...own, wants, held: inUse, inFlight: inUse, feedback });
        testGovernor.after(ms).report(who < 4 ? { ...report, leaving } : { ...toItemReport(id), feedback, leaving });
        const before = inHand();
        if (act === 'resume') testGovernor.become(resumeAccount(testGovernor.state, testGovernor.now));
        if (act === 'hold') testGovernor.become(holdAccount(testGovernor.state, '', testGovernor.now));
        if (act === 'vanish') testGovernor.become(reclaimPermits(testGovernor.state, [id], testGovernor.now));
        testGovernor.tick();
        // One that goes ahead does so beside what is in progress, if there is a place.
        const { hold, pace } = testGovernor.state;
        const places = pace.window.searching ? before + 1 : pace.window.size;
        const most = hold?.probing === true ? places : computeWindow(testGovernor.state);
        expect(inHand()).toBeLessThanOrEqual(Math.max(before, most));
        expect(testGovernor.state.decisions.length).toBeLessThanOrEqual(20);
        for (const { permits, held: inUseNow } of testGovernor.state.holders)
          expect(inUseNow).toBeGreaterThanOrEqual(permits);
      }
    }),
    { numRuns: process.env['FULL_TESTS'] ? 1_000 : 300 },
  );
});

test('the status adds up, and shows times that people can read', () => {
  const { state } = new TestGovernor().report(batch('a', { ...found(10), inFlight: 3, held: 3, feedback: WALL }));
  expect(toAccountStatus('default', state)).toMatchObject({
    account: 'default',
    limit: 0,
    inFlight: 3,
    hold: { code: 'INSUFFICIENT_CREDITS', since: '1970-01-01T00:16:40.000Z' },
    holders: [{ id: 'a', permits: 0, wants: 100 }],
    decisions: [{ at: '1970-01-01T00:16:40.000Z', words: 'held: INSUFFICIENT_CREDITS' }],
  });
});

describe('a day of twenty batches that come and go, images between them, limits that move, walls and outages', () => {
  const DAY_MS = 24 * 60 * 60_000;
  const TICK_MS = 10_000;
  const testGovernor = new TestGovernor();
  let [largest, reports, items, ticks] = [0, 0, 0, 0];

  beforeAll(() => {
    const draw = random(7);
    let images = 0;
    for (let at = 0; at < DAY_MS; at += TICK_MS) {
      testGovernor.now = START + at;
      const limit = 20 + Math.floor(15 * Math.sin(at / 3_600_000));
      const due = nextTickAt(testGovernor.state, testGovernor.now);
      if (due !== null && due <= testGovernor.now) {
        ticks += 1;
        testGovernor.tick();
      }
      if (at % 3_600_000 === 0 && testGovernor.state.hold !== null)
        testGovernor.become(resumeAccount(testGovernor.state, testGovernor.now));
      for (let who = 0; who < 20; who += 1) {
        const id = `batch-${who}`;
        const isHere = (Math.floor(at / 1_800_000) + who) % 4 !== 0;
        const grant = testGovernor.findGrant(id);
        if (!isHere && grant === null) continue;
        const permits = grant?.permits ?? 0;
        const others = testGovernor.state.holders.reduce(
          (sum, holder) => sum + (holder.id === id ? 0 : holder.inFlight),
          0,
        );
        const inFlight = Math.min(permits, Math.max(0, limit - others));
        const refused = permits - inFlight;
        const feedback = {
          ...NO_FEEDBACK,
          accepted: inFlight,
          completed: inFlight,
          saturated: refused === 0 && permits > 0,
          refusals: { concurrency: refused, rate: 0, uncoded: 0 },
          accountRefusals: draw() < 0.00005 ? { INSUFFICIENT_CREDITS: 1 } : {},
          ...(draw() < 0.00005 ? { ...failed(5, 'INTERNAL_ERROR'), accepted: 0, completed: 0 } : {}),
        };
        items += inFlight;
        const own = { grantSeen: grant?.number ?? 0, paceSeen: grant?.paceChange ?? 0, held: inFlight, inFlight };
        if (isHere && permits === 0 && grant !== null) continue;
        const told = grant?.probe === true ? markAsProbe(feedback) : feedback;
        testGovernor.report(batch(id, { ...own, wants: isHere ? 500 : 0, feedback: told, leaving: !isHere }));
        reports += 1;
      }
      if (draw() < 0.2) {
        const id = `image-${images}`;
        images += 1;
        testGovernor.report(toItemReport(id));
        if (testGovernor.permits()[id] === 1) {
          testGovernor.report({
            ...toItemReport(id),
            wants: 0,
            leaving: true,
            feedback: { ...NO_FEEDBACK, accepted: 1, completed: 1 },
          });
        } else testGovernor.become(reclaimPermits(testGovernor.state, [id], testGovernor.now));
        reports += 2;
        items += 1;
      }
      largest = Math.max(largest, JSON.stringify(testGovernor.state).length);
    }
  });

  test('never makes the state larger than a kilobyte a holder', () => {
    expect(testGovernor.state.holders.length).toBeLessThanOrEqual(20);
    expect(largest).toBeLessThan(25_000);
    expect(testGovernor.state.decisions).toHaveLength(20);
  });

  test('makes items, and costs fewer than two grants a report', () => {
    expect(items).toBeGreaterThan(50_000);
    expect(testGovernor.notified.length / reports).toBeLessThan(2);
    expect(testGovernor.notified.length / items).toBeLessThan(1);
    expect(ticks).toBeLessThan(DAY_MS / 5_000);
  });
});
