/** Credits or key are gone: everybody stops, nothing is burned, and one item finds out whether it continues. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  accepted,
  formatKey,
  formatRowPrompt,
  inFlight,
  jobsByKey,
  pickCounts,
  scriptFor,
  startBatch,
  untilStatus,
} from '../batch/batch-fixtures';
import { runInside } from '../cli/cli-inside';
import { Gate } from '../support/gate';
import { catchError, scriptFor as scriptItemFor, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { until } from '../support/until';
import { as, countEvents, getGovernor, jobsSince, refusalsSince, untilAccount } from './accounts';
import { revocableKey } from './keyed-api';

const JOB_MS = 300;
const RICH = 1_000_000;
const folder = tempFolder();
const key = revocableKey();

let rig: Rig;
/** Withholds the status of that job from the worker, so that it stays in flight for as long as a test wants. */
let kept: { readonly prompt: string; readonly news: Gate } | null = null;

beforeAll(async () => {
  rig = await startRig({
    emulator: { jobTime: { medianMs: JOB_MS, sigma: 0 } },
    api: (real) => {
      const keyed = key.wrap(() => rigUrl())(real);
      const readStatus: typeof keyed.readStatus = async (operation, jobId, signal) => {
        const prompt = rig.emulator.ledger().jobs.find((job) => job.jobId === jobId)?.prompt;
        if (kept !== null && prompt?.includes(kept.prompt)) await kept.news.pass();
        return keyed.readStatus(operation, jobId, signal);
      };
      return { ...keyed, readStatus };
    },
  });
});
const rigUrl = () => rig.settings.baseUrl;
afterEach(() => {
  key.isRevoked = false;
  rig.emulator.clearScripts();
});
afterAll(async () => {
  await rig.close();
  await key.close();
});

const cli = (account: string, ...args: readonly string[]) =>
  runInside(args, folder, {
    ...rig.server.env,
    IMAGEPIPELINE_STORE: rig.store,
    IMAGEPIPELINE_ACCOUNT: account,
  });

const fetchDecisions = async ({ client }: Rig) => (await client.account().status()).decisions.map(({ words }) => words);
const isHeld = (code: string) => (status: { readonly hold: { readonly code: string } | null }) =>
  status.hold?.code === code;

/** Nothing of the batch runs, and the account is held. */
const atRest = (own: Rig, id: string) =>
  untilStatus(
    'the batch waits',
    own.client.batch(id),
    ({ state, counts }) => state === 'paused' && counts.running === 0,
  );

describe('credits that run out at item 30 of 100', () => {
  const [ITEMS, PAID, AT_ONCE, ID] = [100, 30, 10, 'credits'];
  let own: Rig;

  beforeAll(async () => {
    own = await as(rig, ID);
    rig.emulator.setLimits({ credits: PAID });
    const rows = Array.from({ length: ITEMS }, (_, n) => `r${n},a picture of r${n} for the batch ${ID}.,32,32,png`);
    writeFileSync(path.join(folder, 'rows.csv'), ['key,prompt,width,height,output_format', ...rows, ''].join('\n'));
  });

  test('end the command with exit code 4, with the reason and the remedy in the status', async () => {
    const ended = await cli(ID, 'batch', 'rows.csv', '--id', ID, '--concurrency', `${AT_ONCE}`, '--json');
    expect(ended.code).toBe(4);
    expect(ended.stderr).toMatch(/^resume .*imagepipeline account resume$/m);
    const status = JSON.parse(ended.stdout);
    expect(status).toMatchObject({ state: 'paused', pausedBy: 'account', hold: { code: 'INSUFFICIENT_CREDITS' } });
    expect(status.reason).toMatch(/INSUFFICIENT_CREDITS.*Top up credits/);
    expect(pickCounts(status)).toEqual({ succeeded: PAID, waiting: ITEMS - PAID });
    expect(accepted(own, ID)).toBe(PAID);
    const met = refusalsSince(own, 0, 'INSUFFICIENT_CREDITS');
    expect(met).toBeLessThanOrEqual(AT_ONCE);
  });

  test('cost no history while they are gone: the account is not polled', async () => {
    const ids = [getGovernor(own).workflowId, ID, `${ID}/page-000000`];
    const count = () => Promise.all(ids.map((id) => countEvents(own, id)));
    // What was collected last is told within a few seconds.
    let [seen, since] = [await count(), Date.now()];
    await until('nothing is written for five seconds', async () => {
      const now = await count();
      if (now.join() !== seen.join()) [seen, since] = [now, Date.now()];
      return Date.now() - since > 5_000;
    });
    expect(refusalsSince(own, since)).toBe(0);
  });

  test('are requested by one item at a resume, and the hold returns', async () => {
    const since = Date.now();
    expect((await cli(ID, 'account', 'resume')).code).toBe(0);
    await until('the hold has returned', async () =>
      (await fetchDecisions(own)).includes('held again: INSUFFICIENT_CREDITS'),
    );
    const back = await atRest(own, ID);
    expect(back.pausedBy).toBe('account');
    expect(refusalsSince(own, since, 'INSUFFICIENT_CREDITS')).toBe(1);
  });

  test('let one item go ahead when they are back, then all, each paid once', async () => {
    const since = Date.now();
    rig.emulator.setLimits({ credits: RICH });
    await own.client.account().resume();
    const last = await own.client.batch(ID).result();
    expect(pickCounts(last)).toEqual({ succeeded: ITEMS });
    const [probe, ...others] = jobsSince(own, since);
    const firstOther = Math.min(...others.map(({ acceptedAt }) => acceptedAt));
    expect(firstOther).toBeGreaterThanOrEqual(probe?.endedAt ?? Number.POSITIVE_INFINITY);
    const jobs = jobsByKey(own, ID);
    expect(jobs.size).toBe(ITEMS);
    expect([...jobs.values()].every(({ length }) => length === 1)).toBe(true);
    expect((await own.client.account().status()).hold).toBeNull();
    rig.emulator.setLimits({ credits: null });
  });
});

test.each(['INSUFFICIENT_CREDITS', 'CREDIT_CHARGE_FAILED'])(
  '%s that comes as a failed job holds as well',
  async (code) => {
    const id = `job-${code.slice(0, 8).toLowerCase()}`;
    const own = await as(rig, id);
    scriptFor(own, id, null, { failJob: code });
    const batch = await startBatch(own, id, 12, { concurrency: 4 });
    await untilAccount('it is held', own, isHeld(code));
    expect(pickCounts(await atRest(own, id))).toEqual({ waiting: 12 });
    expect(accepted(own, id)).toBeLessThanOrEqual(4);
    const met = accepted(own, id);
    rig.emulator.clearScripts();
    await own.client.account().resume();
    expect(pickCounts(await batch.result())).toEqual({ succeeded: 12 });
    expect(accepted(own, id)).toBe(12 + met);
    expect([...jobsByKey(own, id).values()].flat().filter(({ charged }) => charged)).toHaveLength(12);
  },
);

test('a resume while jobs of before are in flight still sends one item ahead', async () => {
  const [own, id] = [await as(rig, 'early'), 'early'];
  const news = new Gate();
  kept = { prompt: formatRowPrompt(id, formatKey(0)), news };
  rig.emulator.setLimits({ credits: 4 });
  const batch = await startBatch(own, id, 20, { concurrency: 4 });
  await until('the worker asks for the job', () => news.arrived > 0);
  await untilAccount('it is held', own, isHeld('INSUFFICIENT_CREDITS'));
  const since = Date.now();
  await own.client.account().resume();
  news.open();
  await until('the hold has returned', async () =>
    (await fetchDecisions(own)).includes('held again: INSUFFICIENT_CREDITS'),
  );
  await atRest(own, id);
  expect(refusalsSince(own, since, 'INSUFFICIENT_CREDITS')).toBe(1);
  rig.emulator.setLimits({ credits: null });
  await own.client.account().resume();
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 20 });
});

describe('a key that is refused', () => {
  beforeAll(() => rig.emulator.setLimits({ credits: null }));

  test('holds at the first item, with one request for each probe', async () => {
    const own = await as(rig, 'wrong');
    key.isRevoked = true;
    const before = key.refused();
    const batch = await startBatch(own, 'wrong', 50, { concurrency: 8 });
    await untilAccount('it is held', own, isHeld('UNAUTHENTICATED'));
    expect(pickCounts(await atRest(own, 'wrong'))).toEqual({ waiting: 50 });
    const first = key.refused() - before;
    expect(first).toBeLessThanOrEqual(4);
    await own.client.account().resume();
    await until('the probe was refused', () => key.refused() > before + first);
    await untilAccount('the hold has returned', own, ({ decisions }) =>
      /held again/.test(decisions.at(-1)?.words ?? ''),
    );
    await atRest(own, 'wrong');
    expect(key.refused() - before).toBe(first + 1);
    key.isRevoked = false;
    await own.client.account().resume();
    expect(pickCounts(await batch.result())).toEqual({ succeeded: 50 });
    expect(key.refused() - before).toBe(first + 1);
  });

  test('loses nothing that is paid when it is revoked in the run', async () => {
    const [own, id] = [await as(rig, 'revoked'), 'revoked'];
    scriptFor(own, id, null, { jobMs: 1_200 });
    const batch = await startBatch(own, id, 20, { concurrency: 6 });
    await until('jobs are in flight', () => inFlight(own, id) >= 4);
    key.isRevoked = true;
    await untilAccount('it is held', own, isHeld('UNAUTHENTICATED'));
    const held = await atRest(own, id);
    expect(held.counts.failed).toBe(0);
    await until('all jobs have ended', () => inFlight(own, id) === 0);
    key.isRevoked = false;
    await own.client.account().resume();
    expect(pickCounts(await batch.result())).toEqual({ succeeded: 20 });
    expect([...jobsByKey(own, id).values()].every(({ length }) => length === 1)).toBe(true);
  });
});

describe('a single item while the account is held', () => {
  let own: Rig;

  beforeAll(async () => {
    own = await as(rig, 'single');
  });

  test('fails at once with the code, and sends nothing', async () => {
    rig.emulator.setLimits({ credits: 0 });
    expect(await catchError(await start(own.client, 'first'))).toMatchObject({ code: 'INSUFFICIENT_CREDITS' });
    const { submits } = rig.emulator.ledger();
    const error = await catchError(await start(own.client, 'second'));
    expect(error).toMatchObject({ code: 'INSUFFICIENT_CREDITS', outcome: 'failed' });
    expect(error.message).toMatch(/held since/);
    expect(rig.emulator.ledger().submits).toBe(submits);
  });

  test('waits if it was asked to, and is made when the account continues', async () => {
    rig.emulator.setLimits({ credits: 0 });
    const submits = rig.emulator.ledger().submits;
    const images = await Promise.all(['w1', 'w2', 'w3'].map((id) => start(own.client, id, { waitWhileHeld: true })));
    await untilAccount('they wait', own, ({ holders }) => holders.length === 3);
    expect(rig.emulator.ledger().submits).toBe(submits);
    rig.emulator.setLimits({ credits: RICH });
    await own.client.account().resume();
    expect((await Promise.all(images.map((image) => image.result()))).map(({ outcome }) => outcome)).toEqual(
      Array(3).fill('succeeded'),
    );
  });

  test('fails with the reason of a requested hold, and continues after it', async () => {
    await own.client.account().hold('lunch');
    const submits = rig.emulator.ledger().submits;
    const error = await catchError(await start(own.client, 'third'));
    expect(error).toMatchObject({ code: 'HELD_BY_REQUEST', scope: 'account', retryable: false });
    expect(error).toMatchObject({ message: expect.stringMatching(/nothing was sent\. lunch\.$/) });
    expect(error).toMatchObject({ remedy: expect.stringContaining('imagepipeline account resume') });
    expect(error).toMatchObject({ submissions: [{ code: 'HELD_BY_REQUEST', jobId: null, refusals: {} }] });
    expect(rig.emulator.ledger().submits).toBe(submits);
    await own.client.account().resume();
    expect((await (await start(own.client, 'fourth')).result()).outcome).toBe('succeeded');
  });

  test('that waits for a permit is rejected by a hold that begins', async () => {
    const narrow = await as(rig, 'narrow');
    await narrow.client.account().set({ limits: { maxConcurrency: 1 } });
    // Longer than the second one takes to ask, also on a busy machine.
    scriptItemFor(rig, 'n1', { jobMs: 8_000 });
    const first = await start(narrow.client, 'n1');
    await untilAccount('it is in flight', narrow, ({ inFlight: jobs }) => jobs === 1);
    const second = await start(narrow.client, 'n2');
    await untilAccount('it waits', narrow, ({ holders }) => holders.length === 2);
    await narrow.client.account().hold();
    expect(await catchError(second)).toMatchObject({ code: 'HELD_BY_REQUEST' });
    expect((await first.result()).outcome).toBe('succeeded');
  });
});
