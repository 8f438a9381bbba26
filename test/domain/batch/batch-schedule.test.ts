/** The coordinator's decisions, under every order of events that pages and the governor can bring about. */
import fc from 'fast-check';
import { applyPageReport } from '../../../workflows/domain/batch/apply-reports';
import { toHolderReport } from '../../../workflows/domain/batch/holder-report';
import { EMPTY_TALLY } from '../../../workflows/domain/batch/tally';
import { NO_BUDGET } from '../../../workflows/domain/money/spending';
import { BatchModel, type ModelOptions, type ModelPage, PRICE } from '../../batch/schedule-model';

type Event =
  | { readonly on: 'begin' | 'report' | 'arrive' | 'lease-report' | 'die'; readonly page: number }
  | { readonly on: 'end' | 'fail' | 'refuse' | 'hear'; readonly page: number; readonly count: number }
  | { readonly on: 'concurrency'; readonly jobs: number | null }
  | { readonly on: 'grant'; readonly permits: number }
  | { readonly on: 'obey'; readonly index: number }
  | { readonly on: 'budget'; readonly more: number }
  | { readonly on: 'consult' | 'pause' | 'resume' | 'cancel' };

const page = fc.nat({ max: 20 });
const events: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.record({ on: fc.constantFrom('begin' as const, 'report', 'arrive', 'lease-report'), page }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      on: fc.constantFrom('end' as const, 'fail', 'refuse', 'hear'),
      page,
      count: fc.nat({ max: 9 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ on: fc.constant('die' as const), page }) },
  {
    weight: 2,
    arbitrary: fc.record({ on: fc.constant('concurrency' as const), jobs: fc.option(fc.integer({ min: 1, max: 30 })) }),
  },
  { weight: 3, arbitrary: fc.record({ on: fc.constant('grant' as const), permits: fc.nat({ max: 30 }) }) },
  { weight: 3, arbitrary: fc.record({ on: fc.constant('obey' as const), index: fc.nat({ max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ on: fc.constant('budget' as const), more: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ on: fc.constant('consult' as const) }) },
  { weight: 1, arbitrary: fc.record({ on: fc.constantFrom('pause' as const, 'resume', 'cancel') }) },
);
const budgets = fc.oneof(
  fc.constant(NO_BUDGET),
  fc.record({
    submissions: fc.option(fc.nat({ max: 60 })),
    cost: fc.option(fc.nat({ max: 60 }).map((tenths) => tenths * PRICE)),
    duplicates: fc.constant(0),
  }),
);
const lives = fc.record({
  options: fc.record({
    parts: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }),
    concurrency: fc.option(fc.integer({ min: 1, max: 30 })),
    permits: fc.nat({ max: 30 }),
    budget: budgets,
  }),
  script: fc.array(events, { maxLength: 120 }),
});
/** A life has some fifty events, and each property plays its own lives. */
const RUNS = { numRuns: process.env['FULL_TESTS'] ? 1_000 : 300 };

function play(model: BatchModel, event: Event): void {
  if (event.on === 'begin') model.page(event.page)?.begin();
  if (event.on === 'end') model.page(event.page)?.end(event.count);
  if (event.on === 'fail') model.page(event.page)?.fail(event.count);
  if (event.on === 'refuse') model.page(event.page)?.refuse(event.count);
  if (event.on === 'hear') model.page(event.page)?.receive(event.count);
  if (event.on === 'report') model.page(event.page)?.send();
  if (event.on === 'arrive') model.receive(model.page(event.page));
  if (event.on === 'lease-report') passLeaseReport(model, model.page(event.page));
  if (event.on === 'die') model.kill(model.page(event.page));
  if (event.on === 'concurrency') model.set({ concurrency: event.jobs });
  if (event.on === 'grant') model.grant(event.permits);
  if (event.on === 'obey') model.applyGrant(event.index);
  if (event.on === 'budget') raiseBudget(model, event.more);
  if (event.on === 'consult') model.consult();
  if (event.on === 'pause') model.set({ control: 'paused' });
  if (event.on === 'resume') model.set({ control: 'running' });
  if (event.on === 'cancel') model.set({ control: 'cancelling' });
}

/** The one that is on its way arrives, or the next one is sent. */
function passLeaseReport(model: BatchModel, open: ModelPage | undefined): void {
  if (open?.leaseReport == null) open?.sendLeaseReport();
  else model.receiveLeaseReport(open);
}

function raiseBudget(model: BatchModel, more: number): void {
  const { submissions, cost } = model.schedule.budget;
  const raised = {
    submissions: submissions === null ? null : submissions + more,
    cost: cost === null ? null : cost + more * PRICE,
    duplicates: 0,
  };
  model.set({ budget: raised });
}

function started(options: ModelOptions): BatchModel {
  const model = new BatchModel(options);
  model.decide();
  model.grant(options.permits);
  model.applyGrant(0);
  return model;
}

/** The model itself throws where a permit is given out twice, or too much is spent. */
function played({
  options,
  script,
}: {
  readonly options: ModelOptions;
  readonly script: readonly Event[];
}): BatchModel {
  const model = started(options);
  for (const event of script) {
    play(model, event);
    model.check();
  }
  return model;
}

function rollOver(model: BatchModel): void {
  if (model.schedule.control === 'paused') model.set({ control: 'running' });
  model.grant(Math.max(1, model.schedule.grant?.permits ?? 1));
}

/** Nothing more is done to it from outside, but that it gets a budget if it has none left. */
function toItsEnd(model: BatchModel): void {
  rollOver(model);
  for (let round = 1; round <= 1_000; round += 1) {
    model.settle();
    for (const open of model.pages.values()) open.begin();
    for (const open of model.pages.values()) open.end(Number.POSITIVE_INFINITY);
    model.settle();
    model.check();
    if (model.finished) return;
    if (model.outOfBudget) model.set({ budget: NO_BUDGET });
  }
  throw new Error('it does not end');
}

test('no permit is given twice, no budget is passed, and the counts add up, at every moment', () => {
  fc.assert(
    fc.property(lives, (life) => void played(life)),
    RUNS,
  );
});

test('whatever happened, a batch ends with every part opened at most once and no item open', () => {
  fc.assert(
    fc.property(lives, (life) => {
      const model = played(life);
      toItsEnd(model);
      expect(new Set(model.opened).size).toBe(model.opened.length);
      expect(model.counts).toMatchObject({ waiting: 0, running: 0, retrying: 0 });
    }),
    RUNS,
  );
});

test('without deaths and cancellation every part is opened exactly once, in order, and every item succeeds', () => {
  fc.assert(
    fc.property(lives, (life) => {
      const kind = life.script.filter(({ on }) => on !== 'die' && on !== 'cancel');
      const model = played({ ...life, script: kind });
      toItsEnd(model);
      expect(model.opened).toEqual(life.options.parts.map((_, part) => part));
      expect(model.counts.succeeded).toBe(life.options.parts.reduce((sum, size) => sum + size, 0));
    }),
    RUNS,
  );
});

test('once all is reported, no permit lies idle while an item could use it, but with a page that can pay for some of its own', () => {
  fc.assert(
    fc.property(lives, (life) => {
      const model = played(life);
      rollOver(model);
      model.settle();
      const { schedule, inUse, limit } = model;
      const isServed = model.isAllOpen && [...model.pages.values()].every((open) => open.isServed);
      expect(schedule.control === 'cancelling' || inUse >= limit || isServed).toBe(true);
    }),
    RUNS,
  );
});

test('once all is reported, a page that met the limit has a newer grant, and every page has the newest', () => {
  fc.assert(
    fc.property(lives, (life) => {
      const model = played(life);
      model.settle();
      for (const open of model.pages.values()) {
        const known = model.schedule.open.find(({ part }) => part === open.part);
        expect({ frozen: open.frozen, number: open.grant.number }).toEqual({
          frozen: 0,
          number: known?.lastGrant?.number,
        });
      }
    }),
    RUNS,
  );
});

test('permits that were taken back and are wanted again are given at once to those who still have the jobs', () => {
  const model = started({ parts: [6, 6], permits: 8 });
  for (const open of model.pages.values()) open.begin();
  model.set({ control: 'paused' });
  model.set({ control: 'running' });
  expect(model.schedule.open.map(({ permits }) => permits)).toEqual([6, 2]);
});

test('a page that cannot pay leaves its permits to one that can', () => {
  const model = started({ parts: [3, 3], permits: 6, budget: { submissions: 5, cost: null, duplicates: 0 } });
  model.set({ concurrency: 1 });
  model.settle();
  for (let job = 0; job < 3; job += 1) {
    model.page(0)?.begin();
    model.page(0)?.fail(1);
  }
  model.settle();
  model.page(1)?.begin();
  expect(model.page(1)).toMatchObject({ running: 1 });
});

test('a raised budget is no reason to pause before the page has answered', () => {
  const model = started({ parts: [3], permits: 3, budget: { submissions: 1, cost: null, duplicates: 0 } });
  model.page(0)?.begin();
  model.page(0)?.fail(1);
  model.settle();
  expect(model.outOfBudget).toBe(true);
  model.set({ budget: { submissions: 2, cost: null, duplicates: 0 } });
  expect(model.outOfBudget).toBe(false);
});

test('the newest pages give permits back first, and only as many as are too much', () => {
  const model = started({ parts: [4, 4, 4], permits: 12 });
  model.set({ concurrency: 6 });
  expect(model.schedule.open.map(({ permits }) => permits)).toEqual([4, 2, 0]);
});

test('before the first word of the governor nothing is opened', () => {
  const model = new BatchModel({ parts: [5], permits: 5 });
  model.decide();
  expect(model.opened).toEqual([]);
});

test('a page that was cut is believed to hold what it had until it says otherwise', () => {
  const model = started({ parts: [10, 10, 10], permits: 20 });
  for (const open of model.pages.values()) open.begin();
  model.set({ concurrency: 10 });
  const first = model.page(0);
  first?.end(10);
  first?.send();
  model.receive(first);
  expect(model.opened).toEqual([0, 1]);
});

describe('a batch whose item goes ahead while others are in progress', () => {
  const HELD = { code: 'INSUFFICIENT_CREDITS', since: '', until: null, cause: null, remedy: '' };

  /** Two pages of three rows with all of their items in progress but one of the second, and perhaps a third unopened. */
  function ahead(parts: readonly number[], concurrency: number | null = null): BatchModel {
    const model = started({ parts, permits: 5, concurrency });
    for (const open of model.pages.values()) open.begin();
    model.settle();
    model.grant(0, { hold: HELD });
    model.settle();
    return model;
  }

  const listPermits = ({ schedule }: BatchModel) => schedule.open.map(({ permits }) => permits);

  test('has it sent by a page with an item that is not in progress', () => {
    const model = ahead([3, 3]);
    model.grant(1, { probe: true });
    model.settle();
    expect(listPermits(model)).toEqual([0, 1]);
  });

  test('opens a page for it where none has one', () => {
    const model = ahead([3, 2, 3]);
    model.grant(1, { probe: true });
    model.applyGrant(0);
    expect(model.opened).toEqual([0, 1, 2]);
    expect(listPermits(model)).toEqual([0, 0, 1]);
  });

  test.each([
    ['has all of its items under way', [3, 2], null],
    ['has as many under way as its caller wants', [3, 3], 5],
  ])('wants nothing as long as it %s, so that another holder sends one', (_, parts, concurrency) => {
    const model = ahead(parts, concurrency);
    expect(toHolderReport(model.schedule, false)).toMatchObject({ wants: 0, held: 5 });
    model.grant(1, { probe: true });
    model.applyGrant(0);
    expect(listPermits(model)).toEqual([0, 0]);
    expect(toHolderReport(model.schedule, false).wants).toBe(0);
  });

  test('has it sent by another page when the first gives the permit back', () => {
    const model = ahead([3, 3, 3]);
    model.grant(1, { probe: true });
    model.settle();
    const second = model.page(1);
    expect(listPermits(model)).toEqual([0, 1]);
    if (second !== undefined)
      model.schedule = applyPageReport(model.schedule, {
        ...second.saysNow(),
        permits: 0,
        held: 3,
        tally: saturated(3),
      });
    model.decide();
    expect(listPermits(model)).toEqual([0, 0, 1]);
  });

  function saturated(running: number) {
    return { ...EMPTY_TALLY, counts: { ...EMPTY_TALLY.counts, running } };
  }
});

test('a report of a page that is closed changes nothing', () => {
  const model = started({ parts: [5], permits: 5 });
  const open = model.page(0);
  open?.send();
  const late = open?.report;
  model.kill(open);
  const { schedule } = model;
  if (open && late) {
    open.report = late;
    model.receive(open);
  }
  expect(model.schedule).toEqual(schedule);
});

describe('a million items in 4,000 pages', () => {
  const PARTS = 4_000;
  const SIZE = 250;
  let model: BatchModel;
  let largestState = 0;
  let mostOpen = 0;

  beforeAll(() => {
    model = started({ parts: Array.from({ length: PARTS }, () => SIZE), permits: 500 });
    for (let tick = 0; !model.finished && tick < 1_000_000; tick += 1) {
      for (const open of [...model.pages.values()]) {
        while (open.inbox.length > 0) open.receive(0);
        open.begin();
        open.end(1 + Math.floor(open.running * (0.1 + ((tick * 7 + open.part * 13) % 10) / 20)));
        open.send();
        model.receive(open);
      }
      mostOpen = Math.max(mostOpen, model.pages.size);
      if (tick % 50 === 0) largestState = Math.max(largestState, JSON.stringify(model.schedule).length);
    }
  });

  test('end, every one of them counted', () => {
    expect(model.finished).toBe(true);
    expect(model.counts.succeeded).toBe(PARTS * SIZE);
  });

  test('take at most a dozen commands a page, and one decision a report', () => {
    expect(model.commands / PARTS).toBeLessThanOrEqual(12);
    expect(model.decisions / PARTS).toBeLessThanOrEqual(40);
  });

  test('never make the state larger than half a megabyte, nor more than a few pages open', () => {
    expect(largestState).toBeLessThan(500_000);
    expect(mostOpen).toBeLessThanOrEqual(20);
  });
});
