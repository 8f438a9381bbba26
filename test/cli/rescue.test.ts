/** Results of jobs that exist already are fetched and stored; nothing is submitted for them. */
import { existsSync, rmSync } from 'node:fs';
import { ItemNotFoundError } from '../../client';
import { type Rig, startRig } from '../support/rig';
import { BatchCli, formatPrompt } from './batch-cli';

let rig: Rig;
let batchCli: BatchCli;

beforeAll(async () => {
  // A result that cannot be had is given up at once, where a worker would try for half an hour.
  const activities = { timings: { missingGraceMs: 100, resultPatienceMs: 0 } };
  rig = await startRig({ activities });
  batchCli = new BatchCli(rig);
});
afterAll(() => rig.close());

function withhold(id: string, key: string): void {
  rig.emulator.script({
    match: { promptIncludes: formatPrompt(id, key) },
    times: 1,
    then: { on: 'result', fault: 'html-200' },
  });
}

test('a batch whose results could not be had gets them later, without a submission', async () => {
  const id = 'late-results';
  withhold(id, 'a');
  const { status } = await batchCli.toEnd('batch', id, batchCli.writeRows(id, { a: '', b: '' }));
  expect(status).toMatchObject({ counts: { succeeded: 1, failed: 1 }, failures: { RESULT_UNAVAILABLE: 1 } });
  const before = rig.emulator.ledger().submits;
  const { code, stderr, stdout } = await batchCli.run('rescue', '--batch', id, '--json');
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('fetching 1 job of') });
  expect(JSON.parse(stdout)).toMatchObject({ counts: { succeeded: 2, total: 2 }, submissions: 2 });
  expect(rig.emulator.ledger().submits).toBe(before);
  const [line] = await batchCli.lines(id);
  const [job] = batchCli.jobs(id, 'a');
  expect(line).toMatchObject({ key: 'a', outcome: 'succeeded', jobId: job?.jobId, sha256: job?.resultSha256 });
  expect(line?.submissions.map(({ jobId }) => jobId)).toEqual([job?.jobId]);
});

test('what is rescued again fails with its code, and a redrive fetches it once more', async () => {
  const id = 'never-had';
  withhold(id, 'a');
  await batchCli.toEnd('batch', id, batchCli.writeRows(id, { a: '', b: '' }));
  withhold(id, 'a');
  expect((await batchCli.run('rescue', '--batch', id)).code).toBe(3);
  expect((await batchCli.lines(id))[0]).toMatchObject({ outcome: 'failed', code: 'RESULT_UNAVAILABLE' });
  const { status } = await batchCli.toEnd('redrive', id);
  expect(status).toMatchObject({ counts: { succeeded: 2 }, submissions: 2 });
  expect(batchCli.jobs(id, 'a')).toHaveLength(1);
});

test('a store that was lost is filled again', async () => {
  const id = 'lost-store';
  await batchCli.toEnd('batch', id, batchCli.writeRows(id, { a: '', b: '' }));
  const files = (await batchCli.lines(id)).map(({ file }) => file ?? '');
  for (const file of files) rmSync(file);
  expect((await batchCli.run('rescue', '--batch', id)).stderr).toContain('no job to fetch');
  expect((await batchCli.run('rescue', '--batch', id, '--again')).code).toBe(0);
  expect(files.map((file) => existsSync(file))).toEqual([true, true]);
});

test('jobs by their ids, of whomever', async () => {
  const id = 'by-id';
  await batchCli.toEnd('batch', id, batchCli.writeRows(id, { a: '' }));
  const [job] = batchCli.jobs(id, 'a');
  const before = rig.emulator.ledger().submits;
  const { code, stdout } = await batchCli.run('rescue', job?.jobId ?? '', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'succeeded', jobId: job?.jobId, sha256: job?.resultSha256 });
  expect((await batchCli.run('rescue', 'job_unheard_of')).code).toBe(5);
  expect(rig.emulator.ledger().submits).toBe(before);
});

test('a job id that the provider does not know is never reported as accepted', async () => {
  const { code, stderr } = await batchCli.run('rescue', 'job_misspelt', '--id', 'misspelt');
  expect(code).toBe(5);
  expect(stderr).toMatch(/^misspelt: unknown: JOB_NOT_FOUND: The provider does not know a job "job_misspelt"/m);
  expect(stderr).toContain('Check the job id');
  expect(stderr).not.toContain('accepted');
});

test('a job that is rescued under the id of its image is the result of that image', async () => {
  const request = { prompt: formatPrompt('by-item', 'a') };
  withhold('by-item', 'a');
  const { stderr: told } = await batchCli.run('generate', request.prompt, '--id', 'banner');
  const [job] = batchCli.jobs('by-item', 'a');
  expect(told).toContain(`imagepipeline rescue ${job?.jobId} --id banner`);
  const { code, stdout } = await batchCli.run('rescue', job?.jobId ?? '', '--id', 'banner', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ id: 'banner', outcome: 'succeeded', sha256: job?.resultSha256 });
  expect(JSON.parse(stdout).file).toMatch(/items\/banner\.\w+$/);
  expect((await batchCli.run('status', 'banner')).stdout).toContain('succeeded');
  // The id is still that of its request, which is found and not paid again.
  expect((await batchCli.run('generate', request.prompt, '--id', 'banner')).code).toBe(0);
  expect(batchCli.jobs('by-item', 'a')).toHaveLength(1);
  expect((await batchCli.run('generate', 'another', '--id', 'banner')).code).toBe(2);
});

test('a job takes no id of a batch', async () => {
  await batchCli.toEnd('batch', 'not-an-image', batchCli.writeRows('not-an-image', { a: '' }));
  const { code, stderr } = await batchCli.run('rescue', 'job_1', '--id', 'not-an-image');
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('is the id of a batch') });
});

test('of several jobs, none is fetched if one cannot be, and every problem is reported at once', async () => {
  const { code, stderr } = await batchCli.run('rescue', 'job_fine', 'job 2', '../job');
  expect(code).toBe(2);
  expect(stderr.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^the job id is "job 2"; its default id "rescue-job 2" must be 1 to 128 letters/),
    expect.stringMatching(/^the job id is "..\/job"; its default id "rescue-..\/job" must be 1 to 128 letters/),
  ]);
  await expect(rig.client.item('rescue-job_fine').status()).rejects.toThrow(ItemNotFoundError);
});

test('of several jobs, none is fetched if the id of one belongs to a batch', async () => {
  for (const job of ['job_one', 'job_two']) {
    await batchCli.toEnd('batch', `rescue-${job}`, batchCli.writeRows(`rescue-${job}`, { a: '' }));
  }
  const { code, stderr } = await batchCli.run('rescue', 'job_free', 'job_one', 'job_two');
  expect(code).toBe(2);
  expect(stderr).toContain('"rescue-job_one", which is the id of a batch; nothing was started');
  expect(stderr).toContain('"rescue-job_two", which is the id of a batch; nothing was started');
  await expect(rig.client.item('rescue-job_free').status()).rejects.toThrow(ItemNotFoundError);
});

test('of several jobs, none is fetched if the id of one belongs to a running item of another request', async () => {
  rig.emulator.script({ match: { promptIncludes: formatPrompt('busy', 'a') }, then: { jobMs: 20_000 } });
  const id = 'rescue-job_busy';
  const image = await rig.client.startImage({ id, request: { prompt: formatPrompt('busy', 'a') } });
  await batchCli.toEnd('batch', 'rescue-job_last', batchCli.writeRows('rescue-job_last', { a: '' }));
  const { code, stderr } = await batchCli.run('rescue', 'job_idle', 'job_busy', 'job_last');
  expect(code).toBe(2);
  expect(stderr.trimEnd().split('\n')).toEqual([
    expect.stringContaining(`"${id}", which was used for an item of another request`),
    expect.stringContaining('"rescue-job_last", which is the id of a batch; nothing was started'),
  ]);
  await expect(rig.client.item('rescue-job_idle').status()).rejects.toThrow(ItemNotFoundError);
  await image.cancel({ now: true });
});

test.each([
  [[], /expected job ids, or --batch/],
  [['job_1', '--batch', 'x'], /expected job ids, or --batch/],
  [['job_1', '--again'], /--again requires --batch/],
  [['job_1', 'job_2', '--id', 'x'], /--id requires exactly one job/],
  [['--batch', 'x', '--id', 'y'], /--id requires exactly one job/],
  [['job_1', '--operation', 'paint'], /--operation is "paint"/],
])('%j is refused with words', async (args, words) => {
  const { code, stderr } = await batchCli.run('rescue', ...args);
  expect(code).toBe(2);
  expect(stderr).toMatch(words);
});
