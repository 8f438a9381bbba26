/** Reading header, size and end of real pictures. */
import sharp from 'sharp';
import { readPicture } from '../../input/pictures/read-picture';

type Format = 'png' | 'jpeg' | 'webp' | 'gif';

/** Noise, so that the data does not compress to nothing. */
function draw(width: number, height: number) {
  const data = Buffer.from(Array.from({ length: width * height * 3 }, (_, index) => (index * 7919) % 251));
  return sharp(data, { raw: { width, height, channels: 3 } });
}

const PICTURES: readonly (readonly [string, Format, (picture: sharp.Sharp) => sharp.Sharp])[] = [
  ['PNG', 'png', (picture) => picture.png()],
  ['interlaced PNG', 'png', (picture) => picture.png({ progressive: true })],
  ['JPEG', 'jpeg', (picture) => picture.jpeg()],
  ['progressive JPEG', 'jpeg', (picture) => picture.jpeg({ progressive: true })],
  ['JPEG with metadata', 'jpeg', (picture) => picture.withMetadata({ density: 300 }).jpeg()],
  ['lossy WebP', 'webp', (picture) => picture.webp()],
  ['lossless WebP', 'webp', (picture) => picture.webp({ lossless: true })],
  ['WebP with transparency', 'webp', (picture) => picture.ensureAlpha(0.5).webp()],
  ['GIF', 'gif', (picture) => picture.gif()],
];

const EXTENSIONS: Readonly<Record<Format, string>> = { png: 'png', jpeg: 'jpg', webp: 'webp', gif: 'gif' };

describe.each(PICTURES)('%s', (_name, format, encode) => {
  let bytes: Buffer;

  beforeAll(async () => {
    bytes = await encode(draw(37, 21)).toBuffer();
  });

  test('is read with its size', () => {
    expect(readPicture(bytes)).toEqual({ extension: EXTENSIONS[format], width: 37, height: 21 });
  });

  test('is refused wherever it is cut', () => {
    const accepted: number[] = [];
    for (let length = 0; length < bytes.length; length += 1) {
      if (!('problem' in readPicture(bytes.subarray(0, length)))) accepted.push(length);
    }
    // A length that is rounded to a whole word may end in a byte without meaning.
    expect(accepted.filter((length) => length < bytes.length - 1)).toEqual([]);
  });

  test('is never a fault of ours, whatever byte is wrong', () => {
    for (let at = 0; at < bytes.length; at += 1) {
      const wrong = Buffer.from(bytes);
      wrong[at] = (wrong[at] ?? 0) ^ 0xff;
      expect(() => readPicture(wrong)).not.toThrow();
    }
  });
});

test('what follows the end of a JPEG is ignored: phones append previews', async () => {
  const bytes = await draw(8, 8).jpeg().toBuffer();
  expect(readPicture(Buffer.concat([bytes, Buffer.from('a preview')]))).toMatchObject({ width: 8 });
});

test.each([
  ['a HEIC picture', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0', 'latin1'), /^is a HEIC picture, which phones make/],
  ['a TIFF picture', Buffer.from('II*\0....', 'latin1'), /^is a TIFF or raw picture/],
  ['a clip', Buffer.from('\0\0\0\x18ftypisom\0\0\0\0', 'latin1'), /^is a clip/],
  ['a sound', Buffer.from('RIFF\0\0\0\0WAVEfmt ', 'latin1'), /^is a sound/],
  ['a drawing', Buffer.from('<?xml version="1.0"?>\n<svg xmlns="…">'), /^is an SVG drawing/],
  ['a web page', Buffer.from('\n<!DOCTYPE html>'), /^is a web page/],
  ['a text', Buffer.from('a text'), /^is not a picture/],
  ['nothing', Buffer.alloc(0), /^is empty/],
])('%s is named', (_name, bytes, problem) => {
  expect(readPicture(bytes)).toEqual({ problem: expect.stringMatching(problem) });
});
