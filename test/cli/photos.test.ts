/** Photos as cameras and agencies make them: counted by `plan`, converted by `--convert`, decoded by `plan --decode`. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { InputSources } from '../../activities/store';
import type { RequestFields } from '../../workflows/domain/item/item';
import { hashOf } from '../support/hash-of';
import { type Rig, startRig } from '../support/rig';
import { readStoredRows } from '../support/stored-inputs';
import { BatchCli } from './batch-cli';

let rig: Rig;
let cli: BatchCli;
const REMOVE = ['--operation', 'background/remove/image'] as const;
const HEIC = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());
beforeEach(() => {
  cli = new BatchCli(rig);
  mkdirSync(path.join(cli.folder, 'photos'));
});

/** Red on the left, blue on the right. */
function draw(): sharp.Sharp {
  const data = Buffer.alloc(32 * 16 * 3);
  for (let at = 0; at < 32 * 16; at += 1) data[at * 3 + (at % 32 < 16 ? 0 : 2)] = 200;
  return sharp(data, { raw: { width: 32, height: 16, channels: 3 } });
}

async function put(name: string, picture: sharp.Sharp | Buffer): Promise<void> {
  cli.write(`photos/${name}`, Buffer.isBuffer(picture) ? picture : await picture.toBuffer());
}

async function putPhotos(): Promise<void> {
  await put('plain.jpg', draw().jpeg());
  await put('turned.jpg', draw().withMetadata({ orientation: 6 }).jpeg());
  await put('print.jpg', draw().toColourspace('cmyk').jpeg());
  await put('scan.tif', draw().tiff());
  await put('phone.heic', HEIC);
}

const plan = (...args: readonly string[]) => cli.plan('photos', ...REMOVE, ...args);

/** The inputs of the rows of a batch by key, as they are in the store. */
async function readInputs(id: string): Promise<Readonly<Record<string, Buffer>>> {
  const rows = await readStoredRows(rig, id);
  const toFile = ({ input_image: value }: RequestFields) => path.join(rig.store, String(value).slice('store:'.length));
  return Object.fromEntries(rows.map(({ key, request }) => [key, readFileSync(toFile(request))]));
}

test('plan counts what the API may not take as it is, with advice, and starts without it', async () => {
  await putPhotos();
  const { code, plan: found } = await plan();
  expect([code, found.valid, found.photos]).toEqual([
    0,
    3,
    { heic: 1, avif: 0, tiff: 1, cmyk: 1, rotated: 1, large: 0, converted: null },
  ]);
  const { stderr } = await cli.run('plan', 'photos', ...REMOVE);
  expect(stderr).toContain(
    '1 file: HEIC, which the API does not take: export it as JPEG, or set the phone to make JPEG\n',
  );
  expect(stderr).toContain(
    '1 file: upright only by its EXIF data, which the API may ignore: --convert turns the pixels\n',
  );
});

test('a file of more than 20 MB is counted by its headers, and converted', async () => {
  const [width, height] = [3_000, 2_400];
  const noise = sharp(randomBytes(width * height * 3), { raw: { width, height, channels: 3 } });
  await put('large.tif', noise.tiff({ compression: 'none' }));
  cli.write('rows.csv', 'input_image\nphotos/large.tif\n');
  const refused = await cli.run('plan', 'rows.csv', '--operation', 'upscale/image', '--json');
  expect([refused.code, JSON.parse(refused.stdout)]).toMatchObject([2, { photos: { tiff: 1, large: 1 } }]);
  const converted = await cli.run('plan', 'rows.csv', '--operation', 'upscale/image', '--convert', '--json');
  expect([converted.code, JSON.parse(converted.stdout)]).toMatchObject([0, { photos: { converted: 1 }, valid: 1 }]);
  expect(JSON.parse(converted.stdout).inputs.bytes).toBeLessThanOrEqual(20 * 1024 * 1024);
});

test('--convert turns, changes colours and formats; plain pictures keep their bytes; HEIC is named', async () => {
  await putPhotos();
  const { code, plan: refused } = await plan('--convert');
  expect([code, refused.valid, refused.photos.converted]).toEqual([2, 4, 3]);
  expect(refused.problems.first).toMatchObject([
    {
      key: 'phone',
      problem: expect.stringMatching(/^is "phone.heic", which is a HEIC picture, .*: export it as JPEG/),
    },
  ]);
  const args = ['photos', ...REMOVE, '--convert', '--skip-invalid'];
  const { status, stderr } = await cli.toEnd('batch', 'converted', ...args);
  expect(status.counts).toMatchObject({ succeeded: 4 });
  expect(stderr).toContain('3 pictures converted: upright, in sRGB, at most 20 MB\n');
  const { plain, turned, print, scan } = await readInputs('converted');
  expect(plain).toEqual(readFileSync(path.join(cli.folder, 'photos/plain.jpg')));
  expect(await sharp(turned).metadata()).toMatchObject({ format: 'jpeg', width: 16, height: 32 });
  const { data } = await sharp(turned).raw().toBuffer({ resolveWithObject: true });
  // What was on the left is above.
  for (const value of [data[0], data.at(-1)]) expect(Math.abs((value ?? 0) - 200)).toBeLessThan(20);
  expect(await sharp(print).metadata()).toMatchObject({ format: 'jpeg', space: 'srgb', channels: 3 });
  expect(await sharp(scan).metadata()).toMatchObject({ format: 'jpeg', width: 32 });
});

test('what was converted once stays the same, whatever the encoder makes today, and --add starts the new alone', async () => {
  await put('a.tif', draw().tiff());
  const args = ['photos', ...REMOVE, '--convert'];
  await cli.toEnd('batch', 'exact', ...args);
  const { a } = await readInputs('exact');
  const original = hashOf(readFileSync(path.join(cli.folder, 'photos/a.tif')));
  const records = readdirSync(path.join(rig.store, 'inputs')).filter((name) => name === `${original}.converted.json`);
  expect(records).toHaveLength(1);
  const { jpeg } = sharp.prototype;
  const made = jest.spyOn(sharp.prototype, 'jpeg').mockImplementation(function (this: sharp.Sharp) {
    return jpeg.call(this, { quality: 40 });
  });
  try {
    const found = await cli.run('batch', ...args, '--id', 'exact', '--detach');
    expect([found.code, found.stderr]).toEqual([0, expect.stringContaining('found exact')]);
    await put('b.tif', draw().negate().tiff());
    const added = await cli.toEnd('batch', 'exact', ...args, '--add');
    expect([added.code, added.status.counts]).toMatchObject([0, { succeeded: 2, total: 2 }]);
    expect(made).toHaveBeenCalledTimes(1);
  } finally {
    made.mockRestore();
  }
  expect((await readInputs('exact'))['a']).toEqual(a);
});

test('a single item converts its picture, too', async () => {
  await put('scan.tif', draw().tiff());
  const args = ['run', 'background/remove/image', '--input-image', 'photos/scan.tif', '--id', 'scan'];
  const refused = await cli.run(...args);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('is a TIFF or raw picture')]);
  const looked = jest.spyOn(InputSources.prototype, 'has');
  expect((await cli.run(...args, '--convert', '--count', '2')).code).toBe(0);
  // The file was put into the store just now.
  expect(looked).not.toHaveBeenCalled();
});

test('plan --decode finds pictures whose headers and ends are right and whose pixels are damaged', async () => {
  await put('fine.jpg', draw().jpeg());
  await put('broken.png', breakPixels(await draw().png().toBuffer()));
  expect((await plan()).code).toBe(0);
  const { code, plan: refused } = await plan('--decode');
  expect([code, refused.problems.first]).toMatchObject([
    2,
    [{ key: 'broken', problem: expect.stringMatching(/^is "broken.png", which cannot be decoded: /) }],
  ]);
});

/** Changes bytes in the middle of the compressed pixels. */
function breakPixels(png: Buffer): Buffer {
  const wrong = Buffer.from(png);
  const at = wrong.indexOf('IDAT') + 20;
  for (let index = at; index < at + 8; index += 1) wrong[index] = (wrong[index] ?? 0) ^ 0x5a;
  return wrong;
}
