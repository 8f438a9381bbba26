/** One upload with a valid key. */
export interface UploadRecord {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly key: string;
  /** Name of the file as sent; empty if the body contained none. */
  readonly name: string;
  /** `null` if the body contained no file. */
  readonly sha256: string | null;
  readonly bytes: number;
  /** HTTP status of the intended answer. */
  readonly status: number;
}

interface UploadedFile {
  readonly bytes: Buffer;
  readonly contentType: string;
}

/** Uploads and their files. A restart forgets both. */
export class UploadBook {
  readonly #records: UploadRecord[] = [];
  readonly #files = new Map<string, UploadedFile>();

  record(upload: UploadRecord): void {
    this.#records.push(upload);
  }

  keep(name: string, file: UploadedFile): void {
    this.#files.set(name, file);
  }

  find(name: string): UploadedFile | undefined {
    return this.#files.get(name);
  }

  /** Forgets the files: their addresses are answered with 404. */
  clear(): void {
    this.#files.clear();
  }

  entries(): readonly UploadRecord[] {
    return [...this.#records];
  }
}
