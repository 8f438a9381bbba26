/** Bytes in a temporary file, until they are put into a store: a batch may have more than fit into memory. */
import { close, mkdtempSync, openSync, read, rmSync, write } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const [readAt, writeAt, closeFile] = [promisify(read), promisify(write), promisify(close)];

interface OpenFile {
  readonly descriptor: number;
  readonly folder: string;
}

export class SpoolFile {
  private file: OpenFile | null = null;
  private end = 0;

  /** @param purpose part of the name of the temporary folder */
  constructor(private readonly purpose: string) {}

  /** Returns a function that reads the bytes. */
  async add(bytes: Uint8Array): Promise<() => Promise<Buffer>> {
    this.file ??= openUnnamed(this.purpose);
    const { file, end: at } = this;
    const { length } = bytes;
    this.end += length;
    for (let done = 0; done < length; ) {
      const { bytesWritten } = await writeAt(file.descriptor, bytes, done, length - done, at + done);
      done += bytesWritten;
    }
    return () => this.read(file, at, length);
  }

  /** Deletes the file. Safe to call twice. */
  async close(): Promise<void> {
    const { file } = this;
    this.file = null;
    if (file === null) return;
    await closeFile(file.descriptor);
    await rm(file.folder, { recursive: true, force: true });
  }

  private async read(file: OpenFile, at: number, length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      // The descriptor of a closed file may be that of another one.
      if (this.file !== file) throw new Error('a temporary file was closed before it was read');
      const { bytesRead } = await readAt(file.descriptor, buffer, done, length - done, at + done);
      if (bytesRead === 0) throw new Error('a temporary file has lost its end');
      done += bytesRead;
    }
    return buffer;
  }
}

/** Unlinks the open file at once: a killed process then leaves nothing behind. */
function openUnnamed(purpose: string): OpenFile {
  const folder = mkdtempSync(path.join(os.tmpdir(), `imagepipeline-${purpose}-`));
  const descriptor = openSync(path.join(folder, 'bytes'), 'wx+', 0o600);
  try {
    rmSync(folder, { recursive: true });
  } catch {
    // Systems that cannot unlink open files delete it when it is closed.
  }
  return { descriptor, folder };
}
