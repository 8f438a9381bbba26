/** The store is cleaned up from the command line: it asks, says what it removes, and survives a kill in the middle. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { formatPrompt } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { BatchCli } from './batch-cli';
import { runInside } from './cli-inside';
import { startCli } from './cli-process';

let rig: Rig;
let cli: BatchCli;

beforeAll(async () => {
  rig = await startRig();
  cli = new BatchCli(rig);
});
afterAll(() => rig.close());

async function run(id: string): Promise<void> {
  const rows = [{ key: 'a', prompt: formatPrompt(id), width: 32, height: 32 }];
  await rig.client.startBatch({ id, rows }).then((batch) => batch.result());
}

test('delete asks, refuses without a terminal, and says what it removed; usage shows the rest', async () => {
  await run('spring');
  const env = { ...rig.server.env, IMAGEPIPELINE_STORE: rig.store };
  const refused = await cli.run('delete', 'spring');
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toMatch(
    /batch spring: 1 item, \d+ files, .*nothing was deleted: without a terminal, add --yes/,
  );
  const no = await runInside(['delete', 'spring'], cli.folder, env, async () => 'n');
  expect(no).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing was deleted; --yes skips') });
  expect((await cli.run('usage')).stdout).toMatch(/completed {2}spring/);
  const deleted = await cli.run('delete', 'spring', '--yes');
  expect(deleted).toMatchObject({ code: 0, stdout: expect.stringMatching(/^deleted the batch spring: \d+ files, /) });
  expect(deleted.stderr).toContain("Temporal's histories are not deleted");
  expect((await cli.run('delete', 'spring', '--yes')).stdout).toMatch(/had been deleted before; nothing was left/);
  const results = await cli.run('results', 'spring');
  expect(results).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/"spring" was deleted from the store at 20/),
  });
  expect((await cli.run('redrive', 'spring')).stderr).toMatch(/was deleted from the store/);
  const { batches } = JSON.parse((await cli.run('usage', '--json')).stdout);
  expect(batches).toContainEqual(expect.objectContaining({ id: 'spring', state: 'deleted' }));
});

test('the files of a deleted item are not named by any command; each says when they were deleted', async () => {
  const generate = ['generate', 'a deleted picture', '--width', '32', '--height', '32', '--id', 'gone'];
  expect(await cli.run(...generate)).toMatchObject({ code: 0 });
  await cli.run('delete', 'gone', '--yes');
  const { submits } = rig.emulator.ledger();
  const deleted = /the files of the item "gone" were deleted from the store at 20.*use another id\n$/s;
  for (const command of [
    generate,
    [...generate, '--again'],
    [...generate, '--output', 'x.webp'],
    ['download', 'gone', '--to', 'out'],
  ])
    expect(await cli.run(...command)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(deleted) });
  const { code, stdout } = await cli.run(...generate, '--json');
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'succeeded', file: null, files: [] });
  expect(JSON.parse(stdout).deletedAt).toMatch(/^20/);
  expect(await cli.run('status', 'gone')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^gone: succeeded; its files were deleted at 20.*\n$/),
  });
  expect(rig.emulator.ledger().submits).toBe(submits);
  const failed = ['generate', 'a bad one {{INPUT_INVALID x1}}', '--id', 'bad'];
  expect(await cli.run(...failed)).toMatchObject({ code: 3 });
  const none = await cli.run('download', 'bad', '--to', 'out');
  expect(none).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/"bad" has no result in the store.*status bad"/),
  });
  expect(none.stderr).not.toContain('download');
});

test('prune needs an age, and lists what it would delete', async () => {
  await run('summer');
  expect(await cli.run('prune')).toMatchObject({ code: 2, stderr: expect.stringContaining('--older-than is missing') });
  const dry = await cli.run('prune', '--older-than', '1ms', '--dry-run');
  expect(dry).toMatchObject({ code: 0, stdout: expect.stringMatching(/batch {2}summer\nwould delete 1 batch and 0/) });
  expect((await cli.run('prune', '--older-than', '90d', '--dry-run')).stdout).toMatch(/^would delete 0 batches/);
  expect((await cli.run('prune', '--older-than', '1ms')).stderr).toContain('nothing was deleted');
  expect((await cli.run('prune', '--older-than', '1ms', '--yes')).stdout).toMatch(/deleted 1 batch and 0 single items/);
});

test('a deletion that is killed in the middle leaves no whole batch, and the next one completes it', async () => {
  await run('killed');
  const items = path.join(rig.store, 'batches', 'killed', 'items');
  const FILES = 20_000;
  mkdirSync(items, { recursive: true });
  for (let file = 0; file < FILES; file += 1) writeFileSync(path.join(items, `x${file}.png`), 'x');
  const env = { ...rig.server.env, IMAGEPIPELINE_STORE: rig.store };
  const { child, finished } = startCli(['delete', 'killed', '--yes'], cli.folder, env);
  await until('some are removed', () => readdirSync(items).length < FILES);
  child.kill('SIGKILL');
  await finished;
  const left = readdirSync(items).length;
  expect(left).toBeGreaterThan(0);
  expect((await cli.run('results', 'killed')).stderr).toMatch(/was deleted from the store/);
  const rest = await cli.run('delete', 'killed');
  expect(rest).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/had been deleted before; \d+ files.* are deleted now/),
  });
  expect(readdirSync(path.join(rig.store, 'batches', 'killed')).sort()).toEqual([
    'deleted.json',
    'manifest.json',
    'runs',
  ]);
});
