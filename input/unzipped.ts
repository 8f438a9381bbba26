/** Decompresses gzip, whatever the file's name; passes anything else through. */
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { findErrorCode } from '../workflows/domain/base/errors';
import { InputFileError } from './input-file-error';

const MAGIC = [0x1f, 0x8b] as const;

/** @throws InputFileError if the archive is damaged */
export async function* unzip(name: string, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  while (held.length < MAGIC.length) {
    const { done, value } = await source.next();
    if (done === true) break;
    held = Buffer.concat([held, value]);
  }
  const all = join(held, source);
  yield* MAGIC.every((byte, index) => held[index] === byte) ? decompress(name, all) : all;
}

async function* join(first: Buffer, rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    if (first.length > 0) yield first;
    yield* { [Symbol.asyncIterator]: () => rest };
  } finally {
    // A reader that stops in the first bytes would otherwise leave the source open.
    await rest.return?.();
  }
}

async function* decompress(name: string, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip();
  // A failure of the source reaches the consumer through the decompressed stream.
  pipeline(Readable.from(chunks, { objectMode: false }), gunzip, () => undefined);
  try {
    yield* gunzip;
  } catch (error) {
    const code = findErrorCode(error);
    if (code === null || !code.startsWith('Z_')) throw error;
    throw new InputFileError([
      { field: name, problem: `is a damaged or truncated gzip file (${code}); copy it again` },
    ]);
  }
}
