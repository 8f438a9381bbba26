/** Small pictures of stored files, by the content that they show. */
import type { StoreFiles } from './store-files';

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
}

export class StoredThumbnails implements Thumbnails {
  constructor(private readonly files: StoreFiles) {}

  read(sha256: string): Promise<Buffer | null> {
    return this.files.read(toName(sha256));
  }

  keep(sha256: string, bytes: Uint8Array): Promise<void> {
    return this.files.write(toName(sha256), bytes);
  }
}

function toName(sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`${JSON.stringify(sha256)} is not a SHA-256`);
  return `thumbnails/${sha256}.webp`;
}
