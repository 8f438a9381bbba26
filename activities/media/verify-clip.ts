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
  const sizes = readSizes(requireBox(table, ['stsz']), fileBytes);
  const perChunk = readEntries(requireBox(table, ['stsc']), 3);
  let next = 0;
  for (const [index, offset] of readOffsets(table).entries()) {
    const samples = perChunk.filter(([first = 0]) => first <= index + 1).at(-1)?.[1] ?? 0;
    const bytes = sizes.slice(next, next + samples).reduce((sum, size) => sum + size, 0);
    if (offset + bytes > fileBytes) throw new InvalidMedia('the result ends before the last samples of its clip');
    next += samples;
  }
  if (next === 0 || next < sizes.length) throw new InvalidMedia('the result is a clip without all of its samples');
}

/** A size for all samples, or a list. */
function readSizes(box: Buffer, fileBytes: number): readonly number[] {
  const [common, count] = [box.readUInt32BE(4), box.readUInt32BE(8)];
  if (common * count > fileBytes) throw new InvalidMedia('the result ends before the last samples of its clip');
  return Array.from({ length: count }, (_, index) => (common === 0 ? box.readUInt32BE(12 + 4 * index) : common));
}

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
