/** A worker is killed at each boundary of items of three steps: no step is paid twice, and none is lost. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BatchCli } from '../cli/batch-cli';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { startWorkerChild } from '../support/worker-child';
import { describeSteps, StepItems } from './steps-fixtures';

/** While it runs, the batch is paused. */
const LONG_JOB_MS = 3_000;

let rig: Rig;
let cli: BatchCli;
let items: StepItems;

beforeAll(async () => {
  rig = await startRig({ worker: false });
  cli = new BatchCli(rig);
  items = new StepItems(rig, cli);
  const { emulator } = rig;
  const first = await startWorkerChild(rig);

  emulator.script({ times: 1, then: { fault: 'hang', on: 'upload' } });
  await items.start('uploads', ['upload']);
  await until('an upload hangs', () => emulator.ledger().faults['upload:hang'] === 1);

  const once = (key: string, then: Parameters<typeof emulator.script>[0]['then']) =>
    emulator.script({ times: 1, match: { promptIncludes: `${key} at edited.` }, then });
  once('posted', { fault: 'hang-after-accept', on: 'submit' });
  once('running', { fault: 'hang', on: 'status' });
  once('download', { fault: 'hang', on: 'result' });
  emulator.script({ match: { promptIncludes: 'between at base.' }, then: { jobMs: LONG_JOB_MS } });
  await items.start('lost', ['posted']);
  await items.start('several', ['running', 'download']);
  await items.start('paused', ['between']);
  await until('the first job of the item is accepted', () => items.jobsOf('between', 'base').length === 1);
  await rig.client.batch('paused').pause('for the test');
  const stored = path.join(rig.store, 'batches', 'paused', 'items', 'between~base.result.png');
  await until('its file is stored', () => existsSync(stored));
  await until('an item is held in each step', () => {
    const { faults } = emulator.ledger();
    return ['submit:hang-after-accept', 'status:hang', 'result:hang'].every((name) => faults[name] === 1);
  });
  // A file in the place of the folder: the files of a step are stored, and its end is neither recorded nor reported.
  const records = path.join(rig.store, 'batches', 'stored', 'steps');
  mkdirSync(path.dirname(records), { recursive: true });
  writeFileSync(records, '');
  await items.start('stored', ['stored']);
  const unreported = path.join(rig.store, 'batches', 'stored', 'items', 'stored~base.result.png');
  await until('the file of the other is stored', () => existsSync(unreported));
  first.send('SIGKILL');
  await first.ended;
  rmSync(records);
  await startWorkerChild(rig);
  await rig.client.batch('paused').resume();
  await Promise.all(['uploads', 'several', 'paused', 'stored'].map((id) => rig.client.batch(id).result()));
});
afterAll(() => rig.close());

test.each([
  ['during the upload of its second input', 'uploads', 'upload'],
  ['while its second job ran', 'several', 'running'],
  ['during the download of its second file', 'several', 'download'],
  ['after its first file was stored, before that was reported', 'stored', 'stored'],
  ['between two steps', 'paused', 'between'],
])('%s', async (_when, id, key) => {
  const line = (await cli.lines(id)).find((one) => one.key === key);
  expect(line).toMatchObject({ outcome: 'succeeded', submissions: [{ code: null }, { code: null }, { code: null }] });
  expect(items.countCharges(key)).toEqual([1, 1, 1]);
});

test('after a POST whose answer was lost: the step is unknown, the one before it is kept, and nothing is sent again', async () => {
  await rig.client.batch('lost').result();
  const [line] = await cli.lines('lost');
  expect(line).toMatchObject({ outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN' });
  expect(describeSteps(line)).toEqual(['base succeeded 1', 'edited unknown 0']);
  expect(items.countCharges('posted')).toEqual([1, 1, 0]);
  const { stderr } = await cli.run('redrive', 'lost', '--dry-run');
  expect(stderr).toContain('no item of lost to rerun');
  expect(stderr).toContain('1 item not rerun');
  await cli.toEnd('redrive', 'lost', '--allow-unknown', '--yes');
  expect(items.countJobs('posted')).toEqual([1, 2, 1]);
});
