/** Hidden limits found and held, in simulated time over many seeds: nothing here is timed by the machine. */
import { type Outcome, type Scenario, type Step, simulate } from './pace-simulation';

const SEEDS = [1, 2, 3, 4, 5, 6];
/** Late by this share of a job's time at most: with callbacks, and by polling alone. */
const PROMPT = 0.02;
const LATE = 0.25;

type Unseeded = Omit<Scenario, 'seed'>;
type Figure = (outcome: Outcome) => number;

const stretch: Figure = (outcome) => outcome.stretch;
const used: Figure = (outcome) => outcome.used;
const throttled: Figure = (outcome) => outcome.throttled;
const throttledLater: Figure = (outcome) => outcome.throttledLater;

function runs(scenario: Unseeded): readonly Outcome[] {
  return SEEDS.map((seed) => simulate({ seed, ...scenario }));
}

function mean(outcomes: readonly Outcome[], figure: Figure): number {
  return outcomes.reduce((sum, outcome) => sum + figure(outcome), 0) / outcomes.length;
}

function most(outcomes: readonly Outcome[], figure: Figure): number {
  return Math.max(...outcomes.map(figure));
}

function least(outcomes: readonly Outcome[], figure: Figure): number {
  return Math.min(...outcomes.map(figure));
}

function steady(limit: number): readonly Step[] {
  return [{ atMs: 0, limit }];
}

function told(window: number, ratePerSecond: number | null = null): Pick<Scenario, 'told'> {
  return { told: { window, ratePerSecond } };
}

const LONG = { items: 100_000, untilMs: 300_000 } as const;

describe.each([1, 4, 12, 40, 100])('a concurrency limit of %i', (limit) => {
  const steps = steady(limit);

  test('is used, at the price of a few refusals', () => {
    const long = runs({ ...LONG, steps, untilMs: limit === 1 ? 1_500_000 : LONG.untilMs });
    expect(least(long, used)).toBeGreaterThan(0.985);
    expect(mean(long, throttledLater)).toBeLessThan(0.01);
    expect(mean(long, throttledLater)).toBeGreaterThan(0.001);
    expect(most(long, throttledLater)).toBeLessThan(0.012);
    expect(most(runs({ items: 500, steps }), throttled)).toBeLessThan(0.05);
  });

  test('takes little longer to discover than to be given', () => {
    const [ours, theirs] = [runs({ items: 1_000, steps }), runs({ items: 1_000, steps, ...told(limit) })];
    expect(mean(ours, stretch)).toBeLessThan(mean(theirs, stretch) + (limit === 100 ? 0.06 : 0.01));
    if (limit <= 12) expect(most(ours, stretch)).toBeLessThan(1.05);
  });

  test('is used no less than by a script that knows it when finished jobs are noticed late', () => {
    const late = { steps, notice: LATE };
    const [ours, theirs] = [runs({ ...LONG, ...late }), runs({ ...LONG, ...late, ...told(limit) })];
    const gain = { 1: -0.003, 4: -0.003, 12: 0, 40: 0.005, 100: 0.03 }[limit] ?? 0;
    expect(mean(ours, used)).toBeGreaterThan(mean(theirs, used) + gain);
    expect(mean(ours, throttledLater)).toBeLessThan(limit === 1 ? 0.025 : 0.012);
  });

  test('is started from when it is remembered', () => {
    const remembered = { concurrency: limit, ratePerSecond: null };
    const [ours, theirs] = [runs({ items: 1_000, steps, remembered }), runs({ items: 1_000, steps, ...told(limit) })];
    expect(mean(ours, stretch)).toBeLessThan(mean(theirs, stretch) + 0.005);
    expect(most(ours, throttled)).toBeLessThan(0.02);
  });
});

test.each([
  [6, 3_000],
  [12, 200],
  [40, 50],
  [100, 200],
])('a concurrency limit of %i is found although submissions are answered only after %i ms', (limit, answerMs) => {
  for (const { samples, decisions } of runs({ ...LONG, steps: steady(limit), medianMs: 5_000, answerMs })) {
    const met = decisions.findIndex((words) => words.includes('CONCURRENT_JOBS_EXCEEDED'));
    const sizes = decisions.slice(met).map((words) => Number(/→ (\d+):/.exec(words)?.[1]));
    expect(met).toBeGreaterThan(0);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(Math.floor(limit * 0.9));
    expect(samples.at(-1)?.window).toBeLessThanOrEqual(limit * 1.2);
  }
});

describe.each([
  // A rest of a whole second is dear where two submissions a second are all there is.
  [2, false, 0.955, 0.01, 1.05],
  [2, true, 0.925, 0.0125, 1.08],
  [10, false, 0.955, 0.01, 1.05],
  [10, true, 0.955, 0.01, 1.05],
])('a rate limit of %i/s (Retry-After: %p)', (ratePerSecond, retryAfter, leastUse, mostThrottled, mostStretch) => {
  const limited = { ratePerSecond, retryAfter };

  test('is used, at the price of a few refusals', () => {
    for (const notice of [PROMPT, LATE]) {
      const long = runs({ ...LONG, ...limited, notice });
      const usedUp: Figure = ({ accepted }) => accepted / (ratePerSecond * (LONG.untilMs / 1_000));
      expect(least(long, usedUp)).toBeGreaterThan(leastUse);
      expect(most(long, throttledLater)).toBeLessThan(mostThrottled);
      expect(most(runs({ items: 500, ...limited, notice }), throttled)).toBeLessThan(0.02);
    }
  });

  test('is found although others had used up what was saved, so that the first guess was too low', () => {
    const long = runs({ ...LONG, ...limited, emptied: true });
    const usedUp: Figure = ({ accepted }) => accepted / (ratePerSecond * (LONG.untilMs / 1_000));
    expect(least(long, usedUp)).toBeGreaterThan(0.8);
  });

  test('takes little longer to discover than to be given', () => {
    const ours = runs({ items: 1_000, ...limited });
    expect(most(ours, stretch)).toBeLessThan(mostStretch);
    expect(mean(ours, stretch)).toBeLessThan(
      mean(runs({ items: 1_000, ...limited, ...told(1_000, ratePerSecond) }), stretch) + mostStretch - 1.03,
    );
  });

  test('does not make the window grow without meaning', () => {
    expect(most(runs({ ...LONG, ...limited }), ({ pace }) => pace.window.size)).toBeLessThan(ratePerSecond * 6);
  });
});

describe('small limits, over twenty seeds', () => {
  const seeds = Array.from({ length: 20 }, (_, index) => index + 1);
  const runAll = (scenario: Unseeded) => seeds.map((seed) => simulate({ seed, sigma: 0.4, ...scenario }));

  test('one job in flight costs at most three refusals in a minute, and no time', () => {
    const ours = runAll({ items: 60, steps: steady(1), medianMs: 1_000 });
    expect(most(ours, stretch)).toBeLessThan(1.03);
    expect(most(ours, ({ submissions, accepted }) => submissions - accepted)).toBeLessThanOrEqual(3);
  });

  test.each([false, true])('two submissions a second are used within a minute (Retry-After: %p)', (retryAfter) => {
    const ours = runAll({ items: 140, ratePerSecond: 2, retryAfter });
    expect(mean(ours, ({ accepted, makespanMs }) => accepted / (2 * (makespanMs / 1_000)))).toBeGreaterThan(0.95);
    const long = runAll({ ...LONG, ratePerSecond: 2, retryAfter });
    expect(least(long, ({ accepted }) => accepted / 600)).toBeGreaterThan(0.97);
    expect(mean(long, throttledLater)).toBeLessThan(0.01);
  });
});

describe('a limit that changes', () => {
  /** Seconds from `atMs` until the window is within these bounds. */
  function followed({ samples }: Outcome, atMs: number, from: number, to: number): number {
    const found = samples.find(({ at, window }) => at > atMs && window >= from && window <= to);
    return found === undefined ? Number.POSITIVE_INFINITY : (found.at - atMs) / 1_000;
  }

  const fall = (limit: number): readonly Step[] => [
    { atMs: 0, limit },
    { atMs: 30_000, limit: Math.floor(limit / 5) },
    { atMs: 60_000, limit },
  ];

  test.each([12, 40, 100])('falls from %i to a fifth and is followed as fast as jobs end', (limit) => {
    for (const outcome of runs({ ...LONG, untilMs: 60_000, steps: fall(limit) })) {
      expect(followed(outcome, 30_000, 1, limit / 5 + 1)).toBeLessThan(2.5);
    }
  });

  test.each([
    [12, 45],
    [40, 30],
    [100, 30],
  ])('rises to %i again and is found', (limit, seconds) => {
    for (const outcome of runs({ ...LONG, steps: fall(limit) })) {
      expect(followed(outcome, 60_000, limit * 0.95, 1_000)).toBeLessThan(seconds);
    }
  });

  test.each([
    [4, 20, 70],
    [20, 100, 30],
  ])('rises from %i to %i after a long time and is found', (from, to, seconds) => {
    const steps = [...steady(from), { atMs: 120_000, limit: to }];
    for (const outcome of runs({ ...LONG, steps })) {
      expect(followed(outcome, 120_000, to * 0.95, 1_000)).toBeLessThan(seconds);
    }
  });

  test('falls and rises: most of it is used, at the price of a few refusals', () => {
    for (const limit of [12, 100]) {
      const ours = runs({ ...LONG, steps: fall(limit) });
      expect(mean(ours, used)).toBeGreaterThan(limit === 12 ? 0.87 : 0.9);
      expect(mean(ours, throttledLater)).toBeLessThan(0.03);
    }
  });

  describe('over twenty seeds', () => {
    const seeds = Array.from({ length: 20 }, (_, index) => index + 1);
    const runAll = (scenario: Unseeded) => seeds.map((seed) => simulate({ seed, ...scenario }));

    test('40, then 8 for 25 s, then 40 again: little is lost', () => {
      const steps = [...steady(40), { atMs: 20_000, limit: 8 }, { atMs: 45_000, limit: 40 }];
      const ours = runAll({ items: 1_000, steps, sigma: 0.4 });
      expect(mean(ours, stretch)).toBeLessThan(1.11);
      expect(most(ours, stretch)).toBeLessThan(1.15);
      expect(mean(ours, throttled)).toBeLessThan(0.035);
      // Two job times to find the rise, and the jump.
      for (const outcome of ours) expect(followed(outcome, 45_000, 36, 1_000)).toBeLessThan(8);
    });

    test.each([20, 40, 80])('and few more are refused if answers take %i ms', (answerMs) => {
      const steps = [...steady(40), { atMs: 20_000, limit: 8 }, { atMs: 45_000, limit: 40 }];
      const ours = runAll({ items: 1_000, steps, sigma: 0.4, answerMs });
      expect(mean(ours, stretch)).toBeLessThan(1.12);
      expect(mean(ours, throttled)).toBeLessThan(0.042);
    });

    test('others use half of it every other twenty seconds', () => {
      const bursts = Array.from({ length: 7 }, (_, index) => 30_000 + index * 40_000);
      const steps = bursts.flatMap((atMs) => [
        { atMs, limit: 12 },
        { atMs: atMs + 20_000, limit: 24 },
      ]);
      const ours = runAll({ items: 2_000, steps: [...steady(24), ...steps] });
      expect(mean(ours, stretch)).toBeLessThan(1.07);
      expect(most(ours, stretch)).toBeLessThan(1.12);
      expect(mean(ours, throttled)).toBeLessThan(0.04);
    });

    test('a fall that lasts costs few refusals', () => {
      const ours = runAll({ ...LONG, steps: [...steady(40), { atMs: 30_000, limit: 8 }] });
      expect(mean(ours, throttledLater)).toBeLessThan(0.03);
      for (const { samples } of ours) expect(samples.at(-1)?.window).toBeLessThanOrEqual(10);
    });
  });

  test.each([20, 100])('of %i is found when somebody who held half of it leaves', (limit) => {
    const steps = [...steady(limit / 2), { atMs: 60_000, limit }];
    for (const outcome of runs({ ...LONG, steps })) {
      expect(outcome.throttledLater).toBeLessThan(0.015);
      expect(followed(outcome, 60_000, limit * 0.95, 1_000)).toBeLessThan(60);
    }
  });

  test('is waited for without hammering when others hold every place', () => {
    const steps = [...steady(8), { atMs: 30_000, limit: 0 }, { atMs: 330_000, limit: 8 }];
    for (const outcome of runs({ ...LONG, untilMs: 450_000, steps })) {
      expect(outcome.samples.filter(({ at }) => at > 35_000 && at < 330_000).length).toBeLessThan(90);
      expect(followed(outcome, 330_000, 8, 1_000)).toBeLessThan(45);
      expect(outcome.submissions - outcome.accepted).toBeLessThan(60);
    }
  });
});

describe('other ways to say no', () => {
  test.each([
    [12, 0.1],
    [40, 0.08],
  ])('a limit of %i whose codes arrive as failed jobs', (limit, searched) => {
    const failing = { steps: steady(limit), failsAfterMs: 200 };
    const long = runs({ ...LONG, ...failing });
    expect(least(long, used)).toBeGreaterThan(0.985);
    expect(most(long, throttledLater)).toBeLessThan(0.01);
    expect(mean(runs({ items: 500, ...failing }), throttled)).toBeLessThan(searched);
    const theirs = runs({ items: 1_000, ...failing, ...told(limit) });
    expect(mean(runs({ items: 1_000, ...failing }), stretch)).toBeLessThan(mean(theirs, stretch) + 0.04);
  });

  test('a concurrency limit without codes is found like one with codes', () => {
    const long = runs({ ...LONG, steps: steady(12), coded: false });
    expect(least(long, used)).toBeGreaterThan(0.985);
    expect(most(long, throttledLater)).toBeLessThan(0.012);
    expect(long.every(({ pace }) => pace.rate.perSecond === null)).toBe(true);
  });

  test('a rate limit without codes is recognised and used', () => {
    const long = runs({ ...LONG, ratePerSecond: 10, coded: false });
    expect(least(long, ({ accepted }) => accepted / 3_000)).toBeGreaterThan(0.85);
    expect(mean(long, throttledLater)).toBeLessThan(0.012);
    expect(mean(long, ({ pace }) => (pace.rate.perSecond === null ? 0 : 1))).toBeGreaterThan(0.6);
  });

  test('Retry-After with a concurrency limit costs nothing', () => {
    const long = runs({ ...LONG, steps: steady(40), retryAfter: true });
    expect(least(long, used)).toBeGreaterThan(0.985);
  });

  test('both limits at once: the tighter one is used', () => {
    const long = runs({ ...LONG, steps: steady(12), ratePerSecond: 10 });
    // Twelve places for jobs of 1.57 s on average are 7.6 submissions per second.
    expect(least(long, used)).toBeGreaterThan(0.985);
    expect(most(long, throttledLater)).toBeLessThan(0.012);
  });
});

test('an upper bound is never passed', () => {
  const bounds = { maxConcurrency: 7, maxRate: 3 };
  for (const outcome of runs({ ...LONG, steps: steady(100), bounds })) {
    expect(outcome.maxInFlight).toBeLessThanOrEqual(7);
    expect(outcome.accepted).toBeLessThanOrEqual(3 * 301);
    expect(outcome.accepted).toBeGreaterThan(3 * 295);
    expect(outcome.submissions).toBe(outcome.accepted);
  }
});

test('the governor hears a few reports a minute from a holder, not one for each job', () => {
  for (const { samples, accepted } of runs({ ...LONG, steps: steady(40) })) {
    expect(samples.length).toBeLessThan(accepted * 0.06);
  }
});
