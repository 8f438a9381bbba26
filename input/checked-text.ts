/** Refuses a stream that is not UTF-8 text, with the place and the fix. */
import { isUtf8 } from 'node:buffer';
import { InputFileError } from './input-file-error';
import { firstBadByte, incompleteTail } from './utf-8';

const LINE_FEED = 10;
const SAVE = 'save it as UTF-8';
const UTF_8_BOM = [0xef, 0xbb, 0xbf];

/** Signatures of other file types. */
const NOT_TEXT: readonly { readonly begins: readonly number[]; readonly problem: string }[] = [
  { begins: [0x50, 0x4b, 0x03, 0x04], problem: 'is an Excel workbook or a ZIP file; save the sheet as "CSV UTF-8"' },
  { begins: [0x1f, 0x8b], problem: 'is compressed by gzip; unpack it first' },
];
const MAX_BEGINNING_LENGTH = 4;

interface Place {
  /** Offset in bytes from the start of the file; lines count from 1. */
  offset: number;
  line: number;
}

/**
 * Passes valid UTF-8 without zero bytes on, cut between characters and without a byte order mark.
 *
 * @throws InputFileError at the first invalid byte; everything before it has been yielded
 */
export async function* checkedText(name: string, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  const place: Place = { offset: 0, line: 1 };
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of withBeginning(name, chunks, place)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = bytes.subarray(0, bytes.length - incompleteTail(bytes));
    yield* goodPart(name, whole, place);
    rest = Buffer.from(bytes.subarray(whole.length));
  }
  yield* goodPart(name, rest, place);
}

function* goodPart(name: string, bytes: Buffer, place: Place): Iterable<Buffer> {
  const zero = bytes.indexOf(0);
  const bad = isUtf8(bytes) ? -1 : firstBadByte(bytes);
  const end = [zero, bad].filter((at) => at >= 0).reduce((left, right) => Math.min(left, right), bytes.length);
  const good = bytes.subarray(0, end);
  if (good.length > 0) yield good;
  place.offset += good.length;
  place.line += lineFeeds(good);
  if (end < bytes.length) throw notText(name, end === zero, place);
}

function notText(name: string, isZero: boolean, { offset, line }: Place): InputFileError {
  const found = isZero ? 'has a zero byte, as UTF-16 and pictures have' : 'is not valid UTF-8';
  return new InputFileError([{ field: name, problem: `${found} (byte ${offset}); ${SAVE}` }], line);
}

/** Holds the first bytes back until they are enough to check for signatures. */
async function* withBeginning(name: string, chunks: AsyncIterable<Uint8Array>, place: Place): AsyncIterable<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  let isJudged = false;
  for await (const chunk of chunks) {
    if (isJudged) {
      yield asBuffer(chunk);
      continue;
    }
    held = Buffer.concat([held, chunk]);
    isJudged = held.length >= MAX_BEGINNING_LENGTH;
    if (isJudged) yield judge(name, held, place);
  }
  if (!isJudged) yield judge(name, held, place);
}

function judge(name: string, bytes: Buffer, place: Place): Buffer {
  const kind = NOT_TEXT.find(({ begins }) => beginsWith(bytes, begins));
  if (kind !== undefined) throw new InputFileError([{ field: name, problem: kind.problem }]);
  if (!beginsWith(bytes, UTF_8_BOM)) return bytes;
  place.offset += UTF_8_BOM.length;
  return bytes.subarray(UTF_8_BOM.length);
}

function beginsWith(bytes: Buffer, beginning: readonly number[]): boolean {
  return beginning.every((byte, index) => bytes[index] === byte);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function lineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count += 1;
  return count;
}
