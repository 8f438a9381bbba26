/** Small pictures of stored files, by the content that they show. */
import type { CleanableFiles } from './store-files';

/** All methods throw `StoreUnavailable`. */
export interface Thumbnails {
  /**
   * Returns the thumbnail of a file; `null` if none was made.
   *
   * @param sha256 SHA-256 of the file, as hexadecimal digits
   */
  read(sha256: string): Promise<Buffer | null>;
  /** Keeps a thumbnail. It can be made again, so it may be removed at any time. */
  keep(sha256: string, bytes: Uint8Array): Promise<void>;
  /** Whether there is any. */
  hasAny(): Promise<boolean>;
  /** Removes the thumbnails of these files. Another file with the same content gets a new one when it is shown. */
  remove(sha256s: readonly string[]): Promise<void>;
}

export class StoredThumbnails implements Thumbnails {
  constructor(private readonly files: CleanableFiles) {}

  read(sha256: string): Promise<Buffer | null> {
    return this.files.read(toName(sha256));
  }

  keep(sha256: string, bytes: Uint8Array): Promise<void> {
    return this.files.write(toName(sha256), bytes);
  }

  async hasAny(): Promise<boolean> {
    for await (const _first of this.files.walk(FOLDER)) return true;
    return false;
  }

  remove(sha256s: readonly string[]): Promise<void> {
    return this.files.remove(sha256s.map(toName));
  }
}

const FOLDER = 'thumbnails/';

function toName(sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`${JSON.stringify(sha256)} is not a SHA-256`);
  return `${FOLDER}${sha256}.webp`;
}
