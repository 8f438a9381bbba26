import { readFile } from 'node:fs/promises';
import sharp, { type FailOnOptions } from 'sharp';
import { getOwn } from '../../workflows/domain/base/own-value';
import { Semaphore } from '../running/semaphore';
import { RESULT_TYPES } from '../store/result-store';
import { hasEveryScan } from './jpeg-scans';
import { InvalidMedia, type MediaFacts } from './media-facts';

/** Sixteen times the largest image that can be requested; a megabyte can decode into gigabytes. */
const MAX_PIXELS = 4_096 * 4_096;
/** Maximum concurrent decodes: an image of the maximum size takes about 100 MB. */
const MAX_DECODES = 2;

/**
 * Decoder strictness by format. The decoder only warns about a JPEG that was cut off and terminated, and not even that
 * if just its last rows of blocks are missing. In other formats a warning may concern an ancillary chunk.
 */
const FAIL_ON: Readonly<Record<string, FailOnOptions>> = { jpeg: 'warning' };
/** Warnings about metadata around a JPEG's pixels. */
const HARMLESS =
  /^(VipsJpeg: (Unknown Adobe color transform code \d+|Corrupt JPEG data: \d+ extraneous bytes before marker 0x(?!d\d)[0-9a-f]{2})\s*)+$/;

const decodes = new Semaphore(MAX_DECODES);

// A rewritten path must be read again.
sharp.cache(false);

/** The bytes are not an image, or not a complete one. */
export class NotAnImage extends InvalidMedia {
  override readonly name = 'NotAnImage';
}

/**
 * Detects the file type from the bytes, ignoring any declared type, and decodes every pixel: an image that was cut off
 * at its source still has a complete header and a consistent length. Above 4096 × 4096 pixels only the header is read.
 * `verified` is false for such an image, and for one that the decoder warns about.
 *
 * @throws NotAnImage
 */
export async function verifyImage(path: string): Promise<MediaFacts> {
  try {
    const { format, width, height } = await sharp(path, { limitInputPixels: false }).metadata();
    const extension = format === 'jpeg' ? 'jpg' : format;
    const mimeType = getOwn(RESULT_TYPES, extension);
    if (mimeType === undefined || !mimeType.startsWith('image/'))
      throw new NotAnImage(`the result is ${format}, not an image`);
    const verified = width * height <= MAX_PIXELS && (await decodes.run(() => isSound(path, format)));
    return { mimeType, extension, width, height, verified };
  } catch (error) {
    if (error instanceof NotAnImage) throw error;
    throw new NotAnImage('the result cannot be decoded as an image', { cause: error });
  }
}

/** Throws if the image is incomplete. Returns false if it is complete but cannot be decoded strictly. */
async function isSound(path: string, format: string): Promise<boolean> {
  const isStrict = await decodeStrictly(path, format);
  if (format === 'jpeg' && !hasEveryScan(await readFile(path)))
    throw new NotAnImage('the result lacks scans of its image');
  return isStrict;
}

async function decodeStrictly(path: string, format: string): Promise<boolean> {
  try {
    await decode(path, getOwn(FAIL_ON, format) ?? 'truncated');
    return true;
  } catch (error) {
    if (!(error instanceof Error && HARMLESS.test(error.message))) throw error;
    await decode(path, 'truncated');
    return false;
  }
}

async function decode(path: string, failOn: FailOnOptions): Promise<void> {
  await sharp(path, { failOn, limitInputPixels: MAX_PIXELS }).raw().toBuffer();
}
