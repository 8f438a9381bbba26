/** Batches and single items are deleted from the store once nothing of them runs, and their ids are never paid again. */
import { utimesSync } from 'node:fs';
import path from 'node:path';
import {
  type BatchHandle,
  BatchRefusedError,
  type BatchRow,
  ItemNotFoundError,
  ManifestNotFoundError,
} from '../../client';
import { filesBelow } from '../activities/store/tested-stores';
import { findJobs, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { accepted, formatRowPrompt, inFlight, scriptFor } from './batch-fixtures';

const KEYS = ['a', 'b', 'c'];
const DELETED = /was deleted from the store at 20/;

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

function stop(): never {
  throw new Error('the store has no such batch');
}

const store = () => rig.client.store();
const listFiles = (id: string) =>
  filesBelow(path.join(rig.store, 'batches', id)).map((file) =>
    path.relative(path.join(rig.store, 'batches', id), file),
  );

function makeRows(id: string, keys: readonly string[] = KEYS): BatchRow[] {
  return keys.map((key) => ({ key, prompt: formatRowPrompt(id, key), width: 32, height: 32 }));
}

async function run(id: string, keys: readonly string[] = KEYS): Promise<BatchHandle> {
  const batch = await rig.client.startBatch({ id, rows: makeRows(id, keys) });
  await batch.result();
  return batch;
}

async function countResults(batch: BatchHandle): Promise<number> {
  let count = 0;
  for await (const { outcome } of batch.results()) if (outcome === 'succeeded') count += 1;
  return count;
}

/** As the retention does. */
async function forget(id: string): Promise<void> {
  const { workflowService, options } = rig.client.temporal;
  const workflowExecution = { workflowId: id };
  await workflowService.deleteWorkflowExecution({ namespace: options.namespace, workflowExecution });
  const look = () => rig.client.temporal.workflow.getHandle(id).describe();
  await until('it is gone', () =>
    look().then(
      () => false,
      () => true,
    ),
  );
}

function onlyRecord(id: string): void {
  expect(listFiles(id).filter((name) => !/^(manifest|deleted|runs\/\d+)\.json$/.test(name))).toEqual([]);
}

test('a batch that runs is not deleted; once it has ended it is, and its id is refused by everything', async () => {
  scriptFor(rig, 'one', null, { jobMs: 3_000 });
  const batch = await rig.client.startBatch({ id: 'one', rows: makeRows('one') });
  await until('a job is in flight', () => inFlight(rig, 'one') > 0);
  await expect(store().deleteBatch('one')).rejects.toThrow(/it is running; nothing was deleted/);
  await batch.pause();
  await expect(store().deleteBatch('one')).rejects.toThrow(BatchRefusedError);
  await batch.resume();
  await batch.result();
  expect(await countResults(batch)).toBe(3);

  const plans: unknown[] = [];
  const no = async (plan: unknown) => {
    plans.push(plan);
    throw new Error('no');
  };
  await expect(store().deleteBatch('one', { confirm: no })).rejects.toThrow('no');
  expect(plans).toEqual([{ kind: 'batch', id: 'one', items: 3, files: expect.any(Number), bytes: expect.any(Number) }]);
  expect(await countResults(batch)).toBe(3);

  const deleted = await store().deleteBatch('one');
  expect(deleted).toMatchObject({ ...(plans[0] as object), alreadyDeleted: false });
  expect(deleted.files).toBeGreaterThanOrEqual(6);
  onlyRecord('one');
  await expect(countResults(batch)).rejects.toThrow(DELETED);
  await expect(batch.redrive()).rejects.toThrow(DELETED);
  await expect(batch.add({ rows: makeRows('one', ['d']) })).rejects.toThrow(DELETED);
  await expect(rig.client.startBatch({ id: 'one', rows: makeRows('one') })).rejects.toThrow(DELETED);
  await expect(rig.client.startBatch({ id: 'one', rows: makeRows('one', ['d']) })).rejects.toThrow(DELETED);
  expect(await batch.status()).toMatchObject({ state: 'completed' });
  await forget('one');
  await expect(rig.client.startBatch({ id: 'one', rows: makeRows('one') })).rejects.toThrow(DELETED);
  expect(accepted(rig, 'one')).toBe(3);
  expect(await store().deleteBatch('one')).toMatchObject({ files: 0, alreadyDeleted: true });
  const request = { input_image: 'batch:one/a', prompt: 'x' };
  await expect(rig.client.startItem({ operation: 'edit/image', request })).rejects.toThrow(
    /whose batch was deleted from/,
  );
  const used = await store().usage();
  expect(used.batches).toContainEqual(expect.objectContaining({ id: 'one', state: 'deleted' }));
});

test('pages that collect jobs of a terminated batch are waited for', async () => {
  scriptFor(rig, 'cut', null, { jobMs: 4_000 });
  const batch = await rig.client.startBatch({ id: 'cut', rows: makeRows('cut') });
  await until('jobs are in flight', () => inFlight(rig, 'cut') === 3);
  await rig.client.temporal.workflow.getHandle('cut').terminate('by a test');
  await expect(store().deleteBatch('cut')).rejects.toThrow(/jobs of it are still collected/);
  await until('the pages have ended', () =>
    store()
      .deleteBatch('cut')
      .catch(() => null),
  );
  onlyRecord('cut');
  await expect(countResults(batch)).rejects.toThrow(DELETED);
});

test('of a deletion and a redrive at the same moment exactly one does its work, and nothing is paid twice', async () => {
  const ends: string[] = [];
  for (let round = 0; round < 6; round += 1) {
    const id = `race-${round}`;
    scriptFor(rig, id, 'b', { failJob: 'INPUT_INVALID', jobMs: 0 }, 1);
    const batch = await run(id);
    const [removed, redriven] = await Promise.allSettled([
      store().deleteBatch(id),
      round % 2 === 0 ? batch.redrive() : new Promise((go) => setTimeout(go, 20 * round)).then(() => batch.redrive()),
    ]);
    ends.push(`${removed.status} ${redriven.status}`);
    if (removed.status === 'fulfilled') {
      expect({ id, accepted: accepted(rig, id) }).toEqual({ id, accepted: 3 });
      onlyRecord(id);
      await expect(countResults(batch)).rejects.toThrow(DELETED);
    } else {
      await batch.result();
      expect({ id, accepted: accepted(rig, id), results: await countResults(batch) }).toEqual({
        id,
        accepted: 4,
        results: 3,
      });
    }
  }
  const allowed = ['fulfilled rejected', 'rejected fulfilled'];
  expect(ends.filter((end) => !allowed.includes(end))).toEqual([]);
});

test('two deletions at the same time both end well', async () => {
  await run('twice');
  const both = await Promise.all([store().deleteBatch('twice'), store().deleteBatch('twice')]);
  expect(both.map(({ id }) => id)).toEqual(['twice', 'twice']);
  onlyRecord('twice');
});

test('a deletion that stopped at any step is continued by the next, and a batch is whole or deleted in between', async () => {
  const batch = await run('steps');
  const { batches, contents } = rig.client.openStore();
  const now = async () => (await batches.readAnyManifest('steps')) ?? stop();
  await batches.addDeletion(await now(), 'begun');
  expect(await countResults(batch)).toBe(3);
  await batches.addDeletion(await now(), 'deleted');
  await expect(countResults(batch)).rejects.toThrow(DELETED);
  const [first] = (await contents.measureBatch('steps')).removable.files > 0 ? ['some'] : [];
  expect(first).toBe('some');
  const removed = await store().deleteBatch('steps', { confirm: () => Promise.reject(new Error('it asks again')) });
  expect(removed.alreadyDeleted).toBe(true);
  expect(removed.files).toBeGreaterThan(0);
  onlyRecord('steps');
});

test('a batch that is started after its deletion submits nothing, by any way of starting', async () => {
  const stored = await rig.client.storeBatch({ id: 'late', rows: makeRows('late') });
  await store().deleteBatch('late');
  const batch = await rig.client.startPlanned('late', stored.input, stored.manifestHash);
  const paused = await until('it is paused', async () => {
    const status = await batch.status();
    return status.state === 'paused' ? status : null;
  });
  expect(paused.reason).toMatch(/does not exist|was deleted|being deleted/);
  await batch.cancel();
  await batch.result();
  expect(accepted(rig, 'late')).toBe(0);
  onlyRecord('late');
});

test('a batch whose rows are being deleted does not begin, and can be resumed if the deletion is refused', async () => {
  const stored = await rig.client.storeBatch({ id: 'refused', rows: makeRows('refused') });
  const { batches } = rig.client.openStore();
  const manifest = await batches.readManifest('refused');
  if (manifest !== null) await batches.addDeletion(manifest, 'begun');
  const batch = await rig.client.startPlanned('refused', stored.input, stored.manifestHash);
  await until('it is paused', async () => (await batch.status()).state === 'paused');
  expect((await batch.status()).reason).toMatch(/is being deleted from the store/);
  await expect(store().deleteBatch('refused')).rejects.toThrow(/it is running/);
  // Begun by a process that has stopped, so that nobody has withdrawn it.
  await expect(store().deleteBatch('refused')).rejects.toThrow(/it is running/);
  await batch.resume();
  expect(await batch.result()).toMatchObject({ counts: { succeeded: 3 } });
  expect(accepted(rig, 'refused')).toBe(3);
});

test('a single item that runs is not deleted; later it is, and nothing is sent under its id again', async () => {
  rig.emulator.script({ match: { promptIncludes: 'for the test single.' }, then: { jobMs: 2_000 } });
  const item = await start(rig.client, 'single');
  await until('it has a job', async () => (await item.status()).jobId);
  await expect(store().deleteItem('single')).rejects.toThrow(/"single" cannot do this: it is running/);
  const { result } = await item.result();
  expect(await store().deleteItem('single')).toEqual({
    ...{ kind: 'item', id: 'single', items: null, alreadyDeleted: false },
    ...{ files: 1, bytes: result.bytes },
  });
  expect(filesBelow(path.join(rig.store, 'items')).filter((name) => name.includes('single'))).toEqual([]);
  expect(await store().deleteItem('single')).toMatchObject({ files: 0, alreadyDeleted: true });
  const found = await start(rig.client, 'single');
  expect(found.alreadyStarted).toBe(true);
  const deletedAt = expect.stringMatching(/^20.*Z$/);
  await expect(found.result()).rejects.toMatchObject({ name: 'ItemDeletedError', imageId: 'single', deletedAt });
  await expect(found.download()).rejects.toThrow(/"single" were deleted from the store at 20.*use another id/);
  expect(await found.status()).toMatchObject({ state: 'succeeded', deletedAt });
  expect(await found.report()).toMatchObject({ outcome: 'succeeded', result: null, files: [], deletedAt });
  const rescued = rig.client.rescueItem({ id: 'single', jobId: findJobs(rig, 'single')[0]?.jobId ?? '' });
  await expect(rescued).rejects.toMatchObject({ name: 'ItemDeletedError' });
  expect(filesBelow(path.join(rig.store, 'items')).filter((name) => name.includes('single'))).toEqual([]);
  await forget('single');
  await expect(found.download()).rejects.toMatchObject({ name: 'ItemDeletedError' });
  const again = await (await start(rig.client, 'single')).report();
  expect(again).toMatchObject({ outcome: 'failed', code: 'ID_TAKEN' });
  expect(again.message).toMatch(/an item whose files were deleted from the store at 20.*nothing was sent/);
  const anyway = await (await start(rig.client, 'single', { again: true, allowUnknown: true })).report();
  expect(anyway).toMatchObject({ outcome: 'failed', code: 'ID_TAKEN' });
  expect(findJobs(rig, 'single')).toHaveLength(1);
});

test('an id that is hostile or unknown is not found, and nothing is deleted', async () => {
  await run('kept');
  const before = filesBelow(rig.store);
  for (const id of ['..', '../kept', 'kept/items', '.', '', '~account', 'KEPT ', 'constructor', '%2e%2e', 'a\0b']) {
    await expect(store().deleteBatch(id)).rejects.toThrow(ManifestNotFoundError);
    await expect(store().deleteItem(id)).rejects.toThrow(ItemNotFoundError);
  }
  expect(filesBelow(rig.store)).toEqual(before);
});

/** Puts the last change of everything of an id into the past. */
function age(place: string, days: number): void {
  const then = new Date(Date.now() - days * 86_400_000);
  for (const file of filesBelow(path.join(rig.store, place))) utimesSync(file, then, then);
}

test('prune deletes what ended before, skips what cannot be deleted, and completes what was interrupted', async () => {
  const DAY = 86_400_000;
  await run('old');
  await run('recent');
  await run('half');
  await start(rig.client, 'old-item').then((item) => item.result());
  for (const place of ['batches/old', 'batches/recent', 'batches/half', 'items']) age(place, 100);
  // Temporal knows that they ended a moment ago.
  expect(await store().prune({ olderThanMs: 90 * DAY, dryRun: true })).toMatchObject({ batches: 0, items: 0 });
  await Promise.all(['old', 'half', 'old-item'].map(forget));
  const { batches } = rig.client.openStore();
  for (const step of ['begun', 'deleted'] as const) {
    const manifest = await batches.readAnyManifest('half');
    if (manifest !== null) await batches.addDeletion(manifest, step);
  }
  await rig.client.storeBatch({ id: 'elsewhere', rows: makeRows('elsewhere') });
  age('batches/elsewhere', 100);
  const other = path.join(rig.store, 'batches/elsewhere/manifest.json');
  const { readFileSync, writeFileSync } = await import('node:fs');
  writeFileSync(other, readFileSync(other, 'utf8').replace(/"namespace":"[^"]*"/, '"namespace":"elsewhere"'));
  age('batches/elsewhere', 100);

  const dry: string[] = [];
  const selected = await store().prune({
    ...{ olderThanMs: 90 * DAY, dryRun: true },
    onSelected: ({ kind, id }) => void dry.push(`${kind} ${id}`),
    onSkipped: ({ id, reason }) => void dry.push(`skipped ${id}: ${reason}`),
  });
  expect(dry.sort()).toEqual([
    'batch half',
    'batch old',
    'item old-item',
    expect.stringMatching(/^skipped elsewhere: it belongs to the namespace "elsewhere"/),
  ]);
  expect(selected).toMatchObject({ batches: 2, items: 1, skipped: 1 });
  expect(listFiles('old').length).toBeGreaterThan(5);
  const asked: unknown[] = [];
  const confirm = async (sum: unknown) => void asked.push(sum);
  const pruned = await store().prune({ olderThanMs: 90 * DAY, confirm });
  expect(pruned).toEqual(selected);
  expect(asked).toEqual([expect.objectContaining({ batches: 2, items: 1 })]);
  onlyRecord('old');
  onlyRecord('half');
  expect(listFiles('recent').length).toBeGreaterThan(5);
  expect(await store().prune({ olderThanMs: 90 * DAY, dryRun: true })).toMatchObject({
    batches: 0,
    items: 0,
    skipped: 1,
  });
  await expect(store().prune({ olderThanMs: 0 })).rejects.toThrow(/olderThanMs is 0; must be at least 1/);
});
