/** A file is what its own header says, whatever anybody else says. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { NotAnImage, verifyImage } from '../../../activities/media/verify-image';
import { encodeJpeg, startsOfScans } from '../../support/jpeg-encoder';
import { pngBomb } from '../../support/png-bomb';
import { tempFolder } from '../../support/temp-folder';

const folder = tempFolder();
let files = 0;

function fileWith(bytes: Buffer | string): string {
  files += 1;
  const file = path.join(folder, `${files}.part`);
  writeFileSync(file, bytes);
  return file;
}

/** Noise, so that half of the bytes are really half of the picture. */
function picture(): sharp.Sharp {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  return sharp({ create: { width: 64, height: 48, channels: 3, background: '#888', noise } });
}

test.each([
  { format: 'png', extension: 'png', mimeType: 'image/png' },
  { format: 'jpeg', extension: 'jpg', mimeType: 'image/jpeg' },
  { format: 'webp', extension: 'webp', mimeType: 'image/webp' },
  { format: 'gif', extension: 'gif', mimeType: 'image/gif' },
  { format: 'tiff', extension: 'tiff', mimeType: 'image/tiff' },
] as const)('a $format is known by its bytes', async ({ format, extension, mimeType }) => {
  const file = fileWith(await picture().toFormat(format).toBuffer());
  const facts = { mimeType, extension, width: 64, height: 48, verified: true };
  expect(await verifyImage(file)).toEqual(facts);
});

test.each(['png', 'jpeg', 'webp'] as const)(
  'a %s that breaks off in the middle is no image, though its header is whole',
  async (format) => {
    const bytes = await picture().toFormat(format).toBuffer();
    await expect(verifyImage(fileWith(bytes.subarray(0, bytes.length >> 1)))).rejects.toThrow(NotAnImage);
  },
);

const EOI = Buffer.from([0xff, 0xd9]);
const asJpeg = (how: sharp.JpegOptions = {}, of = picture()) => of.jpeg(how).toBuffer();
/** Behind the start of the picture. */
const withSegment = (jpeg: Buffer, marker: number, data: Buffer) => {
  const head = Buffer.from([0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 0xff]);
  return Buffer.concat([jpeg.subarray(0, 2), head, data, jpeg.subarray(2)]);
};

const SOUND: readonly (readonly [string, () => Promise<Buffer> | Buffer])[] = [
  ['baseline', () => asJpeg()],
  ['progressive', () => asJpeg({ progressive: true })],
  ['optimised', () => asJpeg({ mozjpeg: true })],
  ['of the worst quality', () => asJpeg({ quality: 1 })],
  ['without subsampling', () => asJpeg({ chromaSubsampling: '4:4:4' })],
  ['grey', () => asJpeg({}, picture().greyscale())],
  ['for print (CMYK)', () => asJpeg({}, picture().toColourspace('cmyk'))],
  ['for print and progressive', () => asJpeg({ progressive: true }, picture().toColourspace('cmyk'))],
  [
    'with a profile and a description',
    () =>
      asJpeg(
        {},
        picture().withMetadata({ icc: 'p3', density: 300, exif: { IFD0: { ImageDescription: 'y'.repeat(900) } } }),
      ),
  ],
  ['with a broken description', async () => withSegment(await asJpeg(), 0xe1, Buffer.from('Exif\0\0MM and no more'))],
  ['with a broken profile', async () => withSegment(await asJpeg(), 0xe2, Buffer.from('ICC_PROFILE\0\x01\x01none'))],
  ['with a segment of a program', async () => withSegment(await asJpeg(), 0xef, Buffer.alloc(300, 'A'))],
  ['with a comment', async () => withSegment(await asJpeg(), 0xfe, Buffer.from('a comment'))],
  ['with bytes behind its end', async () => Buffer.concat([await asJpeg(), Buffer.alloc(4_096), Buffer.from('more')])],
  ['with another one behind it', async () => Buffer.concat([await asJpeg(), await asJpeg()])],
  ['of single blocks', () => encodeJpeg({ columns: 9, rows: 7 })],
  ['of a scan for each colour', () => encodeJpeg({ columns: 9, rows: 7, colours: 3 })],
  ['with a restart marker behind each block', () => encodeJpeg({ columns: 9, rows: 7, restartEvery: 1 })],
  ['with restart markers here and there', () => encodeJpeg({ columns: 9, rows: 7, restartEvery: 5 })],
];

test.each(SOUND)('a sound JPEG %s is verified', async (_name, make) => {
  expect(await verifyImage(fileWith(await make()))).toMatchObject({ mimeType: 'image/jpeg', verified: true });
});

test.each([
  [
    'that was written with an odd colour transform',
    (jpeg: Buffer) => withSegment(jpeg, 0xee, Buffer.from([...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, 7])),
  ],
  [
    'with bytes between its segments',
    (jpeg: Buffer) => {
      const at = jpeg.indexOf(Buffer.from([0xff, 0xdb]));
      return Buffer.concat([jpeg.subarray(0, at), Buffer.from([1, 2, 3]), jpeg.subarray(at)]);
    },
  ],
])('a JPEG %s is kept, and not said to be verified', async (_name, change) => {
  const file = fileWith(change(await asJpeg()));
  expect(await verifyImage(file)).toMatchObject({ mimeType: 'image/jpeg', width: 64, verified: false });
});

test.each([
  ['baseline', () => asJpeg()],
  ['progressive', () => asJpeg({ progressive: true })],
  ['optimised', () => asJpeg({ mozjpeg: true })],
  ['grey', () => asJpeg({}, picture().greyscale())],
  ['for print', () => asJpeg({}, picture().toColourspace('cmyk'))],
  ['of single blocks', () => encodeJpeg({ columns: 40, rows: 30 })],
  ['with restart markers', () => encodeJpeg({ columns: 40, rows: 30, restartEvery: 5 })],
])('a JPEG %s that was cut above its last blocks and closed again is no image', async (_name, make) => {
  const bytes = await make();
  const start = bytes.lastIndexOf(Buffer.from([0xff, 0xda])) + 32;
  const shares = [0.1, 0.3, 0.6, 0.8];
  const cuts = shares.map((share) => bytes.subarray(0, start + Math.floor((bytes.length - start) * share)));
  for (const cut of [bytes.subarray(0, Math.floor(bytes.length * 0.6)), ...cuts]) {
    await expect(verifyImage(fileWith(Buffer.concat([cut, EOI])))).rejects.toThrow(NotAnImage);
  }
});

test('a progressive JPEG that was cut between any two of its scans and closed again is no image', async () => {
  const bytes = await asJpeg({ progressive: true });
  const starts = startsOfScans(bytes);
  expect(starts.length).toBeGreaterThan(5);
  for (const start of starts) {
    const cut = Buffer.concat([bytes.subarray(0, start), EOI]);
    await expect(verifyImage(fileWith(cut))).rejects.toThrow(NotAnImage);
  }
});

test('a JPEG of several scans that lacks one of its colours is no image', async () => {
  const colours = encodeJpeg({ columns: 9, rows: 7, colours: 3 });
  expect(await verifyImage(fileWith(colours))).toMatchObject({ verified: true });
  const cut = Buffer.concat([colours.subarray(0, startsOfScans(colours).at(-1)), EOI]);
  await expect(verifyImage(fileWith(cut))).rejects.toThrow(NotAnImage);
});

test('of a picture that is too large to be decoded the header is believed', async () => {
  const bomb = await pngBomb(16_000);
  expect(bomb.length).toBeLessThan(4_000_000);
  const known = { mimeType: 'image/png', extension: 'png', width: 16_000, height: 16_000 };
  expect(await verifyImage(fileWith(bomb))).toEqual({ ...known, verified: false });
});

test('the largest picture that is decoded is verified, several at a time', async () => {
  const file = fileWith(await pngBomb(4_096));
  const facts = await Promise.all(Array.from({ length: 6 }, () => verifyImage(file)));
  for (const found of facts) expect(found).toMatchObject({ width: 4_096, verified: true });
});

test.each([
  ['a page', '<!doctype html><title>Sign in</title>'],
  ['JSON', '{"error":"expired"}'],
  ['nothing', ''],
  ['noise', 'these bytes are no picture\n'.repeat(64)],
  [
    'a drawing, which is a program more than a picture',
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
  ],
])('%s is no image', async (_name, bytes) => {
  await expect(verifyImage(fileWith(bytes))).rejects.toThrow(NotAnImage);
});

test('a file that is not there is no item, rather than a crash', async () => {
  await expect(verifyImage(path.join(folder, 'missing.part'))).rejects.toThrow(NotAnImage);
});
