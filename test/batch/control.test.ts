/** A live batch does what it is told, says so, and never gives up a job that is paid. */
import { batchStateQuery } from '../../workflows/messages';
import { readHistory, scheduled } from '../support/history';
import { ON_POSTGRES } from '../support/on-postgres';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import {
  accepted,
  inFlight,
  jobsByKey,
  listResults,
  pickCounts,
  scriptFor,
  startBatch,
  sumOfCounts,
  untilStatus,
} from './batch-fixtures';

const ITEMS = 30;
const JOB_MS = 400;
/** Longer than a busy machine takes to tell a page that it is to stop. */
const LONG_JOB = { jobMs: 3_000 };

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ emulator: { jobTime: { medianMs: JOB_MS, sigma: 0 } } });
});
afterAll(() => rig.close());

async function countPages(id: string): Promise<number> {
  const { open } = await rig.client.temporal.workflow.getHandle(id).query(batchStateQuery);
  return open.length;
}

/** With jobs in flight: of 30 items in five pages, the first two of which are open. */
async function running(id: string, options: Parameters<typeof startBatch>[3] = {}) {
  const batch = await startBatch(rig, id, ITEMS, { concurrency: 10, pageSize: 6, ...options });
  await until('jobs are in flight', () => inFlight(rig, id) >= 4);
  return batch;
}

test('a paused batch collects what is in flight and submits nothing new, until it is resumed', async () => {
  const batch = await running('pausing');
  const told = await batch.pause('lunch');
  expect(told).toMatchObject({ state: 'paused', reason: 'lunch' });
  const quiet = await untilStatus('nothing runs', batch, ({ counts }) => counts.running === 0);
  const paid = accepted(rig, 'pausing');
  expect(paid).toBeLessThan(ITEMS);
  expect(pickCounts(quiet)).toEqual({ succeeded: paid, waiting: ITEMS - paid });
  // A job takes 0.4 s, so anything that was submitted meanwhile would be seen.
  await until('twice the time of a job has passed', () => Date.now() > Date.parse(quiet.updatedAt) + 2 * JOB_MS);
  expect(accepted(rig, 'pausing')).toBe(paid);
  expect(await batch.resume()).toMatchObject({ state: 'running', reason: null });
  expect(await batch.result()).toMatchObject({ state: 'completed', counts: { succeeded: ITEMS } });
  expect(accepted(rig, 'pausing')).toBe(ITEMS);
});

test.each([
  ['as soon as it was started', 'early-start', () => Promise.resolve(true)],
  ['as soon as a page is being opened', 'early-page', async () => (await countPages('early-page')) > 0],
])('a pause that comes %s reaches the page that is being opened', async (_when, id, moment) => {
  scriptFor(rig, id, null, LONG_JOB);
  const batch = await startBatch(rig, id, 20, { concurrency: 5, pageSize: 10 });
  await until('it is the moment', moment);
  await batch.pause();
  const quiet = await untilStatus('nothing runs', batch, ({ counts }) => counts.running === 0);
  await until('the time of a job has passed', () => Date.now() > Date.parse(quiet.updatedAt) + 2 * JOB_MS);
  const paid = accepted(rig, id);
  expect(paid).toBeLessThanOrEqual(5);
  await batch.cancel();
  expect(await batch.result()).toMatchObject({ counts: { succeeded: paid, cancelled: 20 - paid } });
});

test('a cancelled batch collects every paid job; all other items are cancelled, also those of unopened pages', async () => {
  const batch = await running('cancelling');
  expect(await batch.cancel()).toMatchObject({ reason: 'cancelled by request' });
  const last = await batch.result();
  const paid = accepted(rig, 'cancelling');
  expect(paid).toBeGreaterThan(0);
  expect(last).toMatchObject({ state: 'cancelled', reason: 'cancelled by request' });
  expect(pickCounts(last)).toEqual({ succeeded: paid, cancelled: ITEMS - paid });
  const lines = await listResults(rig, 'cancelling');
  expect(lines).toHaveLength(ITEMS);
  const jobs = jobsByKey(rig, 'cancelling');
  const told = lines.map(({ key, outcome, code }) => ({ key, outcome, code }));
  expect(told).toEqual(
    lines.map(({ key }) =>
      jobs.has(key) ? { key, outcome: 'succeeded', code: null } : { key, outcome: 'cancelled', code: 'CANCELLED' },
    ),
  );
});

test('the counts add up while a batch of many pages is cancelled and pages end at the same time', async () => {
  const items = 240;
  const batch = await startBatch(rig, 'cancel-many', items, { concurrency: 24, pageSize: 2 });
  await until('some are paid', () => accepted(rig, 'cancel-many') >= 20);
  await batch.cancel();
  const looks: number[] = [];
  const last = await untilStatus('it has ended', batch, (status) => {
    looks.push(sumOfCounts(status));
    return status.finishedAt !== null;
  });
  expect(looks.filter((sum) => sum !== items)).toEqual([]);
  const paid = accepted(rig, 'cancel-many');
  expect(pickCounts(last)).toEqual({ succeeded: paid, cancelled: items - paid });
  expect(await listResults(rig, 'cancel-many')).toHaveLength(items);
});

test("Temporal's own cancellation of the workflow means the same as the command", async () => {
  scriptFor(rig, 'cancelled-in-ui', null, LONG_JOB);
  const batch = await running('cancelled-in-ui', { concurrency: 5, pageSize: 25 });
  await rig.client.temporal.workflow.getHandle('cancelled-in-ui').cancel();
  const last = await batch.result();
  const paid = accepted(rig, 'cancelled-in-ui');
  expect(paid).toBeLessThanOrEqual(10);
  expect(last).toMatchObject({ state: 'cancelled', reason: 'cancelled by request' });
  expect(pickCounts(last)).toEqual({ succeeded: paid, cancelled: ITEMS - paid });
  const { events = [] } = await readHistory(rig, 'cancelled-in-ui');
  expect(events?.filter((event) => event.workflowTaskFailedEventAttributes)).toEqual([]);
  // A second one could reach the batch while it completes, which fails its workflow task.
  const reports = scheduled(await readHistory(rig, 'cancelled-in-ui/page-000000')).map(({ summary }) => summary);
  expect(reports.filter((summary) => summary?.endsWith(', the last'))).toHaveLength(1);
});

test('a paused batch can be cancelled', async () => {
  const batch = await running('pause-cancel');
  await batch.pause();
  await batch.cancel();
  const paid = accepted(rig, 'pause-cancel');
  expect(pickCounts(await batch.result())).toEqual({ succeeded: paid, cancelled: ITEMS - paid });
});

test('fewer jobs at once are kept to as soon as those in flight have ended, more are used at once', async () => {
  // Long enough for a dozen to be in flight together, at the pace of the server.
  scriptFor(rig, 'concurrency', null, { jobMs: ON_POSTGRES ? 4_000 : 2_000 });
  const batch = await startBatch(rig, 'concurrency', 30, { concurrency: 6, pageSize: 10 });
  await until('6 jobs are in flight', () => inFlight(rig, 'concurrency') === 6);
  await batch.set({ concurrency: 2 });
  await until('2 jobs are left', () => inFlight(rig, 'concurrency') <= 2);
  const looks: number[] = [];
  const before = accepted(rig, 'concurrency');
  await until('3 more were submitted', () => {
    looks.push(inFlight(rig, 'concurrency'));
    return accepted(rig, 'concurrency') >= before + 3;
  });
  expect(Math.max(...looks)).toBeLessThanOrEqual(2);
  rig.emulator.clearScripts();
  // However slowly a busy machine submits them, the seventh comes before the first has ended.
  scriptFor(rig, 'concurrency', null, { jobMs: 12_000 });
  await batch.set({ concurrency: 12 });
  await until('more jobs are in flight than ever before', () => inFlight(rig, 'concurrency') > 6);
  expect(await batch.result()).toMatchObject({ state: 'completed', counts: { succeeded: 30 } });
});

describe('a batch with more failures than are tolerated', () => {
  const asking = (number: number) => (number < 6 ? '{{INPUT_INVALID}}' : '');

  test('pauses with the reason; a resume forgives, and the next failures count from there', async () => {
    const both = (number: number) => (number < 6 || number > 26 ? '{{INPUT_INVALID}}' : '');
    const options = { asking: both, maxFailures: '2', concurrency: 3, pageSize: 10 };
    const batch = await startBatch(rig, 'tolerance', ITEMS, options);
    const paused = await untilStatus('it pauses', batch, ({ state }) => state === 'paused');
    expect(paused.reason).toMatch(/\b[3-6]\b.* more than the limit of 2/);
    expect(accepted(rig, 'tolerance')).toBeLessThan(ITEMS);
    await until('it resumes for good', async () => {
      const { state, counts } = await batch.status();
      if (state === 'paused' && counts.running === 0) await batch.resume();
      return counts.succeeded >= 18;
    });
    const again = await untilStatus('it pauses again', batch, ({ state }) => state !== 'running');
    expect(again.counts.failed).toBeGreaterThan(paused.counts.failed);
    if (again.state === 'paused') await batch.resume();
    expect(pickCounts(await batch.result())).toEqual({ succeeded: 21, failed: 9 });
  });

  test('is cancelled with the reason where that was requested', async () => {
    const options = { asking, maxFailures: '10%', onTooManyFailures: 'cancel', concurrency: 3, pageSize: 10 } as const;
    const last = await (await startBatch(rig, 'intolerance', ITEMS, options)).result();
    expect(last.state).toBe('cancelled');
    expect(last.reason).toMatch(/\b[4-6]\b.* more than the limit of 10 %/);
    expect(last.counts.cancelled).toBeGreaterThan(0);
    expect(sumOfCounts(last)).toBe(ITEMS);
  });

  test('continues where all failures are tolerated', async () => {
    const last = await (await startBatch(rig, 'tolerant', 12, { asking })).result();
    expect(pickCounts(last)).toEqual({ succeeded: 6, failed: 6 });
  });
});

test('the deadline of a batch cancels what was not submitted and collects what was', async () => {
  const batch = await startBatch(rig, 'late', ITEMS, { concurrency: 2, deadlineMs: 2_000 });
  const last = await batch.result();
  const paid = accepted(rig, 'late');
  expect(last).toMatchObject({ state: 'cancelled', reason: 'the deadline of the batch has passed' });
  expect(pickCounts(last)).toEqual({ succeeded: paid, cancelled: ITEMS - paid });
});
