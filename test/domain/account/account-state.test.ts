/** The governor's decisions, event by event, and over a day. */
import fc from 'fast-check';
import { imageIn } from '../../../workflows/domain/account/account-queue';
import {
  type AccountState,
  askedBy,
  bounded,
  held,
  newAccount,
  nextTickAt,
  reported,
  resumed,
  settled,
  ticked,
  vanished,
  windowOf,
} from '../../../workflows/domain/account/account-state';
import { accountStatus } from '../../../workflows/domain/account/account-status';
import { markAsProbe, type News, NO_NEWS } from '../../../workflows/domain/leases/feedback';
import type { HolderReport } from '../../../workflows/domain/leases/governor-protocol';
import { random } from '../pace/pace-events';

const FREE = { maxConcurrency: null, maxRate: null };
const START = 1_000_000;
const REFUSED: News = { ...NO_NEWS, refusals: { ...NO_NEWS.refusals, concurrency: 1 } };
const WALL: News = { ...NO_NEWS, walls: { INSUFFICIENT_CREDITS: 1 } };
const OUTAGES: News = { ...NO_NEWS, outages: 5, outageCode: 'PROVIDER_UNREACHABLE' };

function batch(holder: string, more: Partial<HolderReport> = {}): HolderReport {
  return { ...askedBy(holder), kind: 'batch', wants: 100, ...more };
}

const found = (concurrency: number) => ({ remembered: { concurrency, ratePerSecond: null } });

/** A governor in time: every report is followed by dividing, as in the workflow. */
class Desk {
  now = START;
  /** Grants told, by holder. */
  readonly told: string[] = [];

  constructor(public state: AccountState = newAccount(FREE, START)) {}

  hear(report: HolderReport): this {
    return this.become(reported(this.state, report, this.now));
  }

  become(state: AccountState): this {
    const { state: next, tell } = settled(state, this.now);
    this.state = next;
    this.told.push(...tell.map(({ id }) => id));
    return this;
  }

  after(ms: number): this {
    this.now += ms;
    return this;
  }

  tick(): this {
    return this.become(ticked(this.state, this.now));
  }

  permits(): Readonly<Record<string, number>> {
    const waiting = this.state.queue.map((entry) => [imageIn(entry).id, 0] as const);
    return Object.fromEntries([...this.state.holders.map(({ id, granted }) => [id, granted] as const), ...waiting]);
  }

  grantOf(holder: string) {
    return this.state.holders.find(({ id }) => id === holder)?.told ?? null;
  }
}

describe('holders', () => {
  test('share what there is, and have it back when another leaves', () => {
    const desk = new Desk().hear(batch('a', found(12))).hear(batch('b', { weight: 2 }));
    expect(desk.permits()).toEqual({ a: 4, b: 0 });
    desk.hear(batch('a', { held: 4, knew: 2 }));
    expect(desk.permits()).toEqual({ a: 4, b: 8 });
    desk.hear(batch('b', { wants: 0, leaving: true }));
    expect(desk.permits()).toEqual({ a: 12 });
  });

  test('are believed to hold what they were granted until they have heard that they have less', () => {
    const desk = new Desk()
      .hear(batch('a', found(10)))
      .hear(batch('b'))
      .hear(batch('a', { knew: 1 }));
    expect(desk.permits()).toEqual({ a: 5, b: 0 });
    desk.hear(batch('a', { knew: 2, held: 7 }));
    expect(desk.permits()).toEqual({ a: 5, b: 3 });
  });

  test('are told only what changes something for them, but always answered', () => {
    const desk = new Desk().hear(batch('a', found(10))).hear(batch('a', { knew: 1, held: 10, inFlight: 10 }));
    expect(desk.told).toEqual(['a']);
    desk.hear(batch('a', { knew: 1, paceKnew: -1, news: REFUSED, held: 10, inFlight: 9 }));
    expect(desk.told).toEqual(['a', 'a']);
    expect(desk.grantOf('a')?.number).toBe(2);
  });

  test('that have vanished leave their permits; of strangers nothing is known', () => {
    const desk = new Desk().hear(batch('a', found(6))).hear(batch('b'));
    desk.become(vanished(desk.state, ['a', 'nobody'], desk.now));
    expect(desk.permits()).toEqual({ b: 6 });
    expect(desk.state.decisions.at(-1)?.words).toBe('ended, so that their permits are free: a');
    expect(vanished(desk.state, ['nobody'], desk.now)).toEqual(desk.state);
  });

  test('tell a new governor what limits were found, and only the first of them is believed', () => {
    const desk = new Desk().hear(batch('a', found(33))).hear(batch('b', found(99)));
    expect(windowOf(desk.state)).toBe(33);
  });

  test('have the part of the rate that their permits are of the window', () => {
    const { state } = new Desk().hear(batch('a', { remembered: { concurrency: 10, ratePerSecond: 2 } }));
    expect(state.holders[0]?.told?.spacingMs).toBe(500);
  });
});

describe('submissions that have no answer yet', () => {
  const slow = { knew: 1, paceKnew: 0, held: 3, unanswered: 3, news: REFUSED };

  test('count as in flight where the limit is met', () => {
    const desk = new Desk().hear(batch('a')).hear(batch('a', slow));
    expect(desk.state.decisions.at(-1)?.words).toBe(
      '4 → 3: 1 × CONCURRENT_JOBS_EXCEEDED, 0 were in flight and 3 had no answer yet',
    );
    expect(desk.permits()).toEqual({ a: 3 });
  });

  test('are all that another holder may have sent since it was given permits', () => {
    const desk = new Desk(newAccount(FREE, START)).hear(batch('a'));
    desk.hear(batch('a', { knew: 1, held: 4, inFlight: 4, news: { ...NO_NEWS, accepted: 4, full: true } }));
    desk.hear(batch('b')).hear(batch('a', { knew: 3, held: 4, inFlight: 4 }));
    expect(desk.permits()).toEqual({ a: 4, b: 4 });
    desk.hear(batch('a', { knew: 3, paceKnew: 1, held: 3, inFlight: 3, news: REFUSED }));
    expect(windowOf(desk.state)).toBe(7);
  });

  test('are those that it tells once it has heard of its permits', () => {
    const desk = new Desk().hear(batch('a', found(8))).hear(batch('b'));
    desk.hear(batch('a', { knew: 2, held: 4, inFlight: 4 })).hear(batch('b', { knew: 0, held: 0 }));
    const ofB = () => desk.state.holders.find(({ id }) => id === 'b')?.unanswered;
    expect(ofB()).toBe(4);
    desk.hear(batch('b', { knew: desk.grantOf('b')?.number ?? 0, held: 1, inFlight: 1 }));
    expect(ofB()).toBe(0);
  });
});

describe('a holder that never speaks blocks no other', () => {
  const heard = (desk: Desk, id: string, held: number) =>
    desk.hear(batch(id, { knew: desk.grantOf(id)?.number ?? 0, held, inFlight: held }));

  test('a batch that has not begun loses its permits to others in time, and has its share again when it speaks', () => {
    const desk = new Desk().hear(batch('dumb', found(12))).hear(batch('other'));
    expect(desk.permits()).toMatchObject({ other: 0 });
    expect(nextTickAt(desk.state, desk.now)).toBe(START + 5_000);
    desk.after(74_999).tick();
    expect(desk.permits()).toMatchObject({ other: 0 });
    desk.after(1).tick();
    expect(desk.permits()).toEqual({ dumb: 0, other: 12 });
    expect(desk.state.decisions.at(-1)?.words).toBe('silent, so that others have what they do not use: dumb');
    expect(desk.grantOf('dumb')).toMatchObject({ permits: 0 });
    heard(desk, 'other', 12);
    heard(desk, 'dumb', 0);
    heard(desk, 'other', 6);
    expect(desk.permits()).toEqual({ dumb: 6, other: 6 });
  });

  test('a batch that falls silent keeps what it has in flight, and nothing is taken while nobody wants it', () => {
    const desk = new Desk().hear(batch('dumb', found(12))).hear(batch('dumb', { knew: 1, held: 5, inFlight: 5 }));
    desk.after(600_000).tick();
    expect(desk.permits()).toEqual({ dumb: 12 });
    expect(nextTickAt(desk.state, desk.now)).toBeNull();
    desk.hear(askedBy('image'));
    expect(desk.permits()).toEqual({ dumb: 5, image: 1 });
  });

  test('an image that was called and never heard of again leaves its place after the time of any job', () => {
    const desk = new Desk().hear(batch('b', { ...found(1), wants: 0 }));
    desk.hear(askedBy('dumb')).hear(askedBy('next'));
    expect(desk.permits()).toMatchObject({ dumb: 1, next: 0 });
    expect(nextTickAt(desk.state, desk.now)).toBe(START + 1_800_000);
    desk.after(1_800_000).tick();
    expect(desk.permits()).toMatchObject({ dumb: 0, next: 1 });
    desk.hear({ ...askedBy('dumb'), wants: 0, leaving: true, news: { ...NO_NEWS, accepted: 1, completed: 1 } });
    expect(desk.permits()).toEqual({ b: 0, next: 1 });
  });

  test('whatever was told before, one that speaks has all permits when each of the silent has had its time', () => {
    fc.assert(
      fc.property(fc.array(told, { maxLength: 30 }), (script) => {
        const desk = new Desk();
        for (const { who, wants, news, ms } of script) {
          const id = `batch-${who}`;
          desk.after(ms).hear(batch(id, { knew: desk.grantOf(id)?.number ?? 0, wants, held: 0, news }));
        }
        desk.become(resumed(desk.state, desk.now));
        if (desk.state.hold !== null) return;
        desk.hear(batch('speaks'));
        const seconds = 80 * desk.state.holders.length;
        for (let second = 0; second < seconds; second += 5) {
          const { number = 0, permits = 0 } = desk.grantOf('speaks') ?? {};
          desk
            .after(5_000)
            .tick()
            .hear(batch('speaks', { knew: number, held: permits, inFlight: permits }));
        }
        expect(desk.permits()['speaks']).toBe(Math.min(100, windowOf(desk.state)));
      }),
      { numRuns: 300 },
    );
  });
});

describe('the window', () => {
  test('is cut by a refusal, and the answer says so', () => {
    const desk = new Desk()
      .hear(batch('a', found(10)))
      .hear(batch('a', { knew: 1, inFlight: 7, held: 7, news: REFUSED }));
    expect(desk.grantOf('a')).toMatchObject({ permits: windowOf(desk.state), paceChange: 1 });
    expect(windowOf(desk.state)).toBeLessThan(10);
  });

  test('grows when all of it is in flight, and not when one holder is full while another is idle', () => {
    const full = { news: { ...NO_NEWS, accepted: 4, full: true }, knew: 1 };
    const alone = new Desk().hear(batch('a')).hear(batch('a', { ...full, held: 4, inFlight: 4 }));
    expect(windowOf(alone.state)).toBe(8);
    const other = new Desk()
      .hear(batch('a', { wants: 2 }))
      .hear(batch('b'))
      .hear(batch('a', { ...full, wants: 2, inFlight: 2 }));
    expect(windowOf(other.state)).toBe(4);
  });

  test('never passes the bounds, which hold at once and are told once', () => {
    const desk = new Desk().hear(batch('a', found(10)));
    desk.become(bounded(desk.state, 'request', { maxConcurrency: 3, maxRate: null }, desk.now));
    expect(desk.permits()).toEqual({ a: 3 });
    expect(bounded(desk.state, 'request', { maxConcurrency: 3, maxRate: null }, desk.now)).toEqual(desk.state);
  });
});

test('a new run of a batch is answered, whatever an earlier run of the same id was told', () => {
  const desk = new Desk();
  desk.hear(batch('a', { isNew: true, wants: 3 }));
  desk.told.length = 0;
  desk.hear(batch('a', { wants: 3 }));
  expect(desk.told).toEqual([]);
  desk.hear(batch('a', { isNew: true, wants: 3 }));
  expect(desk.told).toEqual(['a']);
  expect(desk.permits()).toEqual({ a: 3 });
});

describe('single images', () => {
  const image = (id: string, more: Partial<HolderReport> = {}): HolderReport => ({ ...askedBy(id), ...more });
  const crowd = (size: number, window: number): Desk => {
    const desk = new Desk().hear(batch('b', found(window))).hear(batch('b', { wants: 0, leaving: true }));
    for (let index = 0; index < size; index += 1) desk.hear(image(`i${index}`));
    return desk;
  };
  const end = { wants: 0, leaving: true, news: { ...NO_NEWS, accepted: 1, completed: 1 } };

  test('have one permit each as far as they reach, and the next is called when one ends', () => {
    const desk = crowd(3, 2);
    expect(desk.permits()).toEqual({ i0: 1, i1: 1, i2: 0 });
    desk.hear(image('i0', end));
    expect(desk.grantOf('i2')).toMatchObject({ permits: 1 });
  });

  test('are answered when they ask again, since the answer may have been lost', () => {
    const desk = crowd(1, 2);
    desk.told.length = 0;
    desk.hear(image('i0'));
    expect(desk.told).toEqual(['i0']);
    expect(desk.permits()).toEqual({ i0: 1 });
  });

  test('give their permit back with every fault, and are called for the next try', () => {
    const desk = crowd(2, 1);
    desk.told.length = 0;
    desk.hear(image('i0', { news: { ...NO_NEWS, outages: 1, outageCode: 'PROVIDER_UNREACHABLE' } }));
    expect(Object.values(desk.permits()).reduce((sum, permits) => sum + permits, 0)).toBe(1);
    expect(desk.told).toHaveLength(1);
  });

  test('count as in flight: a refusal cuts to what the others have, not to one', () => {
    const desk = crowd(12, 12).hear(image('i0', { news: REFUSED }));
    expect(windowOf(desk.state)).toBe(10);
  });

  test('are heard after every cut, by the pace that they were granted under', () => {
    const desk = crowd(12, 12).hear(image('i0', { news: REFUSED }));
    const { change } = desk.state.pace;
    desk.hear(image('i1', { news: REFUSED }));
    expect(desk.state.pace.change).toBe(change);
    desk
      .hear(image('i0', end))
      .hear(image('i2', end))
      .hear(image('i1'))
      .hear(image('i1', { news: REFUSED }));
    expect(desk.state.pace.change).toBe(change + 1);
  });

  test('that are refused are called again when there is room, however deep the cut', () => {
    const desk = crowd(3, 3);
    for (const id of ['i0', 'i1', 'i2']) desk.hear(image(id, { news: REFUSED }));
    desk.after(600_000).tick();
    const before = Object.values(desk.permits()).reduce((sum, permits) => sum + permits, 0);
    expect(before).toBe(windowOf(desk.state));
  });

  test('make the window grow when all are accepted and others wait', () => {
    const desk = new Desk();
    for (let index = 0; index < 4; index += 1) desk.hear(image(`i${index}`));
    expect(windowOf(desk.state)).toBe(4);
    desk.hear(image('i4')).hear(image('i5'));
    expect(windowOf(desk.state)).toBe(8);
  });

  test('make the window grow with every round that ends while others wait', () => {
    const desk = new Desk();
    for (let index = 0; index < 40; index += 1) desk.hear(image(`i${index}`));
    const inFlight = () => desk.state.holders.filter(({ held: inHand }) => inHand > 0).map(({ id }) => id);
    const leave = (id: string) => desk.hear(image(id, end));
    // Those of the first window say nothing of the second.
    for (const id of inFlight().slice(0, 4)) leave(id);
    expect(windowOf(desk.state)).toBe(8);
    for (const id of inFlight()) leave(id);
    expect(windowOf(desk.state)).toBe(16);
  });

  test('are not called while the provider wants a rest, but at its end', () => {
    const desk = crowd(3, 2);
    const news: News = { ...NO_NEWS, refusals: { ...NO_NEWS.refusals, rate: 1 }, retryAfterMs: 30_000 };
    desk.hear(image('i0', { news })).hear(image('late'));
    expect(desk.permits()).toMatchObject({ i0: 0, late: 0, i1: 1 });
    expect(nextTickAt(desk.state, desk.now)).toBe(START + 30_000);
    desk.after(30_000).tick();
    // One at a time, since the rate is limited now.
    expect(Object.values(desk.permits()).filter((permits) => permits > 0).length).toBeGreaterThan(1);
  });
});

describe('a hold', () => {
  test('takes all permits, says why, and after a resume one item goes ahead', () => {
    const desk = new Desk()
      .hear(batch('a', found(10)))
      .hear(batch('b'))
      .hear(batch('a', { knew: 2, news: WALL }));
    expect(desk.permits()).toEqual({ a: 0, b: 0 });
    expect(desk.grantOf('b')).toMatchObject({ permits: 0, hold: { code: 'INSUFFICIENT_CREDITS' } });
    desk.hear(batch('a', { knew: 3 })).become(resumed(desk.state, desk.now));
    expect(Object.values(desk.permits()).reduce((sum, permits) => sum + permits, 0)).toBe(1);
    const probe = desk.state.holders.find(({ granted }) => granted === 1);
    expect(probe?.told).toMatchObject({ probe: true, hold: null });
    desk.hear(batch(probe?.id ?? '', { knew: 9, held: 1, news: markAsProbe({ ...NO_NEWS, completed: 1 }) }));
    expect(windowOf(desk.state)).toBe(10);
  });

  test('that somebody asked for is lifted at once, and resuming twice changes nothing', () => {
    const desk = new Desk().hear(batch('a', found(10)));
    desk.become(held(desk.state, 'invoice', desk.now));
    expect(desk.permits()).toEqual({ a: 0 });
    desk.become(resumed(desk.state, desk.now));
    expect(windowOf(desk.state)).toBe(10);
    expect(resumed(desk.state, desk.now)).toBe(desk.state);
  });

  test('for an outage begins with five faults in a row, and probes by itself', () => {
    const four = { ...OUTAGES, outages: 4 };
    const desk = new Desk()
      .hear(batch('a', { ...found(10), news: four }))
      .hear(batch('a', { news: { ...NO_NEWS, accepted: 1 } }));
    desk.hear(batch('a', { news: four }));
    expect(desk.state.hold).toBeNull();
    desk.hear(batch('a', { news: { ...OUTAGES, outages: 1 } }));
    expect(desk.state.hold).toMatchObject({ kind: 'outage', code: 'PROVIDER_UNREACHABLE' });
    expect(nextTickAt(desk.state, desk.now)).toBe(START + 2_000);
    expect(desk.after(1_999).tick().state.hold?.probing).toBe(false);
    expect(desk.after(1).tick().state.hold?.probing).toBe(true);
  });
});

test('with fewer permits than batches they take turns of seconds, and all of them get some', () => {
  const ids = ['a', 'b', 'c'];
  const desk = new Desk().hear(batch('a', found(1)));
  for (const id of ids) desk.hear(batch(id));
  const turns: Record<string, number> = { a: 0, b: 0, c: 0 };
  for (let round = 0; round < 120; round += 1) {
    desk.now = nextTickAt(desk.state, desk.now) ?? Number.NaN;
    desk.tick();
    for (const id of ids) {
      const grant = desk.grantOf(id);
      desk.hear(batch(id, { knew: grant?.number ?? 0, held: grant?.permits ?? 0 }));
    }
    for (const id of ids) turns[id] = (turns[id] ?? 0) + (desk.permits()[id] ?? 0);
  }
  expect(Math.min(...Object.values(turns))).toBeGreaterThan(30);
});

const told = fc.record({
  who: fc.nat({ max: 5 }),
  wants: fc.nat({ max: 30 }),
  keeps: fc.boolean(),
  news: fc.constantFrom(NO_NEWS, NO_NEWS, { ...NO_NEWS, accepted: 3, full: true }, REFUSED, WALL, OUTAGES),
  leaving: fc.boolean(),
  ms: fc.nat({ max: 90_000 }),
  act: fc.constantFrom('', '', '', 'resume', 'hold', 'vanish'),
});

test('whatever is told, what may be in flight never grows above the window, and twenty decisions are kept', () => {
  fc.assert(
    fc.property(fc.array(told, { maxLength: 80 }), (script) => {
      const desk = new Desk();
      const inHand = () => desk.state.holders.reduce((sum, holder) => sum + Math.max(holder.held, holder.granted), 0);
      for (const { who, wants, keeps, news, leaving, ms, act } of script) {
        const id = who < 4 ? `batch-${who}` : `image-${who}`;
        const grant = desk.grantOf(id);
        const known = desk.state.holders.find((holder) => holder.id === id);
        const own = { knew: grant?.number ?? 0, paceKnew: grant?.paceChange ?? 0 };
        const inUse = keeps ? (known?.held ?? 0) : Math.min(known?.held ?? 0, grant?.permits ?? 0);
        const report = batch(id, { ...own, wants, held: inUse, inFlight: inUse, news });
        desk.after(ms).hear(who < 4 ? { ...report, leaving } : { ...askedBy(id), news, leaving });
        const before = inHand();
        if (act === 'resume') desk.become(resumed(desk.state, desk.now));
        if (act === 'hold') desk.become(held(desk.state, '', desk.now));
        if (act === 'vanish') desk.become(vanished(desk.state, [id], desk.now));
        desk.tick();
        // One that goes ahead does so beside what is under way, if there is a place.
        const { hold, pace } = desk.state;
        const places = pace.window.searching ? before + 1 : pace.window.size;
        const most = hold?.probing === true ? places : windowOf(desk.state);
        expect(inHand()).toBeLessThanOrEqual(Math.max(before, most));
        expect(desk.state.decisions.length).toBeLessThanOrEqual(20);
        for (const { granted, held: inUseNow } of desk.state.holders) expect(inUseNow).toBeGreaterThanOrEqual(granted);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('the status adds up, and shows times that people can read', () => {
  const { state } = new Desk().hear(batch('a', { ...found(10), inFlight: 3, held: 3, news: WALL }));
  expect(accountStatus('default', state)).toMatchObject({
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
  const desk = new Desk();
  let [largest, reports, items, ticks] = [0, 0, 0, 0];

  beforeAll(() => {
    const draw = random(7);
    let images = 0;
    for (let at = 0; at < DAY_MS; at += TICK_MS) {
      desk.now = START + at;
      const limit = 20 + Math.floor(15 * Math.sin(at / 3_600_000));
      const due = nextTickAt(desk.state, desk.now);
      if (due !== null && due <= desk.now) {
        ticks += 1;
        desk.tick();
      }
      if (at % 3_600_000 === 0 && desk.state.hold !== null) desk.become(resumed(desk.state, desk.now));
      for (let who = 0; who < 20; who += 1) {
        const id = `batch-${who}`;
        const isHere = (Math.floor(at / 1_800_000) + who) % 4 !== 0;
        const grant = desk.grantOf(id);
        if (!isHere && grant === null) continue;
        const permits = grant?.permits ?? 0;
        const others = desk.state.holders.reduce((sum, holder) => sum + (holder.id === id ? 0 : holder.inFlight), 0);
        const inFlight = Math.min(permits, Math.max(0, limit - others));
        const refused = permits - inFlight;
        const news = {
          ...NO_NEWS,
          accepted: inFlight,
          completed: inFlight,
          full: refused === 0 && permits > 0,
          refusals: { concurrency: refused, rate: 0, unclear: 0 },
          walls: draw() < 0.00005 ? { INSUFFICIENT_CREDITS: 1 } : {},
          ...(draw() < 0.00005 ? { outages: 5, outageCode: 'INTERNAL_ERROR', accepted: 0, completed: 0 } : {}),
        };
        items += inFlight;
        const own = { knew: grant?.number ?? 0, paceKnew: grant?.paceChange ?? 0, held: inFlight, inFlight };
        if (isHere && permits === 0 && grant !== null) continue;
        const told = grant?.probe === true ? markAsProbe(news) : news;
        desk.hear(batch(id, { ...own, wants: isHere ? 500 : 0, news: told, leaving: !isHere }));
        reports += 1;
      }
      if (draw() < 0.2) {
        const id = `image-${images}`;
        images += 1;
        desk.hear(askedBy(id));
        if (desk.permits()[id] === 1) {
          desk.hear({ ...askedBy(id), wants: 0, leaving: true, news: { ...NO_NEWS, accepted: 1, completed: 1 } });
        } else desk.become(vanished(desk.state, [id], desk.now));
        reports += 2;
        items += 1;
      }
      largest = Math.max(largest, JSON.stringify(desk.state).length);
    }
  });

  test('never makes the state larger than a kilobyte a holder', () => {
    expect(desk.state.holders.length).toBeLessThanOrEqual(20);
    expect(largest).toBeLessThan(25_000);
    expect(desk.state.decisions).toHaveLength(20);
  });

  test('makes items, and costs fewer than two grants a report', () => {
    expect(items).toBeGreaterThan(50_000);
    expect(desk.told.length / reports).toBeLessThan(2);
    expect(desk.told.length / items).toBeLessThan(1);
    expect(ticks).toBeLessThan(DAY_MS / 5_000);
  });
});
