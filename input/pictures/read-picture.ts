/**
 * Reads the header, the size and the end of a picture, in plain JavaScript. It does not decode pixels: the provider does
 * that, and a job whose input cannot be decoded is not charged.
 */
import { getOwn } from '../../workflows/domain/base/own-value';
import type { InputExtension } from '../../workflows/domain/operations/stored-input';
import { nameOtherFormat } from './other-formats';
import { type PictureSize, readJpeg } from './read-jpeg';

/** A picture whose parts are complete, or why it is not one. */
type ReadPicture =
  | { readonly extension: InputExtension; readonly width: number; readonly height: number }
  | { readonly problem: string };

interface Format {
  readonly name: string;
  readonly extension: InputExtension;
  isFormat(bytes: Buffer): boolean;
  read(bytes: Buffer): PictureSize;
}

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

const FORMATS: readonly Format[] = [
  {
    ...{ name: 'PNG', extension: 'png', read: readPng },
    isFormat: (bytes) => bytes.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE),
  },
  {
    ...{ name: 'JPEG', extension: 'jpg', read: readJpeg },
    isFormat: (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff,
  },
  {
    ...{ name: 'WebP', extension: 'webp', read: readWebp },
    isFormat: (bytes) => readText(bytes, 0, 4) === 'RIFF' && readText(bytes, 8, 12) === 'WEBP',
  },
  {
    ...{ name: 'GIF', extension: 'gif', read: readGif },
    isFormat: (bytes) => /^GIF8[79]a$/.test(readText(bytes, 0, 6)),
  },
];

const TRUNCATED = { problem: 'ends too early: the file is cut off' } as const;

export function readPicture(bytes: Buffer): ReadPicture {
  if (bytes.length === 0) return { problem: 'is empty' };
  const format = FORMATS.find(({ isFormat }) => isFormat(bytes));
  if (format === undefined) return { problem: `${nameOtherFormat(bytes)}; must be PNG, JPEG, WebP or GIF` };
  const read = format.read(bytes);
  if ('problem' in read) return { problem: `is a ${format.name} picture that ${read.problem}` };
  if (read.width === 0 || read.height === 0) return { problem: `is a ${format.name} picture without pixels` };
  return { extension: format.extension, ...read };
}

function readText(bytes: Buffer, from: number, to: number): string {
  return bytes.toString('latin1', from, to);
}

/** Chunks: length, name, data and a checksum. */
function readPng(bytes: Buffer): PictureSize {
  if (bytes.length < 33) return TRUNCATED;
  if (readText(bytes, 12, 16) !== 'IHDR') return { problem: 'does not begin with its header' };
  const size = { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  for (let at = PNG_SIGNATURE.length; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    if (readText(bytes, at + 4, at + 8) === 'IEND') return size;
  }
  return TRUNCATED;
}

const WEBP_SIZES: Readonly<Record<string, (data: Buffer) => PictureSize>> = {
  'VP8 ': (data) => ({ width: data.readUInt16LE(6) & 0x3fff, height: data.readUInt16LE(8) & 0x3fff }),
  VP8L: (data) => {
    const packed = data.readUInt32LE(1);
    return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
  },
  VP8X: (data) => ({ width: data.readUIntLE(4, 3) + 1, height: data.readUIntLE(7, 3) + 1 }),
};

const RIFF_HEAD_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;
const MIN_WEBP_DATA_BYTES = 10;

/** A RIFF file: the first chunk has the size of the picture. */
function readWebp(bytes: Buffer): PictureSize {
  const from = RIFF_HEAD_BYTES + CHUNK_HEAD_BYTES;
  if (bytes.length < from + MIN_WEBP_DATA_BYTES) return TRUNCATED;
  if (bytes.readUInt32LE(4) + CHUNK_HEAD_BYTES > bytes.length) return TRUNCATED;
  const name = readText(bytes, RIFF_HEAD_BYTES, RIFF_HEAD_BYTES + 4);
  if (from + bytes.readUInt32LE(RIFF_HEAD_BYTES + 4) > bytes.length) return TRUNCATED;
  return getOwn(WEBP_SIZES, name)?.(bytes.subarray(from)) ?? { problem: 'has no known header' };
}

const [GIF_EXTENSION, GIF_IMAGE, GIF_END] = [0x21, 0x2c, 0x3b];

/** Blocks up to the end mark; each image and extension consists of sub-blocks with their lengths. */
function readGif(bytes: Buffer): PictureSize {
  if (bytes.length < 13) return TRUNCATED;
  const size = { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
  let at = 13 + tableBytes(bytes[10] ?? 0);
  while (at < bytes.length) {
    const kind = bytes[at];
    if (kind === GIF_END) return size;
    if (kind === GIF_EXTENSION) at = skipSubBlocks(bytes, at + 2);
    else if (kind === GIF_IMAGE) at = skipSubBlocks(bytes, at + 11 + tableBytes(bytes[at + 9] ?? 0));
    else return { problem: 'has a block of an unknown kind' };
  }
  return TRUNCATED;
}

/** Size of a colour table, by the flags of its descriptor. */
function tableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 0x07) + 1);
}

function skipSubBlocks(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== 0) at += (bytes[at] ?? 0) + 1;
  return at + 1;
}
