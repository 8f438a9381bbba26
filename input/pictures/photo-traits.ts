/** Reads from the beginning of a picture what a provider may not take, or may show otherwise than cameras do. */
import { MAX_INPUT_BYTES } from '../../workflows/domain/operations/stored-input';
import { findMarker, isFrame, START_OF_SCAN } from './read-jpeg';

/** `rotated`: upright only by its EXIF data. `large`: larger than an upload may be. */
export type PhotoTrait = 'heic' | 'avif' | 'tiff' | 'cmyk' | 'rotated' | 'large';

/** Bytes that hold the headers of nearly every picture. */
export const HEADER_BYTES = 512 * 1024;

/** Tests of the first bytes, one character for each. */
export const HEIC = /^....ftyp(hei[cfmsx]|hev[cmsx]|mif1|msf1)/s;
export const AVIF = /^....ftypavi[fs]/s;
const TIFF = /^(II\*\0|MM\0\*)/;

/**
 * @param beginning the file, or its first bytes
 * @param size size of the whole file, in bytes
 */
export function findTraits(beginning: Buffer, size: number): readonly PhotoTrait[] {
  const first = beginning.toString('latin1', 0, 16);
  const isJpeg = first.startsWith('\xff\xd8\xff');
  const jpeg = isJpeg ? readJpegHeaders(beginning) : NO_HEADERS;
  const exif = isJpeg ? jpeg.exif : findExif(beginning, first);
  const isRotated = exif !== null && readOrientation(exif) > 1;
  const found: Readonly<Record<PhotoTrait, boolean>> = {
    heic: HEIC.test(first),
    avif: AVIF.test(first),
    tiff: TIFF.test(first),
    cmyk: jpeg.components === 4,
    rotated: isRotated,
    large: size > MAX_INPUT_BYTES,
  };
  return PHOTO_TRAITS.filter((trait) => found[trait]);
}

export const PHOTO_TRAITS: readonly PhotoTrait[] = ['heic', 'avif', 'tiff', 'cmyk', 'rotated', 'large'];

interface JpegHeaders {
  /** Number of colours; `null` if it was not found. */
  readonly components: number | null;
  readonly exif: Buffer | null;
}

const NO_HEADERS: JpegHeaders = { components: null, exif: null };
const APP1 = 0xe1;
const EXIF_NAME = 'Exif\0\0';

function readJpegHeaders(bytes: Buffer): JpegHeaders {
  let { components, exif } = NO_HEADERS;
  let marker = findMarker(bytes, 2);
  while (marker !== null && marker.code !== START_OF_SCAN && marker.end + 8 <= bytes.length) {
    const { code, end } = marker;
    const data = end + 2;
    if (isFrame(code)) components = bytes[data + 5] ?? null;
    if (code === APP1 && bytes.toString('latin1', data, data + EXIF_NAME.length) === EXIF_NAME)
      exif ??= bytes.subarray(data + EXIF_NAME.length);
    marker = findMarker(bytes, end + bytes.readUInt16BE(end));
  }
  return { components, exif };
}

/** The EXIF data of a PNG or a WebP file; `null` if there is none. */
function findExif(bytes: Buffer, first: string): Buffer | null {
  if (first.startsWith('\x89PNG')) return findChunk(bytes, PNG_CHUNKS);
  if (!first.startsWith('RIFF') || first.slice(8, 12) !== 'WEBP') return null;
  const exif = findChunk(bytes, WEBP_CHUNKS);
  const isNamed = exif?.toString('latin1', 0, EXIF_NAME.length) === EXIF_NAME;
  return isNamed && exif !== null ? exif.subarray(EXIF_NAME.length) : exif;
}

/** How a format divides its file into chunks. */
interface ChunkForm {
  readonly from: number;
  readonly exif: string;
  readonly nameAt: number;
  readonly dataAt: number;
  /** Length of the data, and of the whole chunk. */
  measure(bytes: Buffer, at: number): { readonly data: number; readonly whole: number };
}

const PNG_CHUNKS: ChunkForm = {
  ...{ from: 8, exif: 'eXIf', nameAt: 4, dataAt: 8 },
  measure: (bytes, at) => ({ data: bytes.readUInt32BE(at), whole: 12 + bytes.readUInt32BE(at) }),
};

const WEBP_CHUNKS: ChunkForm = {
  ...{ from: 12, exif: 'EXIF', nameAt: 0, dataAt: 8 },
  measure: (bytes, at) => {
    const data = bytes.readUInt32LE(at + 4);
    return { data, whole: 8 + data + (data % 2) };
  },
};

function findChunk(bytes: Buffer, { from, exif, nameAt, dataAt, measure }: ChunkForm): Buffer | null {
  for (let at = from; at + 8 <= bytes.length; ) {
    const { data, whole } = measure(bytes, at);
    if (bytes.toString('latin1', at + nameAt, at + nameAt + 4) === exif)
      return bytes.subarray(at + dataAt, at + dataAt + data);
    at += whole;
  }
  return null;
}

const [ORIENTATION, SHORT] = [0x0112, 3];
const ENTRY_BYTES = 12;

/** The orientation of EXIF data, 1 to 8: 1 is upright, and so is what cannot be read. */
function readOrientation(exif: Buffer): number {
  const isLittle = exif.toString('latin1', 0, 2) === 'II';
  const short = (at: number) => (at + 2 > exif.length ? 0 : isLittle ? exif.readUInt16LE(at) : exif.readUInt16BE(at));
  if (exif.length < 8) return 1;
  const folder = isLittle ? exif.readUInt32LE(4) : exif.readUInt32BE(4);
  const count = short(folder);
  for (let entry = 0; entry < count; entry += 1) {
    const at = folder + 2 + entry * ENTRY_BYTES;
    if (at + ENTRY_BYTES > exif.length) return 1;
    if (short(at) !== ORIENTATION || short(at + 2) !== SHORT) continue;
    const value = short(at + 8);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}
