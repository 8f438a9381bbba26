/** What headers say of real photos. */
import sharp from 'sharp';
import { findTraits } from '../../input/pictures/photo-traits';

function draw(): sharp.Sharp {
  return sharp({ create: { width: 24, height: 16, channels: 3, background: '#a00000' } });
}

const turned = (orientation: number) => draw().withMetadata({ orientation });

test.each([
  ['a plain JPEG', () => draw().jpeg(), []],
  ['a plain PNG', () => draw().png(), []],
  ['a plain WebP', () => draw().webp(), []],
  ['a GIF', () => draw().gif(), []],
  ['a JPEG in CMYK', () => draw().toColourspace('cmyk').jpeg(), ['cmyk']],
  ['a grey JPEG', () => draw().greyscale().jpeg(), []],
  ['an upright JPEG with EXIF data', () => turned(1).jpeg(), []],
  ['a turned JPEG', () => turned(6).jpeg(), ['rotated']],
  ['a progressive JPEG in CMYK', () => draw().toColourspace('cmyk').jpeg({ progressive: true }), ['cmyk']],
  ['a turned PNG', () => turned(8).png(), ['rotated']],
  ['a turned WebP', () => turned(5).webp(), ['rotated']],
  ['a TIFF', () => draw().tiff(), ['tiff']],
  ['an AVIF', () => draw().avif(), ['avif']],
])('%s', async (_name, encode, traits) => {
  const bytes = await encode().toBuffer();
  expect(findTraits(bytes, bytes.length)).toEqual(traits);
  expect(findTraits(bytes, 21 * 1024 * 1024)).toEqual([...traits, 'large']);
  // A large file is known by its beginning alone, and no damage is a fault of ours.
  for (let length = 0; length < Math.min(bytes.length, 400); length += 1) findTraits(bytes.subarray(0, length), length);
  for (let at = 0; at < Math.min(bytes.length, 400); at += 1) {
    const wrong = Buffer.from(bytes);
    wrong[at] = (wrong[at] ?? 0) ^ 0xff;
    expect(() => findTraits(wrong, wrong.length)).not.toThrow();
  }
});

test('HEIC and what is no picture', () => {
  const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0', 'latin1');
  expect([heic, Buffer.alloc(0), Buffer.from('a text')].map((bytes) => findTraits(bytes, bytes.length))).toEqual([
    ['heic'],
    [],
    [],
  ]);
});
