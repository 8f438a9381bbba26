/** Bytes that a program gives in place of the address of a picture. */
import { types } from 'node:util';
import { describeSize, MAX_INPUT_BYTES } from '../../workflows/domain/operations/stored-input';

/** The bytes of a picture: a `Buffer` or other `Uint8Array`, or a stream of them, which is read once. */
export type PictureBytes = Uint8Array | AsyncIterable<Uint8Array>;

export function isPictureBytes(value: unknown): value is PictureBytes {
  if (types.isUint8Array(value)) return true;
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** The whole content, or why it cannot be read; the problem follows the name of a field. */
type ReadBytes = { readonly bytes: Buffer } | { readonly problem: string };

/** Reads bytes, at most as many as an upload may have. A stream that is not read to its end is destroyed. */
export async function readBytes(given: PictureBytes): Promise<ReadBytes> {
  if (types.isUint8Array(given))
    return given.length > MAX_INPUT_BYTES ? { problem: describeSize(given.length) } : { bytes: Buffer.from(given) };
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of given) {
      // Streams of texts or objects have the same type.
      if (!types.isUint8Array(chunk)) return { problem: 'is a stream of something else; must be a stream of bytes' };
      length += chunk.length;
      if (length > MAX_INPUT_BYTES) return TOO_LARGE;
      chunks.push(chunk);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { problem: `is a stream that cannot be read: ${reason}` };
  }
  return { bytes: Buffer.concat(chunks) };
}

const TOO_LARGE = { problem: `is larger than ${MAX_INPUT_BYTES / 1024 / 1024} MB` } as const;
