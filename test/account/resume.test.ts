/** A hold ends for the next holder, once its cause is over and an operator has resumed the account. */
import type { ItemHandle } from '../../client';
import { formatKey, pickCounts, scriptFor, startBatch, untilStatus } from '../batch/batch-fixtures';
import { catchError, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { as, refusalsSince, untilAccount } from './accounts';
import { revocableKey } from './keyed-api';

const key = revocableKey();
let rig: Rig;

beforeAll(async () => {
  rig = await startRig({
    emulator: { jobTime: { medianMs: 200, sigma: 0 } },
    api: key.wrap(() => rig.settings.baseUrl),
  });
});
afterEach(() => {
  key.isRevoked = false;
  rig.emulator.clearScripts();
  rig.emulator.setLimits({ credits: null });
});
afterAll(async () => {
  await rig.close();
  await key.close();
});

const awaitOutcome = async (image: ItemHandle) => (await image.result()).outcome;
const submits = () => rig.emulator.ledger().submits;

const CAUSES: Readonly<Record<string, { readonly begins: () => void; readonly ends: () => void }>> = {
  INSUFFICIENT_CREDITS: {
    begins: () => rig.emulator.setLimits({ credits: 0 }),
    ends: () => rig.emulator.setLimits({ credits: null }),
  },
  CREDIT_CHARGE_FAILED: {
    begins: () => rig.emulator.script({ then: { failJob: 'CREDIT_CHARGE_FAILED' } }),
    ends: () => rig.emulator.clearScripts(),
  },
  UNAUTHENTICATED: {
    begins: () => {
      key.isRevoked = true;
    },
    ends: () => {
      key.isRevoked = false;
    },
  },
  RATE_LIMIT_EXCEEDED: {
    begins: () =>
      rig.emulator.script({
        then: {
          status: 429,
          body: { detail: 'slow down', error_code: 'RATE_LIMIT_EXCEEDED' },
          headers: { 'Retry-After': '600' },
        },
      }),
    ends: () => rig.emulator.clearScripts(),
  },
};

test.each(['INSUFFICIENT_CREDITS', 'CREDIT_CHARGE_FAILED', 'UNAUTHENTICATED'])(
  '%s: the next image goes ahead after a resume, though it does not wait, and then all do',
  async (code) => {
    const own = await as(rig, `next-${code.toLowerCase()}`);
    CAUSES[code]?.begins();
    expect(await catchError(await start(own.client, `${code}-1`))).toMatchObject({ code });
    await untilAccount('it is held', own, ({ hold }) => hold?.code === code);
    const before = submits();
    expect(await catchError(await start(own.client, `${code}-2`))).toMatchObject({ code, outcome: 'failed' });
    await own.client.account().resume();
    // The cause is still there: the one that goes ahead meets it, and the hold is back.
    expect(await catchError(await start(own.client, `${code}-3`))).toMatchObject({ code });
    await untilAccount(
      'it is held again',
      own,
      ({ hold, holds }) => hold?.code === code && holds[0]?.probing === false,
    );
    expect(submits()).toBe(before + 1);
    CAUSES[code]?.ends();
    expect(await catchError(await start(own.client, `${code}-4`))).toMatchObject({ code });
    await own.client.account().resume();
    expect(await awaitOutcome(await start(own.client, `${code}-5`))).toBe('succeeded');
    await untilAccount('it goes on', own, ({ hold }) => hold === null);
    expect(await awaitOutcome(await start(own.client, `${code}-6`))).toBe('succeeded');
  },
);

test('RATE_LIMIT_EXCEEDED with a long wait: held with its end, and a resume sends one', async () => {
  const [own, code] = [await as(rig, 'long-rest'), 'RATE_LIMIT_EXCEEDED'];
  CAUSES[code]?.begins();
  const waiting = await start(own.client, 'rest-1');
  const { hold, holds } = await untilAccount('it is held', own, ({ hold: now }) => now?.code === code);
  const endsInMs = Date.parse(hold?.until ?? '') - Date.now();
  expect(endsInMs).toBeGreaterThan(500_000);
  expect(endsInMs).toBeLessThan(601_000);
  expect(holds[0]).toMatchObject({ operation: null, probing: false, nextProbeAt: hold?.until });
  expect(await catchError(await start(own.client, 'rest-2'))).toMatchObject({ code });
  CAUSES[code]?.ends();
  await own.client.account().resume();
  // It was on its way, so that it has waited.
  expect(await awaitOutcome(waiting)).toBe('succeeded');
  expect((await own.client.account().status()).hold).toBeNull();
});

test('DAY_BUDGET_USED: the next image is made when more is allowed', async () => {
  const own = await as(rig, 'day');
  await own.client.account().set({ budget: { submissions: 1 } });
  expect(await awaitOutcome(await start(own.client, 'day-1'))).toBe('succeeded');
  expect(await catchError(await start(own.client, 'day-2'))).toMatchObject({ code: 'DAY_BUDGET_USED' });
  await own.client.account().set({ budget: { submissions: 2 } });
  expect(await awaitOutcome(await start(own.client, 'day-3'))).toBe('succeeded');
});

describe('HTTP 403', () => {
  const forbidden = { status: 403, body: { detail: 'an enterprise plan is required' } };

  test('of one row fails only that row', async () => {
    const [own, id] = [await as(rig, 'one-403'), 'one-403'];
    scriptFor(own, id, formatKey(3), forbidden);
    const batch = await startBatch(own, id, 41, { concurrency: 4 });
    const single = await start(own.client, 'beside');
    const status = await batch.result();
    expect(pickCounts(status)).toEqual({ succeeded: 40, failed: 1 });
    expect(status.failures).toEqual({ FORBIDDEN: 1 });
    expect(await awaitOutcome(single)).toBe('succeeded');
    expect((await own.client.account().status()).decisions.filter(({ words }) => /held/.test(words))).toEqual([]);
  });

  test('of one row after the other holds the account, and another item goes ahead', async () => {
    const [own, id, since] = [await as(rig, 'all-403'), 'all-403', Date.now()];
    scriptFor(own, id, null, forbidden);
    const batch = await startBatch(own, id, 20, { concurrency: 4 });
    await untilAccount('it is held', own, ({ hold }) => hold?.code === 'UNAUTHENTICATED');
    const held = await untilStatus('it rests', batch, ({ counts }) => counts.running === 0);
    expect(held.failures).toEqual({ FORBIDDEN: 1 });
    rig.emulator.clearScripts();
    // What was on its way, and what had taken its place before it was known that it is not one item's.
    expect(refusalsSince(own, since)).toBeLessThanOrEqual(8);
    await own.client.account().resume();
    expect(pickCounts(await batch.result())).toEqual({ succeeded: 19, failed: 1 });
  });

  test('of one image fails it with exit code 3 and a remedy', async () => {
    const own = await as(rig, 'image-403');
    rig.emulator.script({ match: { promptIncludes: 'test refused.' }, then: forbidden });
    const error = await catchError(await start(own.client, 'refused'));
    expect(error).toMatchObject({ code: 'FORBIDDEN', scope: 'item', retryable: false });
    expect(error.remedy).toMatch(/plan/);
    expect(await awaitOutcome(await start(own.client, 'allowed'))).toBe('succeeded');
  });
});
