/** Which waiting items upload their files before they have a permit, and who goes first then. */
import fc from 'fast-check';
import { PagePermits } from '../../../workflows/domain/batch/page-permits';
import type { PageGrant } from '../../../workflows/domain/batch/page-protocol';
import type { PermitDecision, PermitRequest } from '../../../workflows/domain/item/permits';
import { NO_FEEDBACK, type ProviderFeedback } from '../../../workflows/domain/leases/feedback';
import { NO_PACING } from '../../../workflows/domain/leases/lease';
import { NO_BUDGET, NOTHING_SPENT } from '../../../workflows/domain/money/spending';

const START = 1_000_000;

function grant(permits: number, more: Partial<PageGrant> = {}): PageGrant {
  return { number: 1, permits, stop: false, allowance: NO_BUDGET, ...NO_PACING, ...more };
}

interface TestItem {
  readonly permitRequest: PermitRequest;
  uploads: number;
  decision: PermitDecision | null;
}

class TestPage {
  readonly permits: PagePermits;
  readonly feedback: ProviderFeedback[] = [];
  readonly items = new Map<string, TestItem>();
  readonly wakes: number[] = [];
  now = START;

  constructor(first: PageGrant) {
    this.permits = new PagePermits({
      spent: NOTHING_SPENT,
      now: () => this.now,
      wakeIn: (ms) => this.wakes.push(ms),
      onFeedback: (feedback) => this.feedback.push(feedback),
    });
    this.permits.applyGrant(first);
  }

  ask(name: string, more: Partial<PermitRequest> = {}, hasFiles = true): void {
    const permitRequest = { again: false, operation: 'upscale/image', price: 0, deadlineAt: null, ...more };
    const item: TestItem = { permitRequest, uploads: 0, decision: null };
    this.items.set(name, item);
    const beginUpload = () => {
      item.uploads += 1;
    };
    void this.permits.acquire(permitRequest, hasFiles ? beginUpload : undefined).then((decision) => {
      item.decision = decision;
    });
  }

  get(name: string): TestItem {
    const item = this.items.get(name);
    if (item === undefined) throw new Error(`no item ${name}`);
    return item;
  }

  finishUpload(...names: readonly string[]): void {
    for (const name of names) this.permits.onUploaded(this.get(name).permitRequest);
  }

  failUpload(name: string, feedback: ProviderFeedback): void {
    this.permits.withdraw(this.get(name).permitRequest, () => feedback);
  }

  release(name: string): void {
    const use = { billingOutcome: 'charged', feedback: NO_FEEDBACK, isReleasedEarly: false } as const;
    this.permits.release(this.get(name).permitRequest, use);
  }

  /** Names of items that have begun an upload, with the number if it is more than one. */
  get uploading(): readonly string[] {
    const begun = [...this.items].filter(([, { uploads }]) => uploads > 0);
    return begun.map(([name, { uploads }]) => (uploads === 1 ? name : `${name} × ${uploads}`));
  }

  async granted(): Promise<readonly string[]> {
    await Promise.resolve();
    return [...this.items].filter(([, { decision }]) => decision?.go === true).map(([name]) => name);
  }
}

test('as many items upload as there are permits, and one more', () => {
  const page = new TestPage(grant(2));
  for (const name of ['a', 'b', 'c', 'd', 'e']) page.ask(name);
  expect(page.uploading).toEqual(['a', 'b', 'c']);
  expect(page.permits.held).toBe(0);
});

test('an item that has its permit makes room for the upload of another one', async () => {
  const page = new TestPage(grant(1));
  for (const name of ['a', 'b', 'c', 'd']) page.ask(name);
  expect(page.uploading).toEqual(['a', 'b']);
  page.finishUpload('a');
  expect(await page.granted()).toEqual(['a']);
  expect(page.uploading).toEqual(['a', 'b', 'c']);
  page.finishUpload('b', 'c');
  page.release('a');
  expect(await page.granted()).toEqual(['a', 'b']);
  expect(page.uploading).toEqual(['a', 'b', 'c', 'd']);
});

test('of the next items, one that is uploaded or has no files goes before one that uploads', async () => {
  const page = new TestPage(grant(2));
  page.ask('slow', { again: true, stepsDone: 1 });
  for (const name of ['a', 'b', 'c']) page.ask(name, {}, false);
  expect(await page.granted()).toEqual(['a', 'b']);
  page.finishUpload('slow');
  page.release('a');
  expect(await page.granted()).toEqual(['slow', 'a', 'b']);
});

test('no item farther behind overtakes those that upload: few items are paid in part', async () => {
  const page = new TestPage(grant(2));
  for (const name of ['a', 'b', 'c']) page.ask(name, { again: true, stepsDone: 1 });
  page.ask('new', {}, false);
  expect(await page.granted()).toEqual([]);
  page.finishUpload('b');
  expect(await page.granted()).toEqual(['b']);
  page.finishUpload('c');
  expect(await page.granted()).toEqual(['b', 'c']);
});

test('with one permit, an item that has begun is not overtaken', async () => {
  const page = new TestPage(grant(1));
  page.ask('begun', { again: true, stepsDone: 1 });
  page.ask('new', {}, false);
  expect(await page.granted()).toEqual([]);
  page.finishUpload('begun');
  expect(await page.granted()).toEqual(['begun']);
});

test('with one permit, an upload that hangs holds up nothing but its own item', async () => {
  const page = new TestPage(grant(1));
  for (const name of ['hangs', 'b', 'c', 'd']) page.ask(name);
  page.finishUpload('b');
  expect(await page.granted()).toEqual([]);
  expect(page.wakes).toEqual([10_000]);
  page.now += 10_000;
  page.permits.onWake();
  expect(await page.granted()).toEqual(['b']);
  // The next one uploads meanwhile, and needs no wake.
  page.finishUpload('c');
  page.release('b');
  expect(await page.granted()).toEqual(['b', 'c']);
  page.finishUpload('hangs', 'd');
  page.release('c');
  expect(await page.granted()).toEqual(['hangs', 'b', 'c']);
  expect(page.wakes).toEqual([10_000]);
});

test('no item passes more uploads that hang than there are permits: few items are paid in part', async () => {
  const page = new TestPage(grant(2));
  for (const name of ['a', 'b', 'c']) page.ask(name, { again: true, stepsDone: 1 });
  page.ask('new', {}, false);
  page.now += 60_000;
  page.permits.onWake();
  expect(await page.granted()).toEqual([]);
  page.finishUpload('c');
  expect(await page.granted()).toEqual(['c', 'new']);
});

test('without permits nothing is uploaded', () => {
  const page = new TestPage(grant(0));
  for (const name of ['a', 'b']) page.ask(name);
  expect(page.uploading).toEqual([]);
  page.permits.applyGrant(grant(1, { number: 2 }));
  expect(page.uploading).toEqual(['a', 'b']);
});

test('a pause revokes uploads under way; afterwards they begin again, and those that are done do not', async () => {
  const page = new TestPage(grant(2));
  for (const name of ['a', 'b', 'c']) page.ask(name, {}, true);
  page.finishUpload('a');
  expect(await page.granted()).toEqual(['a']);
  page.finishUpload('b');
  page.permits.applyGrant(grant(0, { number: 2 }));
  page.finishUpload('c');
  page.permits.applyGrant(grant(3, { number: 3 }));
  expect(await page.granted()).toEqual(['a', 'b']);
  expect(page.uploading).toEqual(['a', 'b', 'c × 2']);
});

test('nothing is uploaded for items of a held operation, nor for those that the budget does not cover', () => {
  const heldOperations = { 'edit/image': null };
  const allowance = { submissions: null, cost: 5, duplicates: 0 };
  const page = new TestPage(grant(3, { heldOperations, allowance }));
  page.ask('held', { operation: 'edit/image' });
  page.ask('dear', { price: 6 });
  page.ask('open', { price: 5 });
  expect(page.uploading).toEqual(['open']);
});

test('a probe gets its permit at once, so that the answer to its upload counts as its own', async () => {
  const page = new TestPage(grant(0));
  page.ask('a');
  page.ask('b');
  page.permits.applyGrant(grant(1, { number: 2, probe: true }));
  expect(await page.granted()).toEqual(['a']);
  expect(page.uploading).toEqual([]);
});

test('after a refused key nothing more is uploaded until the governor has replied', async () => {
  const page = new TestPage(grant(2));
  for (const name of ['a', 'b', 'c', 'd', 'e']) page.ask(name);
  page.failUpload('a', { ...NO_FEEDBACK, accountRefusals: { UNAUTHENTICATED: 1 } });
  await Promise.resolve();
  expect(page.get('a').decision).toEqual({ go: false, end: null });
  expect(page.feedback.at(-1)).toMatchObject({ accountRefusals: { UNAUTHENTICATED: 1 } });
  expect(page.uploading).toEqual(['a', 'b', 'c']);
  page.permits.applyGrant(grant(2, { number: 2 }));
  expect(page.uploading).toEqual(['a', 'b', 'c', 'd']);
});

test('during a rest that the provider requested nothing is uploaded', () => {
  const page = new TestPage(grant(1, { restUntil: START + 5_000 }));
  page.ask('a');
  expect(page.uploading).toEqual([]);
  page.now += 4_500;
  page.permits.onWake();
  expect(page.uploading).toEqual(['a']);
});

test('an upload that fails after its item has its permit changes nothing', async () => {
  const page = new TestPage(grant(1));
  page.ask('a');
  page.finishUpload('a');
  expect(await page.granted()).toEqual(['a']);
  page.failUpload('a', { ...NO_FEEDBACK, accountRefusals: { UNAUTHENTICATED: 1 } });
  expect(page.permits.held).toBe(1);
  expect(page.feedback).toEqual([]);
});

test('uploading items count as waiting work when all permits are in use, and none wants funds', async () => {
  const page = new TestPage(grant(1));
  page.ask('a', {}, false);
  page.ask('b');
  expect(page.permits.isSaturated).toBe(true);
  page.release('a');
  expect(await page.granted()).toEqual(['a']);
  expect(page.permits).toMatchObject({ held: 0, needsFunds: false, isSaturated: false });
});

test('a stop dismisses items that upload', async () => {
  const page = new TestPage(grant(1));
  page.ask('a');
  page.permits.stop();
  await Promise.resolve();
  expect(page.get('a').decision).toMatchObject({ go: false, end: { outcome: 'cancelled' } });
});

type Act = { readonly act: 'ask' | 'finish' | 'fail' | 'release' | 'grant'; readonly number: number };

test('in any order of events no permit is lost, and every item ends', async () => {
  const acts = fc.constantFrom('ask', 'finish', 'finish', 'fail', 'release', 'grant');
  const script = fc.array(fc.record({ act: acts, number: fc.nat({ max: 4 }) }), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(script, async (steps) => {
      const page = new TestPage(grant(1));
      const ended = new Set<string>();
      let limit = 1;
      const isUnder = (item: TestItem) => item.decision === null && item.uploads > 0;
      const pick = (isWanted: (item: TestItem) => boolean, number: number) => {
        const found = [...page.items].filter(([name, item]) => !ended.has(name) && isWanted(item));
        return found[number % Math.max(1, found.length)]?.[0];
      };
      const held = () => [...page.items].filter(([name, { decision }]) => decision?.go === true && !ended.has(name));
      const play = async ({ act, number }: Act) => {
        if (act === 'ask')
          page.ask(`${page.items.size}`, { again: number > 2, stepsDone: Math.max(0, number - 2) }, number % 2 === 0);
        const uploading = pick(isUnder, number);
        if (act === 'finish' && uploading !== undefined) page.finishUpload(uploading);
        if (act === 'fail' && uploading !== undefined) page.failUpload(uploading, NO_FEEDBACK);
        const holder = pick(({ decision }) => decision?.go === true, number);
        if (act === 'release' && holder !== undefined) {
          ended.add(holder);
          page.release(holder);
        }
        if (act === 'grant') {
          limit = number;
          page.permits.applyGrant(grant(limit, { number: page.feedback.length + 2 }));
        }
        await Promise.resolve();
        expect(page.permits.held).toBe(held().length);
      };
      for (const step of steps) await play(step);
      await play({ act: 'grant', number: 2 });
      for (let round = 0; round < 200; round += 1) {
        await play({ act: 'finish', number: round });
        await play({ act: 'release', number: round });
      }
      expect([...page.items.values()].filter(({ decision }) => decision === null)).toEqual([]);
      expect(page.permits).toMatchObject({ held: 0, waiting: 0 });
    }),
    { numRuns: 60 },
  );
});
