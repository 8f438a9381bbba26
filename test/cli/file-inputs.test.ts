/** Inputs that are files: from a path to an upload, a job and a stored result. */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { alphaAt, drawColour, drawPhoto, PHOTO_SIDE } from '../support/file-server';
import { hashOf } from '../support/hash-of';
import { readable, readHistory } from '../support/history';
import { type Rig, startRig } from '../support/rig';
import { BatchCli } from './batch-cli';

let rig: Rig;
let cli: BatchCli;
let photo: Buffer;

beforeAll(async () => {
  rig = await startRig();
  photo = await drawPhoto();
});
afterAll(() => rig.close());
beforeEach(() => {
  cli = new BatchCli(rig);
});

function uploadsOf(bytes: Buffer): number {
  return rig.emulator.ledger().uploads.filter(({ sha256 }) => sha256 === hashOf(bytes)).length;
}

test('run takes a file: it is uploaded once, and the same command finds the same item', async () => {
  cli.write('photo.png', photo);
  const args = ['run', 'background/remove/image', '--input-image', 'photo.png', '--json'];
  const first = await cli.run(...args);
  expect(first).toMatchObject({ code: 0 });
  const made = JSON.parse(first.stdout);
  expect(await alphaAt(readFileSync(made.file), PHOTO_SIDE / 2, PHOTO_SIDE / 2)).toBe(255);
  const again = await cli.run(...args);
  expect(again.stderr).toContain(`found ${made.id}`);
  expect(uploadsOf(photo)).toBe(1);
  const kept = path.join(rig.store, 'inputs', `${hashOf(photo)}.png`);
  expect(readFileSync(kept)).toEqual(photo);
});

test('the address of an upload is in no history', async () => {
  const bytes = await drawColour('#123456');
  cli.write('secret.png', bytes);
  const { stdout } = await cli.run('run', 'upscale/image', '--input-image', 'secret.png', '--scale', '2', '--json');
  const { id, width } = JSON.parse(stdout);
  expect(width).toBe(48);
  const history = readable(await readHistory(rig, id));
  expect(history).not.toContain('/uploads/');
});

test('cells of a CSV are paths relative to it, and equal files are uploaded once', async () => {
  const [red, green] = [await drawColour('#ff0000'), await drawColour('#00ff00', 'jpeg')];
  mkdirSync(path.join(cli.folder, 'data/photos'), { recursive: true });
  for (const [name, bytes] of Object.entries({ 'red.png': red, 'same.png': red, 'green.jpg': green })) {
    writeFileSync(path.join(cli.folder, 'data/photos', name), bytes);
  }
  const url = pathToFileURL(path.join(cli.folder, 'data/photos/green.jpg')).href;
  const rows = [
    'key,operation,input_image,prompt',
    'one,upscale/image,photos/red.png,',
    'two,upscale/image,photos/same.png,',
    `three,upscale/image,${url},`,
    'four,edit/image,photos/red.png|photos/green.jpg,brighter',
  ];
  const file = cli.write('data/rows.csv', rows.join('\n'));
  const planned = await cli.run('plan', file, '--json');
  const { inputs, duplicates } = JSON.parse(planned.stdout);
  expect(inputs).toEqual({ files: 5, bytes: red.length + green.length, distinct: 2 });
  expect(duplicates).toBe(1);
  expect(rig.emulator.ledger().uploads.filter(({ sha256 }) => sha256 === hashOf(red))).toEqual([]);
  const { status } = await cli.toEnd('batch', 'paths', file);
  expect(status.counts).toMatchObject({ succeeded: 4 });
  expect([uploadsOf(red), uploadsOf(green)]).toEqual([1, 1]);
});

test('a batch goes on when its files have vanished after the start', async () => {
  const bytes = await drawColour('#0000ff');
  cli.write('gone.png', bytes);
  const file = cli.write('gone.csv', 'key,operation,input_image\none,upscale/image,gone.png\n');
  await rig.stopWorkers();
  await cli.run('batch', file, '--id', 'gone', '--detach', '--skip-store-check');
  rmSync(path.join(cli.folder, 'gone.png'));
  await rig.startWorker();
  const { counts } = await rig.client.batch('gone').result();
  expect(counts).toMatchObject({ succeeded: 1 });
});

test('the result of an item is the input of another one', async () => {
  await cli.run('run', 'generate/image', '--prompt', 'a fox', '--width', '32', '--height', '32', '--id', 'fox');
  const rows = cli.write('chain.csv', 'key,prompt,width,height\na,a bear,32,32\n');
  await cli.toEnd('batch', 'bears', rows);
  const chained = 'key,operation,input_image\nx,upscale/image,item:fox\ny,upscale/image,batch:bears/a\n';
  const { status } = await cli.toEnd('batch', 'chained', cli.write('second.csv', chained));
  expect(status.counts).toMatchObject({ succeeded: 2 });
});

test('every problem is reported at once, with row and field, and nothing is started or uploaded', async () => {
  const before = rig.emulator.ledger().uploads.length;
  const jpeg = await drawColour('#445566', 'jpeg');
  cli.write('cut.jpg', jpeg.subarray(0, jpeg.length - 20));
  cli.write('notes.jpg', 'no picture');
  cli.write('sound.wav', Buffer.from('RIFF\x00\x00\x00\x00WAVEfmt '));
  cli.write('big.png', Buffer.alloc(20 * 1024 * 1024 + 1));
  mkdirSync(path.join(cli.folder, 'folder.png'));
  const rows = [
    'key,operation,input_image,text,reference_voice_url',
    'absent,upscale/image,nowhere.png,,',
    'cut,upscale/image,cut.jpg,,',
    'notes,upscale/image,notes.jpg,,',
    'sound,upscale/image,sound.wav,,',
    'big,upscale/image,big.png,,',
    'folder,upscale/image,folder.png,,',
    'item,upscale/image,item:nobody,,',
    'batch,upscale/image,batch:nothing/a,,',
    'ftp,upscale/image,ftp://example.com/a.png,,',
    'voice,identity/voice/clone,,hello,sound.wav',
  ];
  const file = cli.write('broken.csv', rows.join('\n'));
  const { code, stdout } = await cli.run('plan', file, '--json');
  const plan = JSON.parse(stdout);
  const problems = plan.problems.first.map(({ key, field, problem }: Record<string, string>) => [key, field, problem]);
  expect(problems).toEqual([
    ['absent', 'input_image', 'is "nowhere.png", which does not exist; check the path'],
    ['cut', 'input_image', 'is "cut.jpg", which is a JPEG picture that ends too early: the file is cut off'],
    ['notes', 'input_image', 'is "notes.jpg", which is not a picture; must be PNG, JPEG, WebP or GIF'],
    ['sound', 'input_image', 'is "sound.wav", which is a sound; must be PNG, JPEG, WebP or GIF'],
    ['big', 'input_image', 'is "big.png", which has 20.1 MB; must have at most 20 MB'],
    ['folder', 'input_image', 'is "folder.png", which is a folder'],
    ['item', 'input_image', 'is "item:nobody", which has no result in the store'],
    ['batch', 'input_image', 'is "batch:nothing/a", which has no result in the store'],
    ['ftp', 'input_image', expect.stringMatching(/^is "ftp:.*; must be a file, an address .* or batch:ID\/KEY$/)],
    ['voice', 'reference_voice_url', expect.stringMatching(/must be an address .*: the API has no upload for sounds$/)],
  ]);
  expect([code, plan.mayStart, plan.inputs.files]).toEqual([2, false, 0]);
  const started = await cli.run('batch', file, '--id', 'broken', '--detach');
  expect(started.code).toBe(2);
  expect(rig.emulator.ledger().uploads).toHaveLength(before);
  expect(readdirSync(path.join(rig.store, 'batches'))).not.toContain('broken');
});

test('run reports a file that is not a picture by its flag', async () => {
  cli.write('notes.png', 'no picture');
  const { code, stderr } = await cli.run('run', 'upscale/image', '--input-image', 'notes.png', '--scale', '9');
  expect(code).toBe(2);
  expect(stderr).toContain('--input-image is "notes.png", which is not a picture');
  expect(stderr).toContain('--scale is 9');
});
