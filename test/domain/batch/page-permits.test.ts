/** Who may have a job in flight on a page, in which order, and when. */
import fc from 'fast-check';
import { PagePermits } from '../../../workflows/domain/batch/page-permits';
import type { PageGrant } from '../../../workflows/domain/batch/page-protocol';
import type { PermitDecision, PermitRequest } from '../../../workflows/domain/item/permits';
import { NO_FEEDBACK, type ProviderFeedback } from '../../../workflows/domain/leases/feedback';
import { NO_PACING } from '../../../workflows/domain/leases/lease';
import { type BillingOutcome, NO_BUDGET, NOTHING_SPENT, type Spending } from '../../../workflows/domain/money/spending';

const THROTTLED: ProviderFeedback = { ...NO_FEEDBACK, refusals: { ...NO_FEEDBACK.refusals, concurrency: 1 } };
const SLOWED: ProviderFeedback = { ...NO_FEEDBACK, refusals: { ...NO_FEEDBACK.refusals, rate: 1 } };
const START = 1_000_000;

function grant(permits: number, more: Partial<PageGrant> = {}): PageGrant {
  return { number: 1, permits, stop: false, allowance: NO_BUDGET, ...NO_PACING, ...more };
}

const submissions = (count: number): Partial<PageGrant> => ({
  allowance: { submissions: count, cost: null, duplicates: 0 },
});

interface TestItem {
  readonly name: string;
  readonly permitRequest: PermitRequest;
  turn: PermitDecision | null;
}

class TestPage {
  now = START;
  readonly order: string[] = [];
  readonly feedback: ProviderFeedback[] = [];
  /** What the page was asked to wake its permits after, in ms. */
  readonly wakes: number[] = [];
  readonly permits: PagePermits;
  /** Requests with a permit, oldest first. */
  readonly open: PermitRequest[] = [];
  private readonly accepted = new Set<PermitRequest>();
  private readonly asked: TestItem[] = [];

  constructor(first: PageGrant, spent: Spending = NOTHING_SPENT) {
    this.permits = new PagePermits({
      spent,
      now: () => this.now,
      wakeIn: (ms) => this.wakes.push(ms),
      onFeedback: (feedback) => this.feedback.push(feedback),
    });
    this.permits.applyGrant(first);
  }

  ask(name: string, permitRequest: Partial<PermitRequest> = {}): void {
    const asked: TestItem = {
      name,
      permitRequest: { again: false, operation: 'generate/image', price: 0, deadlineAt: null, ...permitRequest },
      turn: null,
    };
    this.asked.push(asked);
    const { held } = this.permits;
    const decision = this.permits.acquire(asked.permitRequest);
    const isGranted = this.permits.held > held;
    if (isGranted) this.open.push(asked.permitRequest);
    void decision.then((turn) => {
      asked.turn = turn;
      this.order.push(name);
      if (turn.go && !isGranted) this.open.push(asked.permitRequest);
    });
  }

  /** The provider accepts the oldest submission without an answer. */
  accept(): void {
    const request = this.open.find((one) => !this.accepted.has(one));
    if (request === undefined) throw new Error('nothing is in flight');
    this.accepted.add(request);
    this.permits.onAccepted(request);
  }

  release(
    billingOutcome: BillingOutcome = 'charged',
    feedback: ProviderFeedback = NO_FEEDBACK,
    price: number | null = 0,
  ): void {
    const other = { again: false, operation: 'generate/image', price, deadlineAt: null };
    const request = this.open.find((one) => one.price === price) ?? other;
    this.open.splice(this.open.indexOf(request), request === other ? 0 : 1);
    this.permits.release(request, { billingOutcome, feedback, isReleasedEarly: false });
  }

  async granted(): Promise<readonly string[]> {
    await Promise.resolve();
    return this.asked.filter(({ turn }) => turn?.go === true).map(({ name }) => name);
  }

  async stopped(): Promise<readonly string[]> {
    await Promise.resolve();
    return this.asked.filter(({ turn }) => turn?.go === false).map(({ name }) => name);
  }

  async waits(): Promise<readonly number[]> {
    await Promise.resolve();
    return this.asked.flatMap(({ turn }) => (turn?.go === true ? [turn.waitMs] : []));
  }

  turn(name: string): PermitDecision | null {
    return this.asked.find((one) => one.name === name)?.turn ?? null;
  }
}

async function isSettled(promise: Promise<void>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
}

test('items with more finished steps go first, then those that have waited before, then new ones', async () => {
  const page = new TestPage(grant(0));
  page.ask('new');
  page.ask('again', { again: true });
  page.ask('one', { again: true, stepsDone: 1 });
  page.ask('two', { again: true, stepsDone: 2 });
  page.ask('one more', { again: true, stepsDone: 1 });
  page.permits.applyGrant(grant(5, { number: 2 }));
  await Promise.resolve();
  expect(page.order).toEqual(['two', 'one', 'one more', 'again', 'new']);
});

test('permits are given in the order in which they were requested, up to the limit', async () => {
  const testPage = new TestPage(grant(2));
  for (const name of ['a', 'b', 'c', 'd']) testPage.ask(name);
  expect(await testPage.granted()).toEqual(['a', 'b']);
  expect(testPage.permits).toMatchObject({ held: 2, waiting: 2 });
  testPage.release();
  await Promise.resolve();
  expect(testPage.order).toEqual(['a', 'b', 'c']);
});

test('an item that has been submitted before goes before those that have not', async () => {
  const testPage = new TestPage(grant(1));
  testPage.ask('holder');
  testPage.ask('first');
  testPage.ask('again', { again: true });
  testPage.release();
  await Promise.resolve();
  expect(testPage.order).toEqual(['holder', 'again']);
});

test('before the first grant nobody goes', async () => {
  const testPage = new TestPage(grant(0));
  for (const name of ['a', 'b', 'c']) testPage.ask(name);
  expect(await testPage.granted()).toEqual([]);
  testPage.permits.applyGrant(grant(2));
  expect(await testPage.granted()).toEqual(['a', 'b']);
});

test('fewer permits take effect as jobs end, not before', async () => {
  const testPage = new TestPage(grant(3));
  for (const name of ['a', 'b', 'c', 'd']) testPage.ask(name);
  testPage.permits.applyGrant(grant(1));
  testPage.release();
  testPage.release();
  expect(await testPage.granted()).toEqual(['a', 'b', 'c']);
  testPage.release();
  expect(await testPage.granted()).toEqual(['a', 'b', 'c', 'd']);
});

test('a page lowers its own permits, never raises them', async () => {
  const testPage = new TestPage(grant(2));
  testPage.permits.lowerTo(1);
  testPage.permits.lowerTo(5);
  for (const name of ['a', 'b']) testPage.ask(name);
  expect(await testPage.granted()).toEqual(['a']);
});

test('of what ended and is not stored no more is paid than twice the limit', async () => {
  const testPage = new TestPage(grant(2));
  for (let number = 0; number < 9; number += 1) testPage.ask(`i${number}`);
  for (let ended = 0; ended < 4; ended += 1) testPage.permits.releaseEarly();
  expect(await testPage.granted()).toEqual(['i0', 'i1', 'i2', 'i3']);
  const store = () =>
    testPage.permits.release(
      { again: false, operation: 'generate/image', price: 0, deadlineAt: null },
      { billingOutcome: 'charged', feedback: NO_FEEDBACK, isReleasedEarly: true },
    );
  store();
  expect(await testPage.granted()).toEqual(['i0', 'i1', 'i2', 'i3', 'i4']);
  testPage.permits.releaseEarly();
  for (let stored = 0; stored < 2; stored += 1) store();
  expect(await testPage.granted()).toHaveLength(7);
});

describe('one that goes ahead', () => {
  const probe = (more: Partial<PageGrant> = {}) => grant(1, { ...{ probe: true }, ...more });
  const permitRequest: PermitRequest = { again: false, operation: 'generate/image', price: 0, deadlineAt: null };

  /** Three are in progress, one goes ahead, one waits. */
  async function ahead(): Promise<TestPage> {
    const testPage = new TestPage(grant(3));
    for (const name of ['a', 'b', 'c']) testPage.ask(name);
    testPage.permits.applyGrant(grant(0, { number: 2 }));
    void testPage.permits.acquire(permitRequest);
    testPage.permits.applyGrant(probe({ number: 3 }));
    testPage.ask('next');
    await Promise.resolve();
    return testPage;
  }

  test('does so beside what is in progress, alone, and is followed when it has ended', async () => {
    const testPage = await ahead();
    expect(testPage.permits).toMatchObject({ held: 4, waiting: 1 });
    testPage.release('charged', { ...NO_FEEDBACK, completed: 1 });
    expect(testPage.permits).toMatchObject({ held: 3, waiting: 1 });
    testPage.permits.release(permitRequest, {
      billingOutcome: 'unsent',
      feedback: NO_FEEDBACK,
      isReleasedEarly: false,
    });
    expect(await testPage.granted()).toEqual(['a', 'b', 'c', 'next']);
  });

  test('has what it meets told apart from what the others do', async () => {
    const testPage = await ahead();
    testPage.release('charged', { ...NO_FEEDBACK, completed: 1 });
    testPage.permits.onAccepted(permitRequest);
    expect(testPage.feedback.map(({ ofProbe }) => ofProbe?.accepted ?? null)).toEqual([null, 1]);
  });

  test('is not waited for any more when all go on, and its end is told like any other', async () => {
    const testPage = await ahead();
    testPage.permits.applyGrant(grant(4, { number: 4 }));
    testPage.permits.release(permitRequest, {
      billingOutcome: 'charged',
      feedback: { ...NO_FEEDBACK, completed: 1 },
      isReleasedEarly: false,
    });
    expect(testPage.feedback.at(-1)).toEqual({ ...NO_FEEDBACK, completed: 1 });
    expect(await testPage.granted()).toEqual(['a', 'b', 'c', 'next']);
  });

  test('can only be one of those that are not in progress', async () => {
    const testPage = await ahead();
    expect(testPage.permits.usable(5)).toBe(2);
    testPage.permits.applyGrant(grant(4, { number: 4 }));
    expect(testPage.permits.usable(5)).toBe(5);
  });
});

test('a turn says that what is refused for all comes back to the permits, and whether it is a probe', async () => {
  const testPage = new TestPage(grant(1, { probe: true }));
  testPage.ask('a');
  await Promise.resolve();
  expect(testPage.turn('a')).toEqual({ go: true, waitMs: 0, isProbe: true, ask: null });
});

test.each([
  ['while none are free', grant(0)],
  ['while the account rests', grant(1, { restUntil: START + 60_000 })],
  ['while nothing may be spent', grant(1, submissions(0))],
])('a stop %s sends everybody away, and everybody who comes later', async (_name, first) => {
  const testPage = new TestPage(first);
  testPage.ask('before');
  testPage.ask('before, again', { again: true });
  testPage.permits.applyGrant(grant(1, { stop: true }));
  testPage.ask('after');
  expect(await testPage.stopped()).toEqual(['before', 'before, again', 'after']);
  expect(testPage.turn('after')).toMatchObject({ end: { outcome: 'cancelled', code: 'CANCELLED' } });
  expect(testPage.permits.isOver).toBe(true);
  await expect(testPage.permits.revoked).resolves.toBeUndefined();
});

test('a stop lets a job in flight be followed, also one that has to wait again', async () => {
  const testPage = new TestPage(grant(0));
  testPage.ask('new');
  testPage.ask('job', { price: null, isInFlight: true });
  testPage.ask('job of an earlier run', { price: null });
  testPage.permits.stop();
  testPage.ask('job again', { price: null, isInFlight: true });
  expect(await testPage.granted()).toEqual(['job', 'job again']);
  expect(await testPage.stopped()).toEqual(['new', 'job of an earlier run']);
});

test('after a stop, permits that come back or are added let nobody go', async () => {
  const testPage = new TestPage(grant(1));
  testPage.ask('holder');
  testPage.ask('waiting');
  testPage.permits.stop();
  testPage.release();
  testPage.permits.applyGrant(grant(5));
  testPage.ask('late');
  expect(await testPage.granted()).toEqual(['holder']);
  expect(await testPage.stopped()).toEqual(['waiting', 'late']);
});

describe('what is not sent yet', () => {
  test.each([
    ['no permits', (permits: PagePermits) => permits.applyGrant(grant(0))],
    ['the end of the page', (permits: PagePermits) => permits.drain()],
    ['a stop', (permits: PagePermits) => permits.stop()],
  ])('is called back by %s', async (_name, act) => {
    const { permits } = new TestPage(grant(2));
    const { revoked } = permits;
    act(permits);
    expect(await isSettled(revoked)).toBe(true);
  });

  test('is not called back by fewer permits, and what is sent after a recall not by that one', async () => {
    const { permits } = new TestPage(grant(2));
    const before = permits.revoked;
    permits.applyGrant(grant(1));
    expect(await isSettled(before)).toBe(false);
    permits.applyGrant(grant(0));
    permits.applyGrant(grant(1));
    expect(await isSettled(permits.revoked)).toBe(false);
  });
});

test('a page that comes to its end gives nothing out, whatever comes back', async () => {
  const testPage = new TestPage(grant(2));
  testPage.ask('holder');
  testPage.permits.drain();
  testPage.ask('late');
  testPage.release();
  testPage.permits.applyGrant(grant(3));
  expect(await testPage.granted()).toEqual(['holder']);
  expect(testPage.permits).toMatchObject({ held: 0, isOver: false });
});

describe('a permit that met the limit', () => {
  test.each([
    ['jobs in flight', THROTTLED],
    ['submissions a second', SLOWED],
  ])('of %s rests until the next grant', async (_name, feedback) => {
    const testPage = new TestPage(grant(2));
    for (const name of ['a', 'b', 'c', 'd']) testPage.ask(name);
    testPage.release('unsent', feedback);
    expect(await testPage.granted()).toEqual(['a', 'b']);
    testPage.release();
    expect(await testPage.granted()).toEqual(['a', 'b', 'c']);
    testPage.accept();
    testPage.permits.applyGrant(grant(2, { number: 2 }));
    expect(await testPage.granted()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('is followed by one submission at a time, until one is accepted', async () => {
    const testPage = new TestPage(grant(4));
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) testPage.ask(name);
    expect(await testPage.granted()).toEqual(['a', 'b', 'c', 'd']);
    for (let refused = 0; refused < 4; refused += 1) testPage.release('unsent', THROTTLED);
    testPage.permits.applyGrant(grant(3, { number: 2 }));
    expect(await testPage.granted()).toEqual(['a', 'b', 'c', 'd', 'e']);
    testPage.accept();
    expect(await testPage.granted()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  test('twice in a row stops all others until the next grant: the limit has fallen', async () => {
    const testPage = new TestPage(grant(4));
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) testPage.ask(name);
    testPage.release('unsent', THROTTLED);
    testPage.release('unsent', THROTTLED);
    testPage.release();
    expect(await testPage.granted()).toEqual(['a', 'b', 'c', 'd']);
    testPage.permits.applyGrant(grant(2, { number: 2 }));
    testPage.accept();
    expect(await testPage.granted()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('does not stop others if one was accepted in between', async () => {
    const testPage = new TestPage(grant(4));
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) testPage.ask(name);
    testPage.release('unsent', THROTTLED);
    testPage.accept();
    testPage.release('unsent', THROTTLED);
    testPage.release();
    testPage.accept();
    expect(await testPage.granted()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('counts as used', async () => {
    const testPage = new TestPage(grant(1));
    for (const name of ['a', 'b']) testPage.ask(name);
    testPage.release('unsent', THROTTLED);
    expect(testPage.permits).toMatchObject({ held: 0, waiting: 1, isSaturated: true, needsFunds: false });
  });

  test('is reported, as is every acceptance', () => {
    const testPage = new TestPage(grant(1));
    testPage.ask('a');
    testPage.permits.onAccepted({ again: false, operation: 'generate/image', price: 0, deadlineAt: null });
    testPage.release('unsent', THROTTLED);
    expect(testPage.feedback).toEqual([{ ...NO_FEEDBACK, accepted: 1 }, THROTTLED]);
  });
});

test.each([
  { permits: 2, asked: 1, isSaturated: false },
  { permits: 2, asked: 2, isSaturated: false },
  { permits: 2, asked: 3, isSaturated: true },
  { permits: 0, asked: 1, isSaturated: false },
])('$permits permits are full with $asked items: $isSaturated', ({ permits, asked, isSaturated }) => {
  const testPage = new TestPage(grant(permits));
  for (let item = 0; item < asked; item += 1) testPage.ask(`${item}`);
  expect(testPage.permits.isSaturated).toBe(isSaturated);
});

describe('the budget', () => {
  test('lets go as many submissions as are allowed, those of earlier runs included', async () => {
    const testPage = new TestPage(grant(9, submissions(5)), { submissions: 3, cost: 0, duplicates: 0 });
    for (const name of ['a', 'b', 'c']) testPage.ask(name);
    expect(await testPage.granted()).toEqual(['a', 'b']);
    testPage.permits.applyGrant(grant(9, submissions(6)));
    expect(await testPage.granted()).toEqual(['a', 'b', 'c']);
  });

  test.each<{ billingOutcome: BillingOutcome; ofSubmissions: boolean; ofCost: boolean }>([
    { billingOutcome: 'unsent', ofSubmissions: true, ofCost: true },
    { billingOutcome: 'failed', ofSubmissions: false, ofCost: true },
    { billingOutcome: 'charged', ofSubmissions: false, ofCost: false },
  ])(
    '$billingOutcome: a submission is free again $ofSubmissions, its money $ofCost',
    async ({ billingOutcome, ...free }) => {
      const counted = new TestPage(grant(1, submissions(1)));
      const priced = new TestPage(grant(1, { allowance: { submissions: null, cost: 0.3, duplicates: 0 } }));
      for (const testPage of [counted, priced]) {
        testPage.ask('a', { price: 0.3 });
        testPage.ask('b', { price: 0.3 });
        testPage.release(billingOutcome, NO_FEEDBACK, 0.3);
      }
      expect(await counted.granted()).toEqual(free.ofSubmissions ? ['a', 'b'] : ['a']);
      expect(await priced.granted()).toEqual(free.ofCost ? ['a', 'b'] : ['a']);
    },
  );

  test('pays for a cheaper item while the first one is too dear, and needs more only if it covers none', async () => {
    const testPage = new TestPage(grant(2, { allowance: { submissions: null, cost: 0.5, duplicates: 0 } }));
    testPage.ask('dear', { price: 1 });
    for (const name of ['a', 'b', 'c']) testPage.ask(name, { price: 0.2 });
    expect(await testPage.granted()).toEqual(['a', 'b']);
    expect([testPage.permits.needsFunds, testPage.permits.isSaturated]).toEqual([false, false]);
    for (let time = 0; time < 2; time += 1) testPage.release('charged', NO_FEEDBACK, 0.2);
    expect(testPage.permits.needsFunds).toBe(true);
    testPage.permits.applyGrant(grant(2, { number: 2, allowance: { submissions: null, cost: 1.5, duplicates: 0 } }));
    expect(await testPage.granted()).toEqual(['dear', 'a', 'b']);
  });

  test('is not asked for a job that is only followed, and is not given back by it', async () => {
    const testPage = new TestPage(grant(2, submissions(1)), { submissions: 1, cost: 0, duplicates: 0 });
    testPage.ask('orphan', { again: true, price: null });
    testPage.ask('new');
    expect(await testPage.granted()).toEqual(['orphan']);
    testPage.release('unsent', NO_FEEDBACK, null);
    expect(await testPage.granted()).toEqual(['orphan']);
  });

  test('starves a page exactly if nothing is in flight and the next item cannot be paid, with permits or without', async () => {
    const testPage = new TestPage(grant(2, submissions(1)));
    expect(testPage.permits.needsFunds).toBe(false);
    for (const name of ['a', 'b']) testPage.ask(name);
    expect(testPage.permits.needsFunds).toBe(false);
    testPage.release();
    expect(testPage.permits.needsFunds).toBe(true);
    testPage.permits.applyGrant(grant(0, submissions(1)));
    expect(testPage.permits.needsFunds).toBe(true);
    testPage.permits.applyGrant(grant(2, submissions(2)));
    expect(testPage.permits.needsFunds).toBe(false);
  });
});

describe('the pace', () => {
  test('spaces submissions, and lets those that are due within a second wait by themselves', async () => {
    const testPage = new TestPage(grant(9, { spacingMs: 750 }));
    for (const name of ['a', 'b', 'c', 'd']) testPage.ask(name);
    expect(await testPage.waits()).toEqual([0, 750]);
    expect(testPage.wakes).toEqual([1_000]);
    expect(testPage.permits.scheduled).toBe(1);
    testPage.now += 1_000;
    expect(testPage.permits.scheduled).toBe(0);
    testPage.permits.onWake();
    expect(await testPage.waits()).toEqual([0, 750, 500]);
    expect(testPage.permits.scheduled).toBe(1);
  });

  test('lets a second of what was not used go at once, and not more', async () => {
    const testPage = new TestPage(grant(99, { spacingMs: 250 }));
    testPage.now += 60_000;
    for (let item = 0; item < 6; item += 1) testPage.ask(`${item}`);
    expect(await testPage.waits()).toEqual([0, 0, 0, 0, 250, 500]);
  });

  test('forgets what was saved when the rate was met, and waits for the next place', async () => {
    const testPage = new TestPage(grant(99, { spacingMs: 250 }));
    testPage.ask('refused');
    testPage.now += 60_000;
    testPage.release('unsent', SLOWED);
    testPage.ask('a');
    testPage.ask('b');
    expect(await testPage.waits()).toEqual([0, 250, 500]);
  });

  test('sends nothing before the time that the provider has asked for', async () => {
    const testPage = new TestPage(grant(9, { restUntil: START + 30_000 }));
    testPage.ask('a');
    expect(await testPage.granted()).toEqual([]);
    expect(testPage.wakes).toEqual([29_500]);
    testPage.now += 29_500;
    testPage.permits.onWake();
    expect(await testPage.waits()).toEqual([500]);
  });

  test('asks to be woken once at a time', () => {
    const testPage = new TestPage(grant(9, { restUntil: START + 30_000 }));
    for (const name of ['a', 'b', 'c']) testPage.ask(name);
    expect(testPage.wakes).toHaveLength(1);
    testPage.now += 20_000;
    testPage.permits.onWake();
    expect(testPage.wakes).toEqual([29_500]);
  });

  test('does not wait for the end of a rest that a new grant no longer has', async () => {
    const testPage = new TestPage(grant(9, { restUntil: START + 60_000, spacingMs: 4_000 }));
    for (const name of ['a', 'b', 'c']) testPage.ask(name);
    testPage.now += 1_000;
    testPage.permits.applyGrant(grant(9, { number: 2, spacingMs: 4_000 }));
    expect(testPage.wakes).toEqual([59_500, 3_500]);
    testPage.now += 3_500;
    testPage.permits.onWake();
    expect(await testPage.waits()).toEqual([0, 500]);
    // The wake of the rest changes nothing: each is requested once.
    testPage.now = START + 59_500;
    const { length } = testPage.wakes;
    testPage.permits.onWake();
    testPage.permits.onWake();
    expect(testPage.wakes.length).toBe(length);
  });
});

const acts = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant('ask' as const), again: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('release' as const),
      billingOutcome: fc.constantFrom<BillingOutcome>('unsent', 'failed', 'charged'),
      met: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('grant' as const),
      limit: fc.nat({ max: 5 }),
      allowed: fc.option(fc.nat({ max: 12 })),
    }),
  },
);

test('whatever is asked in whatever order, nothing goes above the limit or the budget, and none is kept back below', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(acts, { maxLength: 60 }), async (script) => {
      const testPage = new TestPage(grant(2));
      const { permits } = testPage;
      let [held, waiting, limit, frozen, spent, refused] = [0, 0, 2, 0, 0, 0];
      let allowed = Number.POSITIVE_INFINITY;
      for (const step of script) {
        const before = held;
        if (step.act === 'ask') {
          waiting += 1;
          const request = { again: step.again, operation: 'generate/image', price: 0, deadlineAt: null };
          void permits.acquire(request).then(() => {
            testPage.open.push(request);
            waiting -= 1;
            held += 1;
            spent += 1;
          });
        }
        if (step.act === 'grant') {
          limit = step.limit;
          frozen = 0;
          allowed = step.allowed ?? Number.POSITIVE_INFINITY;
          permits.applyGrant(grant(limit, { allowance: { submissions: step.allowed, cost: null, duplicates: 0 } }));
        }
        if (step.act === 'release' && held > 0) {
          held -= 1;
          if (step.met) {
            refused += 1;
            frozen = refused < 2 ? frozen + 1 : Math.max(frozen + 1, limit);
          }
          if (step.met || step.billingOutcome === 'unsent') spent -= 1;
          testPage.release(step.met ? 'unsent' : step.billingOutcome, step.met ? THROTTLED : NO_FEEDBACK);
        }
        await Promise.resolve();
        expect(permits).toMatchObject({ held, waiting });
        if (held > before)
          expect({ held: held + frozen <= limit, spent: spent <= allowed }).toEqual({ held: true, spent: true });
        const isTrying = refused > 0 && held > 0;
        expect(waiting === 0 || held + frozen >= limit || spent >= allowed || isTrying).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test('who counts more lost answers than the account does not wait for a permit that it has', async () => {
  const testPage = new TestPage(grant(5));
  for (let index = 0; index < 7; index += 1) testPage.ask(`${index}`);
  // The callback of one that was lost long ago: the account takes it for one of those that follow.
  testPage.permits.onJobFound();
  for (let index = 0; index < 5; index += 1) testPage.release('charged', { ...NO_FEEDBACK, lost: 1 });
  expect(await testPage.granted()).toEqual(['0', '1', '2', '3', '4']);
  testPage.permits.applyGrant(grant(1, { answersLost: true }));
  expect(await testPage.granted()).toEqual(['0', '1', '2', '3', '4', '5']);
});
