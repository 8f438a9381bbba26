/** Starting an image twice never pays twice. */
import { InvalidRequestError, ItemNotFoundError } from '../../client';
import { catchError, findJobs, formatPrompt, SMALL, scriptFor, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
  rig.emulator.script({ match: { promptIncludes: 'at once' }, then: { jobMs: 0 } });
});
afterAll(() => rig.close());

test('the same id started twice at the same time is one image and one paid job', async () => {
  const handles = await Promise.all([1, 2, 3].map(() => start(rig.client, 'twice')));
  expect(handles.map(({ alreadyStarted }) => alreadyStarted).sort()).toEqual([false, true, true]);
  const reports = await Promise.all(handles.map((handle) => handle.result()));
  expect(new Set(reports.map(({ jobId }) => jobId)).size).toBe(1);
  expect(findJobs(rig, 'twice')).toHaveLength(1);
});

test('an id started again after it succeeded gives the result of then', async () => {
  const first = await (await start(rig.client, 'later')).result();
  const again = await start(rig.client, 'later', { again: true });
  expect(again.alreadyStarted).toBe(true);
  expect(await again.result()).toEqual(first);
  expect(findJobs(rig, 'later')).toHaveLength(1);
});

test('the same request without an id is the same image, whatever the order of its fields', async () => {
  const prompt = formatPrompt('no-id');
  const first = await rig.client.startImage({ request: { prompt, ...SMALL } });
  const second = await rig.client.startImage({ request: { ...SMALL, prompt } });
  const other = await rig.client.startImage({ request: { prompt, ...SMALL, seed: 7 } });
  expect(second).toMatchObject({ id: first.id, alreadyStarted: true });
  expect(other.id).not.toBe(first.id);
  await Promise.all([first.result(), other.result()]);
  expect(findJobs(rig, 'no-id')).toHaveLength(2);
});

test('a failed id is not run again unless that is requested', async () => {
  scriptFor(rig, 'failed', { failJob: 'INPUT_INVALID', jobMs: 0 }, 1);
  await catchError(await start(rig.client, 'failed'));
  await catchError(await start(rig.client, 'failed'));
  expect(findJobs(rig, 'failed')).toHaveLength(1);
  const again = await start(rig.client, 'failed', { again: true });
  expect(again.alreadyStarted).toBe(false);
  expect(await again.result()).toMatchObject({ outcome: 'succeeded' });
  expect(findJobs(rig, 'failed')).toHaveLength(2);
});

test('an id that belongs to another request is refused, and nothing is submitted', async () => {
  await (await start(rig.client, 'taken')).result();
  const other = rig.client.startImage({ id: 'taken', request: { prompt: formatPrompt('other'), ...SMALL } });
  await expect(other).rejects.toThrow(InvalidRequestError);
  expect(findJobs(rig, 'other')).toEqual([]);
});

test('an image can be found by its id alone, and an unknown id cannot', async () => {
  const report = await (await start(rig.client, 'found')).result();
  expect(await rig.client.item('found').result()).toEqual(report);
  const nobody = rig.client.item('nobody');
  await expect(nobody.result()).rejects.toThrow(ItemNotFoundError);
  await expect(nobody.status()).rejects.toThrow(ItemNotFoundError);
  await expect(nobody.cancel()).rejects.toThrow(ItemNotFoundError);
});

test('a request that cannot be right starts nothing', async () => {
  const wrong = rig.client.startImage({ id: 'wrong', request: { prompt: '', ...SMALL } });
  await expect(wrong).rejects.toThrow(InvalidRequestError);
  await expect(rig.client.item('wrong').status()).rejects.toThrow(ItemNotFoundError);
});
