import { close, mkdtempSync, openSync, read, rmSync, write } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const [readAt, writeAt, closeFile] = [promisify(read), promisify(write), promisify(close)];

/** Keeps bytes in a temporary file until they are put into a store: a batch may have more than fit into memory. */
export class ByteSpool {
  private file: number | null = null;
  private end = 0;

  /** Returns a function that reads the bytes. */
  async add(bytes: Uint8Array): Promise<() => Promise<Buffer>> {
    this.file ??= openUnnamed();
    const { file, end: at } = this;
    const { length } = bytes;
    this.end += length;
    for (let done = 0; done < length; ) {
      const { bytesWritten } = await writeAt(file, bytes, done, length - done, at + done);
      done += bytesWritten;
    }
    return async () => {
      const buffer = Buffer.alloc(length);
      for (let done = 0; done < length; ) {
        const { bytesRead } = await readAt(file, buffer, done, length - done, at + done);
        if (bytesRead === 0) throw new Error('a temporary file has lost its end');
        done += bytesRead;
      }
      return buffer;
    };
  }

  /** Deletes the file. */
  async close(): Promise<void> {
    const { file } = this;
    this.file = null;
    if (file !== null) await closeFile(file);
  }
}

/** Unlinks the open file at once: a killed process then leaves nothing behind. */
function openUnnamed(): number {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'imagepipeline-inputs-'));
  const file = openSync(path.join(folder, 'bytes'), 'wx+', 0o600);
  try {
    rmSync(folder, { recursive: true });
  } catch {
    // Systems that cannot unlink open files keep it in their temporary folder.
  }
  return file;
}
