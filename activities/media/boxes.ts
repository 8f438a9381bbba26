/** Reads the boxes of an ISO media file. */
import { InvalidMedia, type OpenFile } from './media-facts';

interface Box {
  readonly type: string;
  /** Where its content begins, and its length, in bytes. */
  readonly at: number;
  readonly length: number;
}

const HEADER_BYTES = 8;
const LARGE_HEADER_BYTES = 16;

/**
 * Lists the boxes at the top of a file.
 *
 * @throws InvalidMedia if the file ends inside of one
 */
export async function listFileBoxes(file: OpenFile): Promise<readonly Box[]> {
  const boxes: Box[] = [];
  for (let at = 0; at < file.size; ) {
    const head = await file.read(at, Math.min(LARGE_HEADER_BYTES, file.size - at));
    const box = readBox(head, 0, file.size - at);
    boxes.push({ ...box, at: at + box.at });
    at += box.at + box.length;
  }
  return boxes;
}

/** Lists the boxes inside of a content. */
export function listBoxes(content: Buffer, from = 0): readonly Box[] {
  const boxes: Box[] = [];
  for (let at = from; at < content.length; ) {
    const box = readBox(content, at, content.length - at);
    boxes.push(box);
    at = box.at + box.length;
  }
  return boxes;
}

/** The content of the first box at the end of a path of types; `null` if there is none. */
export function findContent(content: Buffer, [type, ...rest]: readonly string[]): Buffer | null {
  if (type === undefined) return content;
  const box = listBoxes(content).find((one) => one.type === type);
  return box === undefined ? null : findContent(content.subarray(box.at, box.at + box.length), rest);
}

/** @param left bytes from the box's beginning to the end of what is around it */
function readBox(bytes: Buffer, at: number, left: number): Box {
  if (left < HEADER_BYTES) throw new InvalidMedia('the result ends inside of a box');
  const size = bytes.readUInt32BE(at);
  const type = bytes.toString('latin1', at + 4, at + HEADER_BYTES);
  const header = size === 1 ? LARGE_HEADER_BYTES : HEADER_BYTES;
  if (left < header) throw new InvalidMedia('the result ends inside of a box');
  // A size of 0 means: to the end.
  const whole = size === 1 ? Number(bytes.readBigUInt64BE(at + HEADER_BYTES)) : size === 0 ? left : size;
  if (whole < header || whole > left)
    throw new InvalidMedia(`the result ends inside of its box ${JSON.stringify(type)}`);
  return { type, at: at + header, length: whole - header };
}
