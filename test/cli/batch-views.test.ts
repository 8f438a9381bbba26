/** The commands that only look: `batches`, `results --follow` during a run, and `sheet`. */
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { formatLocalTime } from '../../cli/terminal/local-time';
import type { ItemResultRow } from '../../workflows/domain/item/item';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { BatchCli, formatPrompt } from './batch-cli';
import { type CliProcess, startCli } from './cli-process';
import { cutTile, SHEET, showsImage } from './sheet-tiles';

const { tile: TILE, caption: CAPTION, margin: MARGIN } = SHEET;

let rig: Rig;
let batchCli: BatchCli;
let followed: CliProcess | null = null;

beforeAll(async () => {
  rig = await startRig();
  batchCli = new BatchCli(rig);
});
afterAll(async () => {
  followed?.child.kill('SIGKILL');
  await rig.close();
});

interface Listed {
  readonly id: string;
  readonly state: string;
  readonly startedAt: string;
}

async function listBatches(): Promise<readonly Listed[]> {
  const { code, stdout } = await batchCli.run('batches', '--json');
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

test('in a namespace without batches, batches says so', async () => {
  expect(await batchCli.run('batches')).toEqual({ code: 0, stdout: '', stderr: 'no batches in this namespace\n' });
  expect(await batchCli.run('batches', '--json')).toMatchObject({ code: 0, stdout: '[]\n' });
});

test('batches lists each batch once, the newest first, also when it was redriven', async () => {
  await batchCli.toEnd('batch', 'older', batchCli.writeRows('older', { a: '' }));
  await batchCli.toEnd('batch', 'newer', batchCli.writeRows('newer', { a: '{{INPUT_INVALID x1}}' }));
  await rig.client.startImage({ id: 'no-batch', request: { prompt: 'an image', width: 32, height: 32 } });
  await batchCli.toEnd('redrive', 'newer');
  const all = await until('both are listed as ended', async () => {
    const seen = await listBatches();
    return seen.length === 2 && seen.every(({ state }) => state === 'completed') ? seen : null;
  });
  expect(all.map(({ id }) => id)).toEqual(['newer', 'older']);
  expect(Date.parse(all[0]?.startedAt ?? '')).toBeGreaterThan(Date.parse(all[1]?.startedAt ?? ''));
  const { stdout } = await batchCli.run('batches');
  expect(stdout.split('\n')).toEqual([
    ...[0, 1].map(
      (index) => `${formatLocalTime(new Date(all[index]?.startedAt ?? ''))}  completed   ${all[index]?.id}`,
    ),
    '',
  ]);
});

describe('results --follow during a run', () => {
  const ID = 'followed';
  const KEYS = ['a', 'b', 'c', 'd'];

  test('prints each item once, as it ends, and ends when all have', async () => {
    rig.emulator.script({ match: { promptIncludes: formatPrompt(ID, 'b') }, then: { jobMs: 4_000 } });
    const rows = batchCli.writeRows(ID, { a: '', b: '', c: '{{INPUT_INVALID}}', d: '' });
    await batchCli.run('batch', rows, '--id', ID, '--detach', '--concurrency', '4');
    const env = { ...rig.server.env, IMAGEPIPELINE_STORE: rig.store };
    followed = startCli(['results', ID, '--follow'], batchCli.folder, env);
    for (const key of ['a', 'c', 'd']) await followed.seen(new RegExp(`"key":"${key}"`));
    expect(await rig.client.batch(ID).status()).toMatchObject({
      state: 'running',
      counts: { succeeded: 2, failed: 1 },
    });
    const { code, stdout } = await followed.finished;
    // The last outcome is in the store a moment before the batch knows of it.
    await until('the batch has completed', async () => (await rig.client.batch(ID).status()).state === 'completed');
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line): ItemResultRow => JSON.parse(line));
    expect([code, lines.map(({ key }) => key).sort()]).toEqual([0, KEYS]);
    expect(lines.at(-1)?.key).toBe('b');
  });

  test('ends with a batch that an operator has ended, once its pages have collected what was in flight', async () => {
    const id = 'cut-off';
    rig.emulator.script({ match: { promptIncludes: formatPrompt(id, 'late') }, then: { jobMs: 20_000 } });
    await batchCli.run(
      'batch',
      batchCli.writeRows(id, { soon: '', late: '' }),
      '--id',
      id,
      '--detach',
      '--concurrency',
      '2',
    );
    const env = { ...rig.server.env, IMAGEPIPELINE_STORE: rig.store };
    followed = startCli(['results', id, '--follow'], batchCli.folder, env);
    await followed.seen(/"key":"soon"/);
    await rig.client.temporal.workflow.getHandle(id).terminate('by an operator');
    const { code, stdout } = await followed.finished;
    const lines = ['soon', 'late'].map((key) => expect.stringContaining(`"key":"${key}","outcome":"succeeded"`));
    expect([code, stdout.trimEnd().split('\n')]).toEqual([0, lines]);
  });

  test('after the run it prints what results prints, with a choice too', async () => {
    expect(await batchCli.run('results', ID, '--follow')).toEqual(await batchCli.run('results', ID));
    const failed = await batchCli.run('results', ID, '--follow', '--outcome', 'failed', '--format', 'csv');
    expect(failed.stdout.trimEnd().split('\n')).toEqual([
      'key,outcome,file,sha256,bytes,mimeType,width,height,verified,jobId,code,message,submissions,files',
      expect.stringMatching(/^c,failed,.*,INPUT_INVALID,.*,1,$/),
    ]);
  });
});

describe('a contact sheet', () => {
  const ID = 'drawn';
  const ROWS = { a: '', b: '{{INPUT_INVALID}}', c: '', d: '', e: '' };

  beforeAll(async () => {
    await batchCli.toEnd('batch', ID, batchCli.writeRows(ID, ROWS));
  });

  test('shows every image at its place, in the order of the file, and a tile without one for what failed', async () => {
    const { code, stdout } = await batchCli.run('sheet', ID);
    const file = path.join(batchCli.folder, `${ID}.png`);
    expect([code, stdout]).toEqual([0, `${file}\n`]);
    const { width, height, format } = await sharp(file).metadata();
    expect({ width, height, format }).toEqual({
      width: 4 * (TILE + MARGIN) + MARGIN,
      height: 2 * (TILE + CAPTION + MARGIN) + MARGIN,
      format: 'png',
    });
    for (const [index, { file: image, key }] of (await batchCli.lines(ID)).entries()) {
      const tile = await cutTile(file, index);
      const corner = [...tile.subarray(0, 3)];
      if (image === null) expect([key, corner]).toEqual(['b', [0xe5, 0xdf, 0xd6]]);
      else expect(await showsImage(tile, image)).toBe(true);
    }
  });

  test('has no more images than were requested, in the file that was named', async () => {
    const { code } = await batchCli.run('sheet', ID, '--most', '4', '--output', 'first.png');
    const { height } = await sharp(path.join(batchCli.folder, 'first.png')).metadata();
    expect([code, height]).toEqual([0, TILE + CAPTION + 2 * MARGIN]);
  });

  test.each([
    ['a number that is none', ['sheet', ID, '--most', 'few'], /--most is "few"; must be a whole number from 1 to 1000/],
    ['too many', ['sheet', ID, '--most', '1001'], /--most is "1001"/],
    ['a batch that nobody knows', ['sheet', 'nobody'], /there is no batch "nobody" in the store/],
  ])('is refused for %s', async (_what, args, words) => {
    const { code, stderr } = await batchCli.run(...args);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(words) });
  });

  test('names an image that was removed, and writes nothing', async () => {
    const [first] = await batchCli.lines(ID);
    rmSync(first?.file ?? '');
    const { code, stderr } = await batchCli.run('sheet', ID, '--output', 'removed.png');
    expect(code).toBe(2);
    const what = 'it does not exist; it was moved or removed; check IMAGEPIPELINE_STORE';
    expect(stderr).toBe(`cannot read ${first?.file}: ${what}\n`);
    expect(existsSync(path.join(batchCli.folder, 'removed.png'))).toBe(false);
  });
});
