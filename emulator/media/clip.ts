/**
 * Writes clips as MP4 files. The pictures are AV1 key frames, taken from AVIF files, because an encoder for video would be
 * a large dependency.
 */
import sharp from 'sharp';
import { drawPicture } from './draw-picture';
import type { Picture } from './picture';

const FRAMES_PER_SECOND = 2;
const TIMESCALE = 1_000;
const FRAME_UNITS = TIMESCALE / FRAMES_PER_SECOND;
const BOX_HEADER_BYTES = 8;
const UNITY_MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];
/** Undetermined, in packed ISO 639-2. */
const LANGUAGE = 0x55c4;

interface Frame {
  readonly data: Buffer;
  /** The decoder's configuration, as a box. */
  readonly configuration: Buffer;
}

type Size = Pick<Picture, 'width' | 'height'>;

/** Shows the input, if there is one, and the drawn picture in turn. */
export async function writeClip(picture: Picture, seconds: number, input?: Buffer): Promise<Buffer> {
  const drawn = await toFrame(await drawPicture(picture), picture);
  const first = input === undefined ? drawn : await toFrame(input, picture);
  const count = Math.max(1, Math.round(seconds * FRAMES_PER_SECOND));
  const frames = Array.from({ length: count }, (_, index) => (index % 2 === 0 ? first : drawn));
  return writeMp4(frames, picture, first.configuration);
}

async function toFrame(picture: Buffer, { width, height }: Size): Promise<Frame> {
  const still = sharp(picture).resize(width, height, { fit: 'cover' }).flatten();
  const avif = await still.avif({ quality: 50, effort: 0, chromaSubsampling: '4:2:0' }).toBuffer();
  const meta = findBox(avif, 'meta', 0).subarray(BOX_HEADER_BYTES + 4);
  const properties = findBox(findBox(meta, 'iprp', 0), 'ipco', BOX_HEADER_BYTES);
  return {
    data: findBox(avif, 'mdat', 0).subarray(BOX_HEADER_BYTES),
    configuration: findBox(properties, 'av1C', BOX_HEADER_BYTES),
  };
}

/** The box of this type, with its header, among the boxes that begin at `from`. */
function findBox(bytes: Buffer, type: string, from: number): Buffer {
  for (let at = from; at + BOX_HEADER_BYTES <= bytes.length; ) {
    const size = bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) === type) return bytes.subarray(at, at + size);
    if (size < BOX_HEADER_BYTES) break;
    at += size;
  }
  throw new Error(`an AVIF file has no box ${type}`);
}

function writeMp4(frames: readonly Frame[], size: Size, configuration: Buffer): Buffer {
  const ftyp = box('ftyp', text('isom'), u32(0x200), text('isomiso2av01mp41'));
  const sizes = frames.map(({ data }) => data.length);
  const movie = (dataAt: number) => moov(sizes, size, configuration, dataAt);
  // The offset has a fixed length, so it does not change the place of the data.
  const dataAt = ftyp.length + movie(0).length + BOX_HEADER_BYTES;
  return Buffer.concat([ftyp, movie(dataAt), box('mdat', ...frames.map(({ data }) => data))]);
}

function moov(sizes: readonly number[], { width, height }: Size, configuration: Buffer, dataAt: number): Buffer {
  const duration = sizes.length * FRAME_UNITS;
  const times = u32(0, 0);
  const sampleEntry = box(
    'av01',
    ...[Buffer.alloc(6), u16(1), Buffer.alloc(16), u16(width, height), u32(0x480000, 0x480000, 0), u16(1)],
    ...[Buffer.alloc(32), u16(24, 0xffff), configuration],
  );
  const table = box(
    'stbl',
    fullBox('stsd', 0, u32(1), sampleEntry),
    fullBox('stts', 0, u32(1, sizes.length, FRAME_UNITS)),
    fullBox('stsc', 0, u32(1, 1, sizes.length, 1)),
    fullBox('stsz', 0, u32(0, sizes.length, ...sizes)),
    fullBox('stco', 0, u32(1, dataAt)),
  );
  const media = box(
    'mdia',
    fullBox('mdhd', 0, times, u32(TIMESCALE, duration), u16(LANGUAGE, 0)),
    fullBox('hdlr', 0, u32(0), text('vide'), Buffer.alloc(12), text('video\0')),
    box(
      'minf',
      fullBox('vmhd', 1, Buffer.alloc(8)),
      box('dinf', fullBox('dref', 0, u32(1), fullBox('url ', 1))),
      table,
    ),
  );
  const track = box(
    'trak',
    fullBox(
      'tkhd',
      3,
      ...[times, u32(1, 0, duration, 0, 0), u16(0, 0, 0, 0), u32(...UNITY_MATRIX)],
      u32(width * 0x10000, height * 0x10000),
    ),
    media,
  );
  const header = fullBox(
    'mvhd',
    0,
    ...[times, u32(TIMESCALE, duration, 0x10000), u16(0x100), Buffer.alloc(10), u32(...UNITY_MATRIX)],
    ...[Buffer.alloc(24), u32(2)],
  );
  return box('moov', header, track);
}

function box(type: string, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([u32(BOX_HEADER_BYTES + content.length), text(type), content]);
}

/** A box with a version, always 0, and flags. */
function fullBox(type: string, flags: number, ...parts: readonly Buffer[]): Buffer {
  return box(type, u32(flags), ...parts);
}

function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}

function u16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, 2 * index);
  return bytes;
}

function text(words: string): Buffer {
  return Buffer.from(words, 'latin1');
}
