/** Verifies clips: an MP4 file in which every sample of every track has its place. */
import { findContent, listBoxes, listFileBoxes } from './boxes';
import { InvalidMedia, type MediaFacts, type OpenFile, withFile } from './media-facts';

/** Largest description of a clip, in bytes. */
const MAX_MOVIE_BYTES = 64 * 1024 * 1024;
const WEBM = Buffer.from([0x1a, 0x45, 0xdf, 0xa3]);
const FIXED_POINT = 0x10000;

/** @throws InvalidMedia */
export function verifyClip(path: string): Promise<MediaFacts> {
  return withFile(path, async (file) => {
    const head = await file.read(0, Math.min(file.size, 8));
    if (head.subarray(0, WEBM.length).equals(WEBM)) {
      return { mimeType: 'video/webm', extension: 'webm', width: null, height: null, verified: false };
    }
    if (head.toString('latin1', 4) !== 'ftyp') throw new InvalidMedia('the result is not a clip');
    return readMovie(file);
  });
}

async function readMovie(file: OpenFile): Promise<MediaFacts> {
  const box = (await listFileBoxes(file)).find(({ type }) => type === 'moov');
  if (box === undefined || box.length > MAX_MOVIE_BYTES) throw new InvalidMedia('the result is a clip without tracks');
  const movie = await file.read(box.at, box.length);
  const tracks = listBoxes(movie).filter(({ type }) => type === 'trak');
  const contents = tracks.map(({ at, length }) => movie.subarray(at, at + length));
  const picture = contents.find((track) => findType(track) === 'vide');
  if (picture === undefined) throw new InvalidMedia('the result is a clip without pictures');
  // The samples of a fragmented clip are described along the file, whose boxes are complete.
  const isFragmented = findContent(movie, ['mvex']) !== null;
  if (!isFragmented) for (const track of contents) checkSamples(track, file.size);
  return {
    ...{ mimeType: 'video/mp4', extension: 'mp4', ...findSize(picture) },
    ...{ verified: !isFragmented, durationMs: findDuration(movie) },
  };
}

function findType(track: Buffer): string {
  return findContent(track, ['mdia', 'hdlr'])?.toString('latin1', 8, 12) ?? '';
}

/** Version 1 has times of 8 bytes. */
function isLong(box: Buffer): boolean {
  return box.readUInt8(0) === 1;
}

function findSize(track: Buffer): Pick<MediaFacts, 'width' | 'height'> {
  const header = requireBox(track, ['tkhd']);
  return {
    width: Math.round(header.readUInt32BE(header.length - 8) / FIXED_POINT),
    height: Math.round(header.readUInt32BE(header.length - 4) / FIXED_POINT),
  };
}

function findDuration(movie: Buffer): number {
  const header = requireBox(movie, ['mvhd']);
  const [timescale, duration] = isLong(header)
    ? [header.readUInt32BE(20), Number(header.readBigUInt64BE(24))]
    : [header.readUInt32BE(12), header.readUInt32BE(16)];
  return timescale === 0 ? 0 : Math.round((1_000 * duration) / timescale);
}

function requireBox(content: Buffer, path: readonly string[]): Buffer {
  const box = findContent(content, path);
  if (box === null) throw new InvalidMedia(`the result is a clip without the box ${path.join('/')}`);
  return box;
}

/** @throws InvalidMedia if a sample lies beyond the end of the file, or there is none */
function checkSamples(track: Buffer, fileBytes: number): void {
  const table = requireBox(track, ['mdia', 'minf', 'stbl']);
  const sizes = readSizes(table);
  const runs = readEntries(requireBox(table, ['stsc']), 3);
  let [run, next] = [0, 0];
  for (const [index, offset] of readOffsets(table).entries()) {
    // Chunks are counted from 1; an entry is valid from its first chunk to that of the next entry.
    while ((runs[run + 1]?.[0] ?? Number.POSITIVE_INFINITY) <= index + 1) run += 1;
    const end = Math.min(sizes.count, next + (runs[run]?.[1] ?? 0));
    if (offset + sizes.sum(next, end) > fileBytes)
      throw new InvalidMedia('the result ends before the last samples of its clip');
    next = end;
  }
  if (next === 0 || next < sizes.count) throw new InvalidMedia('the result is a clip without all of its samples');
}

interface SampleSizes {
  readonly count: number;
  /** Bytes of the samples from one index to before another. */
  sum(from: number, to: number): number;
}

/** One size for all samples, or a list of them with 32 bits, or with 4, 8 or 16. */
function readSizes(table: Buffer): SampleSizes {
  const plain = findContent(table, ['stsz']);
  const box = plain ?? requireBox(table, ['stz2']);
  const [common, count] = [plain === null ? 0 : box.readUInt32BE(4), box.readUInt32BE(8)];
  if (common > 0) return { count, sum: (from, to) => common * (to - from) };
  const bits = plain === null ? box.readUInt8(7) : 32;
  const sizeAt = SIZE_READERS[bits];
  if (sizeAt === undefined || (count * bits) / 8 > box.length - LIST_AT)
    throw new InvalidMedia('the result is a clip with a damaged table of its samples');
  const list = box.subarray(LIST_AT);
  const sum = (from: number, to: number) => {
    let bytes = 0;
    for (let index = from; index < to; index += 1) bytes += sizeAt(list, index);
    return bytes;
  };
  return { count, sum };
}

/** Where the list of sizes begins in its box. */
const LIST_AT = 12;
/** By the bits of a size. */
const SIZE_READERS: Readonly<Record<number, (list: Buffer, index: number) => number>> = {
  4: (list, index) => (list.readUInt8(index >> 1) >> (index % 2 === 0 ? 4 : 0)) & 0xf,
  8: (list, index) => list.readUInt8(index),
  16: (list, index) => list.readUInt16BE(2 * index),
  32: (list, index) => list.readUInt32BE(4 * index),
};

/** Rows of numbers of 4 bytes, behind their count. */
function readEntries(box: Buffer, columns: number): readonly (readonly number[])[] {
  const count = box.readUInt32BE(4);
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length: columns }, (_one, column) => box.readUInt32BE(8 + 4 * (columns * row + column))),
  );
}

function readOffsets(table: Buffer): readonly number[] {
  const long = findContent(table, ['co64']);
  if (long === null) return readEntries(requireBox(table, ['stco']), 1).map(([offset = 0]) => offset);
  return Array.from({ length: long.readUInt32BE(4) }, (_, index) => Number(long.readBigUInt64BE(8 + 8 * index)));
}
