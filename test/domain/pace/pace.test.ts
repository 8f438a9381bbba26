/** The rules by which the account's pace is found and kept, one by one. */
import {
  applyPaceReport,
  foundLimits,
  getRate,
  newPace,
  type Pace,
  type Paced,
  type PaceReport,
  withBounds,
} from '../../../workflows/domain/pace/pace';

const FREE = { maxConcurrency: null, maxRate: null } as const;
const NONE = { concurrency: 0, rate: 0, uncoded: 0 } as const;
const START = 1_000_000;

function reportOnce(pace: Pace, changes: Partial<PaceReport>): Paced {
  const quiet = {
    at: START,
    inFlight: 0,
    unanswered: 0,
    accepted: 0,
    refusals: NONE,
    retryAfterMs: null,
    saturated: false,
  };
  return applyPaceReport(pace, { ...quiet, paceSeen: pace.change, ...changes });
}

function reportAll(pace: Pace, ...reports: readonly Partial<PaceReport>[]): Pace {
  return reports.reduce((before, report) => reportOnce(before, report).pace, pace);
}

function holding(concurrency: number, ratePerSecond: number | null = null): Pace {
  return newPace(FREE, { concurrency, ratePerSecond });
}

const concurrency = (count: number): Partial<PaceReport> => ({ refusals: { ...NONE, concurrency: count } });
const rate = (count: number): Partial<PaceReport> => ({ refusals: { ...NONE, rate: count } });
const uncoded = (count: number): Partial<PaceReport> => ({ refusals: { ...NONE, uncoded: count } });
const saturated = (accepted: number): Partial<PaceReport> => ({ accepted, saturated: true });

describe('the search', () => {
  test('starts with four permits and doubles while all are in flight and none is refused', () => {
    let pace = newPace(FREE);
    const sizes = [pace.window.size];
    for (let round = 0; round < 5; round += 1) {
      pace = reportAll(pace, saturated(pace.window.size));
      sizes.push(pace.window.size);
    }
    expect(sizes).toEqual([4, 8, 16, 32, 48, 72]);
    expect(reportOnce(newPace(FREE), saturated(4)).decision).toBe('4 → 8: all were in flight and none was refused');
  });

  test('does not grow what is not used, nor for a holder that has not heard of the last growth', () => {
    const pace = newPace(FREE);
    expect(reportAll(pace, { accepted: 4 })).toMatchObject({ window: { size: 4 }, change: 0 });
    const grown = reportAll(pace, saturated(4));
    expect(reportAll(grown, { ...saturated(1), paceSeen: 0 })).toMatchObject({ window: { size: 8 }, change: 1 });
  });

  test('ends at what was accepted and unfinished, in words', () => {
    const pace = reportAll(newPace({ maxConcurrency: 14, maxRate: null }), saturated(4), saturated(4));
    const { pace: cut, decision } = reportOnce(pace, { ...concurrency(3), accepted: 3, inFlight: 11 });
    expect(decision).toBe('14 → 11: 3 × CONCURRENT_JOBS_EXCEEDED, 11 were in flight');
    expect(cut.window.size).toBe(11);
    expect(foundLimits(cut)).toEqual({ concurrency: 11, ratePerSecond: null });
    expect(foundLimits(pace)).toEqual({ concurrency: null, ratePerSecond: null });
  });

  test('goes below the window before it when jobs that were accepted under that one failed', () => {
    const pace = reportAll(newPace(FREE), saturated(4), saturated(4), saturated(8));
    const cut = reportAll(pace, { ...concurrency(1), inFlight: 30, paceSeen: pace.change - 1 });
    expect([pace.window.size, cut.window.size]).toEqual([32, 12]);
  });
});

describe('submissions that have no answer yet', () => {
  const searching = newPace({ maxConcurrency: 8, maxRate: null });
  const eight = reportAll(searching, saturated(4));

  test('count as accepted where a limit is met', () => {
    const { pace, decision } = reportOnce(eight, { ...concurrency(1), unanswered: 7 });
    expect(decision).toBe('8 → 7: 1 × CONCURRENT_JOBS_EXCEEDED, 0 were in flight and 7 had no answer yet');
    expect(pace).toMatchObject({ window: { size: 7 }, shutOut: 0 });
    expect(reportAll(eight, { ...concurrency(2), inFlight: 4, unanswered: 2 }).window.size).toBe(6);
  });

  test('that are refused later lower the limit by their number, whenever they were sent, and no further', () => {
    const before = eight.change;
    const first = reportAll(eight, { ...concurrency(1), inFlight: 4, unanswered: 3 });
    expect(first.window.size).toBe(7);
    const late = reportOnce(first, { ...concurrency(2), inFlight: 4, unanswered: 1, paceSeen: before });
    expect(late.decision).toBe('7 → 5: 2 × CONCURRENT_JOBS_EXCEEDED, 4 were in flight and 1 had no answer yet');
    const last = reportAll(late.pace, { ...concurrency(1), inFlight: 4, paceSeen: before });
    expect(last.window.size).toBe(4);
    expect(reportOnce(last, { ...concurrency(9), inFlight: 4, paceSeen: before })).toMatchObject({
      decision: null,
      pace: { window: { size: 4 } },
    });
  });

  test('and are refused by holders that have heard of the cut never take what was accepted', () => {
    let pace = reportAll(eight, { ...concurrency(1), inFlight: 4, unanswered: 3 });
    for (const unanswered of [2, 1, 0]) pace = reportAll(pace, { ...concurrency(1), inFlight: 4, unanswered });
    expect(pace.window.size).toBe(4);
  });

  test('and were sent beyond the window, before it was lowered again, say nothing of it', () => {
    const before = eight.change;
    const first = reportAll(eight, { ...concurrency(1), inFlight: 4, unanswered: 3 });
    const late = reportAll(first, { ...concurrency(3), inFlight: 4, paceSeen: before });
    const beyond = reportOnce(late, { ...concurrency(3), inFlight: 4 });
    expect(beyond).toMatchObject({ decision: null, pace: { window: { size: 4 }, change: late.change } });
    expect(reportAll(beyond.pace, { ...concurrency(1), inFlight: 4 }).window.size).toBe(3);
  });

  test('and are accepted later are not doubted any more', () => {
    const before = eight.change;
    const first = reportAll(eight, { ...concurrency(1), inFlight: 4, unanswered: 3 });
    const accepted = reportAll(first, { accepted: 3, inFlight: 7 });
    expect(reportOnce(accepted, { ...concurrency(1), inFlight: 6, paceSeen: before }).decision).toBeNull();
  });

  test('do not make a limit that is held look as if it had fallen', () => {
    const probing = reportAll(holding(100), saturated(20));
    expect(reportAll(probing, { ...concurrency(1), accepted: 3, inFlight: 60, unanswered: 40 }).window.size).toBe(100);
  });

  test('are no permits that are left, when a refusal has no code', () => {
    const refused = { ...uncoded(1), inFlight: 4, unanswered: 15 };
    expect(reportOnce(holding(20, 5), refused).decision).toContain('1 × CONCURRENT_JOBS_EXCEEDED');
    expect(reportOnce(holding(20, 5), { ...refused, unanswered: 5 }).decision).toContain('1 × RATE_LIMIT_EXCEEDED');
  });
});

describe('a cut', () => {
  test('happens once per round trip', () => {
    const before = reportAll(holding(20), saturated(20));
    const cut = reportAll(before, { ...concurrency(2), inFlight: 20 });
    expect(cut).toMatchObject({ window: { size: 20 }, cut: cut.change });
    const late = reportOnce(cut, { ...concurrency(9), inFlight: 11, paceSeen: before.change });
    expect(late.decision).toBeNull();
    expect(late.pace).toMatchObject({ window: { size: 20 }, change: cut.change });
    expect(reportAll(cut, { ...concurrency(9), inFlight: 11 }).window.size).toBeLessThan(20);
  });

  test('once per round trip holds for the rate too', () => {
    const cut = reportAll(holding(20, 10), rate(1));
    expect(getRate(cut)).toBeCloseTo(8.5);
    expect(getRate(reportAll(cut, { ...rate(1), paceSeen: 0 }))).toBe(getRate(cut));
    expect(getRate(reportAll(cut, { ...rate(1), at: START + 900 }))).toBeLessThan(8);
  });

  test('of the rate is not followed by another for what had waited for its turn at the old rate', () => {
    const cut = reportAll(holding(20, 10), rate(1));
    const late = reportOnce(cut, { ...rate(3), at: START + 700, retryAfterMs: 2_000 });
    expect(late).toMatchObject({ decision: null, pace: { change: cut.change, restUntil: START + 2_700 } });
    expect(getRate(late.pace)).toBe(getRate(cut));
  });

  test('leaves one permit, whatever is refused', () => {
    let pace = holding(3);
    for (let round = 0; round < 10; round += 1) pace = reportAll(pace, { ...concurrency(5), inFlight: 0 });
    expect(pace.window).toMatchObject({ size: 1, base: 1 });
    expect(pace.window.size).toBe(1);
  });

  test('goes to what is in flight when the limit fell, and below when nothing is accepted any more', () => {
    const fallen = reportAll(holding(100), { ...concurrency(3), accepted: 5, inFlight: 60 });
    expect(fallen.window).toMatchObject({ size: 60, step: 15 });
    expect(reportAll(fallen, { ...concurrency(6), inFlight: 50 }).window.size).toBe(44);
    expect(reportAll(fallen, { ...concurrency(40), inFlight: 48 }).window.size).toBe(36);
  });

  test('that did not go far enough is followed by one that takes as many as were refused', () => {
    const cut = reportAll(holding(20), { ...concurrency(1), accepted: 1, inFlight: 19 });
    expect(cut.window.size).toBe(19);
    expect(reportAll(cut, { ...concurrency(3), accepted: 5, inFlight: 19 }).window.size).toBe(16);
    expect(reportAll(cut, { ...concurrency(3), accepted: 50, inFlight: 19 }).window.size).toBe(18);
  });
});

describe('a probe', () => {
  test('adds one permit after twenty accepted submissions, and is taken back alone when it is refused', () => {
    const waiting = reportAll(holding(10), saturated(19));
    expect(waiting.window.size).toBe(10);
    const probing = reportAll(waiting, saturated(1));
    expect(probing.window.size).toBe(11);
    expect(reportAll(probing, { ...concurrency(1), accepted: 3, inFlight: 9 }).window.size).toBe(10);
  });

  test('waits twice as long after each refusal, but never longer than for 120 accepted submissions', () => {
    let pace = holding(10);
    const waits: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      waits.push(pace.window.wait);
      pace = reportAll(pace, saturated(pace.window.wait), { ...concurrency(1), accepted: 1, inFlight: 10 });
    }
    expect(waits).toEqual([20, 40, 80, 120, 120]);
  });

  test('that succeeds is followed by larger ones, sooner, and then by a search', () => {
    let pace = reportAll(holding(20), saturated(20));
    const sizes = [pace.window.size];
    while (!pace.window.searching) {
      pace = reportAll(pace, saturated(pace.window.wait));
      sizes.push(pace.window.size);
    }
    expect(sizes).toEqual([21, 23, 27, 35]);
    expect(reportAll(pace, saturated(1)).window.size).toBe(53);
  });

  test('is due after five minutes, however few jobs ended', () => {
    const cut = reportAll(holding(3), { ...concurrency(1), accepted: 1, inFlight: 2 });
    expect(reportAll(cut, { ...saturated(1), at: START + 299_000 }).window.size).toBe(2);
    expect(reportAll(cut, { ...saturated(1), at: START + 300_000 }).window.size).toBe(3);
  });
});

describe('a refusal without a code', () => {
  const seen = (seconds: number, accepted: number, inFlight: number): Partial<PaceReport> => ({
    ...uncoded(1),
    at: START + seconds * 1_000,
    accepted,
    inFlight,
  });

  test('is the rate when the speed was the same with other numbers in flight', () => {
    const pace = reportAll(newPace(FREE), seen(0, 4, 4), seen(4, 40, 14));
    const { pace: slowed, decision } = reportOnce(pace, seen(8, 41, 22));
    expect(decision).toBe('no rate → 10.3/s: 1 × RATE_LIMIT_EXCEEDED, 22 were in flight');
    expect(slowed.window.size).toBe(pace.window.size);
  });

  test('is the concurrency when as many were in flight as before, or the speed was another', () => {
    const pace = reportAll(newPace(FREE), seen(0, 4, 4), seen(4, 40, 14));
    expect(reportOnce(pace, seen(8, 41, 15)).decision).toContain('CONCURRENT_JOBS_EXCEEDED');
    expect(reportOnce(pace, seen(8, 80, 22)).decision).toContain('CONCURRENT_JOBS_EXCEEDED');
    // One submission in a tenth of a second is no speed.
    expect(reportOnce(pace, seen(4.1, 1, 22)).decision).toContain('CONCURRENT_JOBS_EXCEEDED');
  });

  test('is the rate, once one is known, while permits are left', () => {
    expect(reportOnce(holding(20, 5), { ...uncoded(1), inFlight: 10 }).decision).toContain('1 × RATE_LIMIT_EXCEEDED');
    expect(reportOnce(holding(20, 5), { ...uncoded(1), inFlight: 19 }).decision).toContain(
      '1 × CONCURRENT_JOBS_EXCEEDED',
    );
  });
});

describe('Retry-After', () => {
  test('of the rate limit holds the whole account', () => {
    const { pace, decision } = reportOnce(holding(20, 10), { ...rate(1), retryAfterMs: 2_000 });
    expect(decision).toContain('; rest of 2 s');
    expect(pace).toMatchObject({ restUntil: START + 2_000, window: { size: 20 } });
  });

  test('is not shortened by a later, shorter one', () => {
    const pace = reportAll(holding(20, 10), { ...rate(1), retryAfterMs: 9_000 }, { ...rate(1), retryAfterMs: 1_000 });
    expect(pace.restUntil).toBe(START + 9_000);
  });

  test('of the concurrency limit holds nobody while jobs are accepted, since their end is what is waited for', () => {
    const asked = { ...concurrency(1), inFlight: 12, retryAfterMs: 30_000 };
    const accepting = reportAll(holding(12), { ...asked, accepted: 3 });
    expect(accepting.restUntil).toBeNull();
    expect(reportAll(accepting, asked).restUntil).toBe(START + 30_000);
  });

  test('when others hold every place, rests become longer without being asked for', () => {
    let pace = holding(1);
    const rests: (number | null)[] = [];
    for (let round = 0; round < 8; round += 1) {
      pace = reportAll({ ...pace, restUntil: null }, concurrency(1));
      rests.push(pace.restUntil === null ? null : pace.restUntil - START);
    }
    expect(rests).toEqual([2_000, 3_200, 5_120, 8_192, 13_107, 20_972, 30_000, 30_000]);
    expect(reportAll(pace, { accepted: 1 }, { ...concurrency(1), inFlight: 1 }).shutOut).toBe(0);
    expect(reportAll(pace, saturated(1), saturated(1)).window.size).toBe(3);
    expect(reportAll(holding(5), { ...concurrency(1), accepted: 2 }).restUntil).toBeNull();
  });
});

describe('the rate', () => {
  const refusedAt = (seconds: number, accepted: number): Partial<PaceReport> => ({
    ...rate(1),
    at: START + seconds * 1_000,
    accepted,
  });

  test('is unknown, and no burst is bounded, until it is refused', () => {
    const pace = newPace(FREE);
    expect(getRate(pace)).toBeNull();
  });

  test('is guessed from the beginning with a burst of one second, and then measured between two refusals', () => {
    const guessed = reportAll(newPace(FREE), saturated(4), refusedAt(1, 16));
    expect(getRate(guessed)).toBeCloseTo(10);
    const measured = reportAll(guessed, refusedAt(11, 95));
    expect(getRate(measured)).toBeCloseTo(9.55 * 0.997);
  });

  test('is not taken from a span that is too short', () => {
    const guessed = reportAll(newPace(FREE), saturated(4), refusedAt(1, 16));
    expect(getRate(reportAll(guessed, refusedAt(1.9, 20)))).toBeCloseTo(8.5, 1);
    expect(getRate(reportAll(guessed, refusedAt(9, 3)))).toBeCloseTo(8.5, 1);
  });

  test('is not guessed from a span that is long past', () => {
    const idle = reportAll(newPace(FREE), saturated(4), { at: START + 20_000 });
    expect(getRate(reportAll(idle, refusedAt(21, 30)))).toBeCloseTo(15);
  });

  test('runs upwards after a minute and a half, however slow it is', () => {
    const calm = reportAll(holding(20, 0.5), { accepted: 50 });
    expect(getRate(reportAll(calm, { accepted: 10 }))).toBeGreaterThan(0.53);
  });

  test('is met half way when it was far above the measurement, since the bucket had filled', () => {
    const begun = holding(20, 30);
    const pace = { ...begun, rate: { ...begun.rate, since: START } };
    expect(getRate(reportAll(pace, refusedAt(10, 100)))).toBeCloseTo(20, 0);
  });

  test('creeps upwards while it is what holds us back, and not while permits are', () => {
    expect(getRate(reportAll(holding(20, 10), { accepted: 100 }))).toBeCloseTo(10.1, 2);
    expect(getRate(reportAll(holding(20, 10), saturated(100)))).toBe(10);
    expect(getRate(reportAll(holding(20, 10), { ...concurrency(1), accepted: 100, inFlight: 20 }))).toBe(10);
  });

  test('runs upwards after a long calm: five times in two minutes', () => {
    let pace = holding(100, 10);
    for (let second = 0; second < 120; second += 1)
      pace = reportAll(pace, { accepted: Math.round(getRate(pace) ?? 0) });
    expect(getRate(pace)).toBeGreaterThan(50);
  });

  test('never falls to nothing', () => {
    let pace = holding(20, 1);
    for (let round = 0; round < 100; round += 1) pace = reportAll(pace, refusedAt(round, 0));
    expect(getRate(pace)).toBe(0.1);
    expect(getRate(reportAll(newPace(FREE), rate(1)))).toBe(1);
  });
});

describe('upper bounds', () => {
  test('are not passed by growth', () => {
    const pace = reportAll(newPace({ maxConcurrency: 5, maxRate: 2 }), saturated(4), saturated(5), { accepted: 1_000 });
    expect([pace.window.size, getRate(pace)]).toEqual([5, 2]);
  });

  test('are not passed by probes', () => {
    const probing = reportAll(withBounds(holding(4), { maxConcurrency: 6, maxRate: null }), saturated(20));
    expect([probing, reportAll(probing, saturated(20))].map(({ window }) => window.size)).toEqual([5, 6]);
  });

  test('are not passed by what is remembered', () => {
    const pace = newPace({ maxConcurrency: 5, maxRate: 2 }, { concurrency: 50, ratePerSecond: 20 });
    expect([pace.window.size, getRate(pace)]).toEqual([5, 2]);
  });

  test('hold at once when they are lowered, and are a change that holders hear of', () => {
    const pace = withBounds(holding(50, 20), { maxConcurrency: 3, maxRate: 1 });
    expect([pace.window.size, getRate(pace), pace.change]).toEqual([3, 1, 1]);
  });

  test('that are lifted give back what was found before them, in one step or in several', () => {
    const none = withBounds(withBounds(holding(50, 20), { maxConcurrency: 3, maxRate: 1 }), FREE);
    expect([none.window.size, getRate(none)]).toEqual([50, 20]);
    const twice = withBounds(holding(50, 20), { maxConcurrency: 3, maxRate: 1 });
    const higher = withBounds(twice, { maxConcurrency: 9, maxRate: 4 });
    expect([higher.window.size, getRate(higher)]).toEqual([9, 4]);
    expect(foundLimits(higher)).toEqual({ concurrency: 50, ratePerSecond: 20 });
    expect(withBounds(higher, FREE).window.size).toBe(50);
  });

  test('that are lifted leave no rate where none was found', () => {
    const bounded = withBounds(holding(50), { maxConcurrency: null, maxRate: 1 });
    expect([getRate(bounded), foundLimits(bounded).ratePerSecond]).toEqual([1, null]);
    expect(getRate(withBounds(bounded, FREE))).toBeNull();
  });

  test('that are lifted give nothing back that a refusal has shown to be too much', () => {
    const bounded = withBounds(holding(50), { maxConcurrency: 10, maxRate: null });
    const cut = reportAll(bounded, { ...concurrency(3), inFlight: 7 });
    expect(withBounds(cut, FREE).window.size).toBe(cut.window.size);
  });

  test('that are lifted let the limit be looked for again', () => {
    const lifted = withBounds(newPace({ maxConcurrency: 2, maxRate: null }), FREE);
    expect(reportAll(lifted, saturated(2)).window.size).toBe(4);
  });
});

test('survives being written down', () => {
  const pace = reportAll(
    newPace(FREE),
    saturated(4),
    { ...uncoded(1), inFlight: 5 },
    { ...rate(1), retryAfterMs: 1_000 },
  );
  expect(JSON.parse(JSON.stringify(pace))).toEqual(pace);
});
