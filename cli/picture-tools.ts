/** What `--convert` and `--decode` do with pictures. sharp is loaded with the first picture. */
import type { Sharp } from 'sharp';
import { findTraits } from '../input/pictures/photo-traits';
import type { Converted, PictureTools } from '../input/pictures/picture-tools';
import { MAX_INPUT_BYTES } from '../workflows/domain/operations/stored-input';
import { findNativeProblem } from './native-problem';

export const CONVERT_HELP =
  'convert pictures that the API may not take as they are to JPEG or PNG: upright, sRGB, at most 20 MB';

/** @returns tools that convert pictures if the flag is set */
export function toPictureTools({ convert = false }: { readonly convert?: boolean }): PictureTools {
  return convert ? { convert: convertPicture } : {};
}

/** Why pictures cannot be decoded here; `null` if they can. */
export async function findDecoderProblem(): Promise<string | null> {
  try {
    await loadSharp();
    return null;
  } catch (error) {
    const problem = findNativeProblem(error);
    if (problem === null) throw error;
    return problem;
  }
}

async function loadSharp() {
  return (await import('sharp')).default;
}

/** Warnings about metadata around a JPEG's pixels. */
const HARMLESS = /^(VipsJpeg: (Unknown Adobe color transform code|Corrupt JPEG data: \d+ extraneous bytes)[^\n]*\s*)+$/;

export async function findDecodeProblem(bytes: Buffer): Promise<string | null> {
  const sharp = await loadSharp();
  try {
    await sharp(bytes, { failOn: 'warning' }).raw().toBuffer();
    return null;
  } catch (error) {
    const reason = findReason(error);
    return HARMLESS.test(reason) ? null : `cannot be decoded: ${firstLine(reason)}`;
  }
}

/** How a picture is encoded. */
interface Encoding {
  readonly format: 'jpeg' | 'png';
  readonly quality: number;
  /** Of its width and height. */
  readonly scale: number;
}

const PNG: Encoding = { format: 'png', quality: 100, scale: 1 };
const SMALLER = [0.75, 0.5, 0.35, 0.25] as const;

/** Tried in this order until the file is small enough. */
const OPAQUE: readonly Encoding[] = [
  ...[95, 88, 80].map((quality) => ({ format: 'jpeg', quality, scale: 1 }) as const),
  ...SMALLER.map((scale) => ({ format: 'jpeg', quality: 80, scale }) as const),
];
const TRANSPARENT: readonly Encoding[] = [PNG, ...SMALLER.map((scale) => ({ ...PNG, scale }))];

/** Formats whose pixels stay exactly as they are, if the file is small enough. */
const LOSSLESS: readonly (string | undefined)[] = ['png', 'gif'];
const SEVERAL: readonly (string | undefined)[] = ['gif', 'webp'];

async function convertPicture(bytes: Buffer): Promise<Converted> {
  const sharp = await loadSharp();
  try {
    const { format, pages = 1, hasAlpha, autoOrient } = await sharp(bytes).metadata();
    if (pages > 1 && SEVERAL.includes(format)) return { problem: 'is animated: it cannot be converted to one picture' };
    const picture = sharp(bytes, { failOn: 'error' }).autoOrient().toColourspace('srgb');
    const encodings = hasAlpha ? TRANSPARENT : LOSSLESS.includes(format) ? [PNG, ...OPAQUE] : OPAQUE;
    for (const encoding of encodings) {
      const made = await encode(picture, autoOrient.width, encoding);
      if (made.length <= MAX_INPUT_BYTES)
        return { bytes: made, extension: encoding.format === 'jpeg' ? 'jpg' : encoding.format };
    }
    return { problem: 'is too large, even converted to a quarter of its size' };
  } catch (error) {
    return { problem: describeUnreadable(bytes, error) };
  }
}

function encode(picture: Sharp, width: number, { format, quality, scale }: Encoding): Promise<Buffer> {
  const sized = scale === 1 ? picture.clone() : picture.clone().resize({ width: Math.round(width * scale) });
  return (format === 'jpeg' ? sized.jpeg({ quality, chromaSubsampling: '4:4:4' }) : sized.png()).toBuffer();
}

function describeUnreadable(bytes: Buffer, error: unknown): string {
  if (findTraits(bytes, bytes.length).includes('heic'))
    return 'is a HEIC picture, which this installation cannot read: export it as JPEG, or set the phone to make JPEG';
  return `cannot be converted: ${firstLine(findReason(error))}`;
}

function findReason(error: unknown): string {
  return error instanceof Error ? error.message.trim() : String(error);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
