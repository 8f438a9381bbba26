import { type FileHandle, open } from 'node:fs/promises';

/** What the bytes of a result say about themselves. */
export interface MediaFacts {
  readonly mimeType: string;
  /** Without a dot. */
  readonly extension: string;
  /** In pixels; `null` if it is not visible. */
  readonly width: number | null;
  readonly height: number | null;
  /** Whether the content was checked to its end. False for a file that is known by its beginning only. */
  readonly verified: boolean;
  readonly durationMs?: number;
  /** Samples per second. */
  readonly sampleRate?: number;
}

/** The bytes are not of the expected kind, or not complete. A fresh download may help. */
export class InvalidMedia extends Error {}

/** A file of which parts are read. */
export interface OpenFile {
  readonly size: number;
  /** @throws InvalidMedia if the file ends before */
  read(offset: number, length: number): Promise<Buffer>;
}

export async function withFile<T>(path: string, work: (file: OpenFile) => Promise<T>): Promise<T> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    return await work({ size, read: (offset, length) => readPart(handle, size, offset, length) });
  } finally {
    await handle.close();
  }
}

async function readPart(handle: FileHandle, size: number, offset: number, length: number): Promise<Buffer> {
  if (offset + length > size) throw new InvalidMedia(`the result ends at ${size} bytes, inside of its content`);
  const part = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(part, done, length - done, offset + done);
    if (bytesRead === 0) throw new InvalidMedia('the result became shorter while it was read');
    done += bytesRead;
  }
  return part;
}
