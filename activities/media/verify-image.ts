import { readFile } from 'node:fs/promises';
import sharp, { type FailOnOptions } from 'sharp';
import { getOwn } from '../../workflows/domain/base/own-value';
import { Semaphore } from '../running/semaphore';
import { hasEveryScan } from './jpeg-scans';

interface ImageFacts {
  readonly mimeType: string;
  readonly extension: string;
  readonly width: number;
  readonly height: number;
  /** Every pixel was decoded without a complaint; else the picture is too large for that, or was written in an odd way. */
  readonly verified: boolean;
}

/** Names of formats as the decoder gives them. */
const MIME_TYPES: Readonly<Record<string, string>> = {
  webp: 'image/webp',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  avif: 'image/avif',
  heif: 'image/heif',
  tiff: 'image/tiff',
};

/** Sixteen times the largest picture that can be asked for; a megabyte can decode into gigabytes. */
const MAX_PIXELS = 4_096 * 4_096;
/** A picture of the most pixels takes some 100 MB while it is decoded. */
const MAX_DECODES = 2;

/**
 * What the decoder complains about. A JPEG that was cut off and closed again is no more than a warning to it, and none at
 * all if only its last rows of blocks are missing; in other formats a warning may concern an ancillary chunk.
 */
const FAIL_ON: Readonly<Record<string, FailOnOptions>> = { jpeg: 'warning' };
/** Warnings about what lies around the pixels of a JPEG, not in them. */
const HARMLESS =
  /^(VipsJpeg: (Unknown Adobe color transform code \d+|Corrupt JPEG data: \d+ extraneous bytes before marker 0x(?!d\d)[0-9a-f]{2})\s*)+$/;

const decodes = new Semaphore(MAX_DECODES);

// A path that is written anew must be read anew.
sharp.cache(false);

/** The bytes are not a picture, or not a whole one. */
export class NotAnImage extends Error {
  override readonly name = 'NotAnImage';
}

/**
 * Reads what a file is from its own bytes, whatever anybody says it is. Every pixel is decoded: a picture that was cut
 * off at its source still has a whole header, and a length that agrees with itself. Only the header is read of one with
 * more than 4096 × 4096 pixels.
 *
 * @throws NotAnImage
 */
export async function verifyImage(path: string): Promise<ImageFacts> {
  try {
    const { format, width, height } = await sharp(path, { limitInputPixels: false }).metadata();
    const mimeType = getOwn(MIME_TYPES, format);
    if (mimeType === undefined) throw new NotAnImage(`the result is ${format}, not a picture`);
    const verified = width * height <= MAX_PIXELS && (await decodes.run(() => isSound(path, format)));
    return { mimeType, extension: format === 'jpeg' ? 'jpg' : format, width, height, verified };
  } catch (error) {
    if (error instanceof NotAnImage) throw error;
    throw new NotAnImage('the result does not decode as a picture', { cause: error });
  }
}

/** Throws if it is no whole picture; `false`: it is one, and the decoder could not follow it strictly. */
async function isSound(path: string, format: string): Promise<boolean> {
  const isStrict = await decodeStrictly(path, format);
  if (format === 'jpeg' && !hasEveryScan(await readFile(path)))
    throw new NotAnImage('the result lacks scans of its picture');
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
