import sharp, { type Sharp } from 'sharp';
import type { OutputFormat } from '../endpoints/job-request';
import type { Picture } from './picture';
import { pictureSvg } from './picture-svg';

/** Encoder settings chosen for speed; the images have smooth areas and stay small. */
export const ENCODERS: Readonly<Record<OutputFormat, (image: Sharp) => Sharp>> = {
  webp: (image) => image.webp({ quality: 75, effort: 0 }),
  jpeg: (image) => image.flatten({ background: '#ffffff' }).jpeg({ quality: 80 }),
  png: (image) => image.png({ compressionLevel: 3, adaptiveFiltering: false }),
};

/** Renders an image in its size and format; equal inputs give equal bytes. */
export function drawPicture(picture: Picture): Promise<Buffer> {
  return ENCODERS[picture.format](sharp(Buffer.from(pictureSvg(picture)))).toBuffer();
}
