/** Makes pictures of the inputs of a job. */
import sharp, { type OverlayOptions, type Sharp } from 'sharp';
import { type OutputFormat, type PictureWork, POSITIONS, type Position } from '../endpoints/job-request';
import { drawPicture, ENCODERS } from './draw-picture';
import type { Picture } from './picture';

/** The largest side of a result, in pixels. */
const MAX_SIDE = 8_192;
/** Size of further inputs and of logos, as a share of the picture's smaller side. */
const INSET_SHARE = 0.25;
/** A published description of the logo's opacity. */
const LOGO_OPACITY = 0.5;
/** Distance of colours, of 255 in each channel, within which a pixel belongs to the background. */
const BACKGROUND_TOLERANCE = 32;
const CHANNELS = 4;

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Resizes the first input and puts the others into corners, a logo half transparent. Without inputs, draws the picture.
 * The result has the size that the work names, else that of the first input, times the factor.
 */
export async function composePicture(
  picture: Picture,
  work: PictureWork,
  [base, ...others]: readonly Buffer[],
): Promise<Buffer> {
  if (base === undefined) return drawPicture(picture);
  const size = await findSize(work, base);
  const opacity = work.effect === 'place-logo' ? LOGO_OPACITY : 1;
  const insets = await Promise.all(
    others.map((other, index) => inset(other, size, turn(work.position, index), opacity)),
  );
  return ENCODERS[work.format](resized(base, size).composite(insets)).toBuffer();
}

/**
 * Makes transparent what has the colour of the upper left corner.
 *
 * @param background `null`: the cut-out stays transparent
 */
export async function cutOut(input: Buffer, format: OutputFormat, background: string | null): Promise<Buffer> {
  const { data, info } = await sharp(input).rotate().ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const corner = [...data.subarray(0, CHANNELS - 1)];
  for (let at = 0; at < data.length; at += CHANNELS) {
    const isBackground = corner.every(
      (value, index) => Math.abs((data[at + index] ?? 0) - value) <= BACKGROUND_TOLERANCE,
    );
    if (isBackground) data[at + CHANNELS - 1] = 0;
  }
  const { width, height } = info;
  const image = sharp(data, { raw: { width, height, channels: CHANNELS } });
  return ENCODERS[format](background === null ? image : image.flatten({ background })).toBuffer();
}

function resized(base: Buffer, { width, height }: Size): Sharp {
  return sharp(base).rotate().resize(width, height, { fit: 'cover' });
}

async function findSize({ width, height, scale }: PictureWork, base: Buffer): Promise<Size> {
  const { autoOrient } = await sharp(base).metadata();
  const side = (own: number | null, input: number) => own ?? Math.min(MAX_SIDE, Math.max(1, Math.round(input * scale)));
  return { width: side(width, autoOrient.width), height: side(height, autoOrient.height) };
}

async function inset(image: Buffer, size: Size, position: Position, opacity: number): Promise<OverlayOptions> {
  const side = Math.max(1, Math.floor(Math.min(size.width, size.height) * INSET_SHARE));
  const mask = Buffer.from([255, 255, 255, Math.round(255 * opacity)]);
  const veil = { raw: { width: 1, height: 1, channels: 4 }, tile: true, blend: 'dest-in' } as const;
  const input = await sharp(image)
    .resize(side, side, { fit: 'inside' })
    .ensureAlpha()
    .composite([{ input: mask, ...veil }])
    .png()
    .toBuffer();
  return { input, gravity: GRAVITIES[position] };
}

const GRAVITIES: Readonly<Record<Position, string>> = {
  bottom_right: 'southeast',
  bottom_left: 'southwest',
  top_right: 'northeast',
  top_left: 'northwest',
};

/** The corner for the input of this number. */
function turn(position: Position, index: number): Position {
  return POSITIONS[(POSITIONS.indexOf(position) + index) % POSITIONS.length] ?? position;
}
