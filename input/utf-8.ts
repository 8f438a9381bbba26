/** Finds character boundaries in UTF-8. */
import { isUtf8 } from 'node:buffer';

/** Number of bytes at the end that begin a character which may continue in the next chunk. */
export function incompleteTail(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (isLead(byte)) return sequenceLength(byte) > back ? back : 0;
    if (!isContinuation(byte)) return 0;
  }
  return 0;
}

/** Offset of the first byte outside any valid character; -1 if there is none. */
export function firstBadByte(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes[at] ?? 0);
    if (length > 1 || (bytes[at] ?? 0) >= 0x80) {
      if (at + length > bytes.length || !isUtf8(bytes.subarray(at, at + length))) return at;
    }
    at += length;
  }
  return -1;
}

function isLead(byte: number): boolean {
  return byte >= 0xc0;
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}
