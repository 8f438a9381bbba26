/** Callbacks wake items, and tell what became of submissions whose answer was lost; a callback alone decides nothing. */
import { buildCallbackUrl } from '../../activities/callback';
import { pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import type { CallbackClaim } from '../../workflows/domain/item/callback';
import {
  accepted,
  formatKey,
  formatRowPrompt,
  jobsByKey,
  listResults,
  pickCounts,
  scriptFor,
  startBatch,
  untilStatus,
} from '../batch/batch-fixtures';
import { fetchFirstRun, readHistory } from '../support/history';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { post } from './harness';

let rig: Rig;
let silent: Rig;

beforeAll(async () => {
  const emulator = { jobTime: { medianMs: 150, sigma: 0.2 } };
  const activities = { timings: { missingGraceMs: 200, resultPatienceMs: 5_000 } };
  [rig, silent] = await Promise.all([startRig({ emulator, activities, callbacks: true }), startRig({ emulator })]);
});
afterAll(() => Promise.all([rig.close(), silent.close()]));

const ITEMS = process.env['FULL_TESTS'] ? 300 : 60;
const LOST = ITEMS / 10;

function loseAnswers(of: Rig, id: string): readonly string[] {
  const lost = Array.from({ length: LOST }, (_, index) => formatKey(index * 10));
  for (const key of lost) scriptFor(of, id, key, { fault: 'reset-after-accept', on: 'submit' }, 1);
  return lost;
}

/** Of the first submission of a batch's first item. */
async function makeClaim(id: string): Promise<CallbackClaim> {
  const workflowId = pageWorkflowId(id, 0);
  const run = await fetchFirstRun(rig.client.temporal.workflow.getHandle(workflowId));
  return { workflowId, run, key: formatKey(0), submission: 1 };
}

function addressFor(claim: CallbackClaim): string {
  const { callbacks } = rig.settings;
  if (!callbacks) throw new Error('the rig has no callbacks');
  return buildCallbackUrl(callbacks, claim);
}

test('with callbacks every lost answer is settled: all succeed, and each is paid once', async () => {
  loseAnswers(rig, 'echoed');
  const batch = await startBatch(rig, 'echoed', ITEMS, { concurrency: 20 });
  const last = await batch.result();
  expect(pickCounts(last)).toEqual({ succeeded: ITEMS });
  expect(accepted(rig, 'echoed')).toBe(ITEMS);
  expect([...jobsByKey(rig, 'echoed').values()].filter((jobs) => jobs.length !== 1)).toEqual([]);
  expect(last).toMatchObject({ submissions: ITEMS, possibleDuplicates: 0 });
});

test('without callbacks the lost ones end unknown and are never sent again', async () => {
  const lost = loseAnswers(silent, 'silent');
  const batch = await startBatch(silent, 'silent', ITEMS, { concurrency: 20 });
  const last = await batch.result();
  expect(pickCounts(last)).toEqual({ succeeded: ITEMS - LOST, unknown: LOST });
  expect(accepted(silent, 'silent')).toBe(ITEMS);
  const lines = await listResults(silent, 'silent');
  expect(lines.filter(({ outcome }) => outcome === 'unknown').map(({ key }) => key)).toEqual(lost);
});

test('as many unknown submissions are sent again as were allowed, and are counted', async () => {
  loseAnswers(silent, 'allowed');
  const budget = { submissions: null, cost: null, duplicates: 2 };
  const batch = await startBatch(silent, 'allowed', ITEMS, { concurrency: 20, budget });
  const last = await batch.result();
  expect(pickCounts(last)).toEqual({ succeeded: ITEMS - LOST + 2, unknown: LOST - 2 });
  expect(accepted(silent, 'allowed')).toBe(ITEMS + 2);
  expect(last.possibleDuplicates).toBe(2);
});

test('a single item whose answer was lost is settled by its callback', async () => {
  const prompt = 'a picture whose answer is lost';
  rig.emulator.script({
    match: { promptIncludes: prompt },
    times: 1,
    then: { fault: 'reset-after-accept', on: 'submit' },
  });
  const image = await rig.client.startImage({ id: 'lost-single', request: { prompt, width: 32, height: 32 } });
  const report = await image.result();
  expect(report).toMatchObject({ outcome: 'succeeded', submissions: [{ number: 1, code: null }] });
  expect(report.jobId).toBe(rig.emulator.ledger().jobs.find((job) => job.prompt === prompt)?.jobId);
});

test('a callback that lies is no more than a reason to look: the job is read, and continues', async () => {
  const id = 'lied-to';
  rig.emulator.script({ match: { promptIncludes: formatRowPrompt(id, formatKey(0)) }, then: { jobMs: 1_500 } });
  const batch = await startBatch(rig, id, 1);
  await until('the job runs', () => accepted(rig, id) === 1);
  const claim = await makeClaim(id);
  expect(await post(addressFor(claim), { job_id: 'job_of_somebody_else', status: 'completed' })).toBe(200);
  const last = await batch.result();
  expect(pickCounts(last)).toEqual({ succeeded: 1 });
  const [job] = jobsByKey(rig, id).get(formatKey(0)) ?? [];
  expect((await listResults(rig, id))[0]?.jobId).toBe(job?.jobId);
});

test('a lost submission is not settled by a job that the provider does not know', async () => {
  const id = 'strange-job';
  scriptFor(rig, id, formatKey(0), { fault: 'reset-after-accept', on: 'submit' }, 1);
  rig.emulator.script({ match: { promptIncludes: formatRowPrompt(id, formatKey(0)) }, then: { never: true } });
  const batch = await startBatch(rig, id, 1, { items: { deadlineMs: 3_600_000, jobTimeBudgetMs: 1_000 } });
  await until('it was submitted', () => accepted(rig, id) === 1);
  await untilStatus('it waits', batch, ({ counts }) => counts.running === 1);
  const claim = await makeClaim(id);
  expect(await post(addressFor(claim), { job_id: 'job_unheard_of', status: 'completed' })).toBe(200);
  const last = await batch.result();
  expect(pickCounts(last)).toEqual({ unknown: 1 });
  expect((await listResults(rig, id))[0]?.message).toContain('does not know');
});

test('a callback of another run of the workflow has no effect, although its token is valid', async () => {
  const id = 'other-run';
  rig.emulator.script({ times: 1, then: { jobMs: 0 } });
  const stranger = await rig.client.startImage({
    request: { prompt: 'a job of somebody else', width: 32, height: 32 },
  });
  const { jobId: strange } = await stranger.result();
  scriptFor(rig, id, formatKey(0), { fault: 'reset-after-accept', on: 'submit' }, 1);
  // The test says itself when the job has ended.
  scriptFor(rig, id, formatKey(0), { fault: 'drop', on: 'callback' });
  const batch = await startBatch(rig, id, 1);
  await untilStatus('it waits', batch, ({ counts }) => counts.running === 1);
  const claim = await makeClaim(id);
  const said = (jobId: string | null | undefined) => ({ job_id: jobId, status: 'completed' });
  expect(await post(addressFor({ ...claim, run: 'an-earlier-run' }), said(strange))).toBe(200);
  const [own] = await until('its job is there', () => jobsByKey(rig, id).get(formatKey(0)));
  // First one that cannot be read, which tells nothing either.
  expect(await post(addressFor(claim), 'garbage')).toBe(200);
  expect(await post(addressFor(claim), said(own?.jobId))).toBe(200);
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 1 });
  expect((await listResults(rig, id))[0]?.jobId).toBe(own?.jobId);
});

test('a callback that does not say that the job has ended frees no permit', async () => {
  const id = 'not-ended';
  rig.emulator.script({ match: { promptIncludes: formatRowPrompt(id, formatKey(0)) }, then: { jobMs: 2_000 } });
  const batch = await startBatch(rig, id, 2, { concurrency: 1 });
  await until('the first job runs', () => accepted(rig, id) === 1);
  const claim = await makeClaim(id);
  for (const status of ['queued', 'processing']) {
    expect(await post(addressFor(claim), { job_id: 'job_1', status })).toBe(200);
  }
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 2 });
  const [first] = jobsByKey(rig, id).get(formatKey(0)) ?? [];
  const [second] = jobsByKey(rig, id).get(formatKey(1)) ?? [];
  expect((second?.acceptedAt ?? 0) - (first?.acceptedAt ?? 0)).toBeGreaterThanOrEqual(2_000);
});

test('callbacks end the waiting: one status read an item, and no address or secret in the history', async () => {
  const before = rig.emulator.ledger().jobs.length;
  const batch = await startBatch(rig, 'read-once', 20, { concurrency: 10 });
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 20 });
  const jobs = rig.emulator.ledger().jobs.slice(before);
  const reads = jobs.reduce((sum, { statusReads }) => sum + statusReads, 0);
  expect(reads / jobs.length).toBeLessThanOrEqual(1.1);
  const { events } = await readHistory(rig, pageWorkflowId('read-once', 0));
  const text = JSON.stringify(events);
  expect(text).not.toContain('/callbacks/');
  expect(text).not.toContain('result_url');
});
