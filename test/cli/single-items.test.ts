/** Single items are looked at, cancelled and listed by the commands of batches. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeBatch } from '../batch/batch-fixtures';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { BatchCli } from './batch-cli';

const SMALL = { width: 32, height: 32 };

let rig: Rig;
let batchCli: BatchCli;

beforeAll(async () => {
  rig = await startRig({ emulator: { jobTime: { medianMs: 1, sigma: 0 } } });
  batchCli = new BatchCli(rig);
});
afterAll(() => rig.close());

async function startSlow(id: string): Promise<void> {
  rig.emulator.script({ match: { promptIncludes: `slow ${id}` }, then: { jobMs: 600_000 } });
  await rig.client.startImage({ id, request: { prompt: `slow ${id}`, ...SMALL } });
}

test('status shows items like batches, and which of both an id is', async () => {
  await rig.client.startImage({ id: 'done', request: { prompt: 'a shoe', ...SMALL } });
  await rig.client.item('done').result();
  expect(await batchCli.run('status', 'done')).toEqual({ code: 0, stdout: 'done: succeeded\n', stderr: '' });
  const { stdout } = await batchCli.run('status', 'done', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'item', id: 'done', state: 'succeeded' });
  const watched = await batchCli.run('status', 'done', '--watch');
  expect(watched).toEqual({ code: 0, stdout: '', stderr: 'done: succeeded\n' });
  await batchCli.toEnd('batch', 'many', batchCli.writeRows('many', { a: '' }));
  const batch = await batchCli.run('status', 'many', '--json');
  expect(JSON.parse(batch.stdout)).toMatchObject({ kind: 'batch', id: 'many', state: 'completed' });
});

test('an unknown id is neither', async () => {
  for (const command of ['status', 'cancel']) {
    const { code, stderr } = await batchCli.run(command, 'nobodys');
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^there is no batch or item "nobodys" in this namespace; .*imagepipeline list/),
    });
  }
});

test('cancel --now ends an item whose job runs', async () => {
  await startSlow('hurried');
  await until('its job runs', async () => {
    const { jobId } = await rig.client.item('hurried').status();
    return jobId === null ? null : jobId;
  });
  expect(await batchCli.run('cancel', 'hurried', '--now')).toMatchObject({ code: 0, stderr: '' });
  expect(await rig.client.item('hurried').report()).toMatchObject({ outcome: 'unknown' });
});

test('a cancel is seen for as long as the paid job is collected', async () => {
  await startSlow('stopped');
  const job = await until('its job runs', async () => (await rig.client.item('stopped').status()).jobId);
  expect((await batchCli.run('status', 'stopped')).stdout).not.toContain('cancel');
  expect((await batchCli.run('cancel', 'stopped')).stdout).toContain('stopped: cancel requested; ');
  await until('the workflow knows of it', async () => {
    const { stdout } = await batchCli.run('status', 'stopped');
    return stdout.startsWith(`stopped: cancel requested; ${job} `);
  });
  const { stdout } = await batchCli.run('status', 'stopped', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ state: 'running', cancelRequested: true });
  await rig.client.item('stopped').cancel({ now: true });
  await rig.client.item('stopped').report();
});

test('an unknown outcome is called so, with how to fetch it, how to submit it again, and what that may cost', async () => {
  rig.emulator.script({
    match: { promptIncludes: 'its answer is lost' },
    then: { on: 'submit', fault: 'reset-after-accept' },
  });
  const { code, stderr } = await batchCli.run('generate', 'its answer is lost', '--id', 'lost');
  expect(code).toBe(5);
  expect(stderr).toMatch(/^lost: unknown: SUBMIT_OUTCOME_UNKNOWN: /m);
  const remedy =
    /costs nothing: "\S*.*imagepipeline rescue JOB --id lost".*second payment: ".*generate PROMPT --id lost --again --allow-unknown"/;
  expect(stderr).toMatch(remedy);
  const { stdout } = await batchCli.run('status', 'lost');
  expect(stdout).toMatch(/^lost: unknown: SUBMIT_OUTCOME_UNKNOWN: /m);
  expect(stdout).toMatch(remedy);
  expect(await rig.client.item('lost').status()).toMatchObject({ state: 'unknown' });
});

test('a job that the provider has cancelled is reported as that', async () => {
  const { code, stderr } = await batchCli.run('generate', 'called off {{CANCELLED}}', '--id', 'called-off');
  expect(code).toBe(3);
  expect(stderr).toMatch(/^called-off: cancelled: CANCELLED: Cancelled by the provider/m);
  expect(stderr).not.toContain('who cancelled');
  expect(stderr).not.toContain('--again');
  expect((await batchCli.run('status', 'called-off')).stdout).toBe('called-off: cancelled\n');
  const repeated = await batchCli.run('generate', 'called off {{CANCELLED}}', '--id', 'called-off');
  expect(repeated).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/ended before; to run it again, add --again\n$/),
  });
});

test('a name that is taken by something else is refused before it is paid, as what cannot be begun', async () => {
  const file = path.join(rig.store, 'items', 'taken.webp');
  writeFileSync(file, 'of somebody else');
  const { submits } = rig.emulator.ledger();
  const refused = await batchCli.run('generate', 'a taken name', '--id', 'taken');
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(/The id "taken" was used for items\/taken\.webp.*nothing was sent.*--id/);
  expect(rig.emulator.ledger().submits).toBe(submits);
  expect(readFileSync(file, 'utf8')).toBe('of somebody else');
  rmSync(file);
  expect(await batchCli.run('generate', 'a taken name', '--id', 'taken', '--again')).toMatchObject({ code: 0 });
  expect(rig.emulator.ledger().submits).toBe(submits + 1);
});

test.each([
  ['pause', ['pause', 'done'], '"done" is a single item, and this command is for batches\n'],
  ['concurrency', ['concurrency', 'done', '3'], '"done" is a single item, and this command is for batches\n'],
  [
    'cancel --now of a batch',
    ['cancel', 'many', '--now'],
    '--now is for single items only; jobs in flight of a batch are always collected\n',
  ],
])('%s is refused in one sentence', async (_name, args, words) => {
  expect(await batchCli.run(...args)).toEqual({ code: 2, stdout: '', stderr: words });
});

test('list shows batches, list --items single items, and batches is another name of it', async () => {
  const ids = async (...args: string[]) =>
    (JSON.parse((await batchCli.run(...args, '--json')).stdout) as { id: string }[]).map(({ id }) => id);
  await until('the list has all', async () => ((await ids('list', '--items')).length === 6 ? true : null));
  expect(await ids('list', '--items')).toEqual(['taken', 'called-off', 'lost', 'stopped', 'hurried', 'done']);
  expect(await ids('list')).toEqual(['many']);
  expect(await ids('batches')).toEqual(['many']);
});

test('a batch under the id of an item is refused by that, and leaves nothing that could be run again', async () => {
  const id = 'takeme';
  await batchCli.run('generate', 'an image', '--id', id);
  const refused = await batchCli.run('batch', batchCli.writeRows(id, { a: '', b: '' }), '--id', id);
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--id is "takeme", which is the id of a single item; nothing was started'),
  });
  expect(existsSync(path.join(rig.store, 'batches', id))).toBe(false);
  expect(await batchCli.run('results', id)).toMatchObject({ code: 2, stdout: '' });
  expect(await batchCli.run('redrive', id, '--detach')).toMatchObject({ code: 2 });
});

test.each([
  [['results'], 'it is the id of a single item, and no batch has run under it'],
  [['redrive', '--detach'], 'it is the id of a single item; nothing was started'],
  [['rescue', '--again', '--batch'], 'it is the id of a single item; nothing was started'],
])('rows that lie in the store under the id of an item: %j is refused', async (args, words) => {
  const id = `planted-${args[0]}`;
  await batchCli.run('generate', 'an image', '--id', id);
  const { namespace } = rig.client.temporal.options;
  await writeBatch(rig.store, id, 2, { namespace });
  const { submits } = rig.emulator.ledger();
  const { code, stdout, stderr } = await batchCli.run(...args, id);
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(words) });
  expect(stderr).not.toMatch(/redriving|fetching|no job/);
  expect(rig.emulator.ledger().submits).toBe(submits);
  expect((await rig.client.item(id).report()).outcome).toBe('succeeded');
});

test('the version is printed', async () => {
  expect(await batchCli.run('--version')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});
