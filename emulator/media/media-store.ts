import { createHash } from 'node:crypto';

/** Overhead per entry, in bytes; bounds the cache for thousands of tiny files too. */
const ENTRY_BYTES = 512;
const DEFAULT_MAX_BYTES = 32 * 1024 * 1024;

interface MadeFile {
  readonly bytes: Buffer;
  readonly sha256: string;
}

/** Makes files on demand and caches the latest ones, 32 MiB by default. */
export class MediaStore {
  readonly #kept = new Map<string, MadeFile>();
  readonly #underWay = new Map<string, Promise<MadeFile>>();
  #keptBytes = 0;

  constructor(private readonly maxBytes = DEFAULT_MAX_BYTES) {}

  /** @param name identifies the content */
  async get(name: string, make: () => Promise<Buffer>): Promise<MadeFile> {
    return this.#kept.get(name) ?? this.renew(name, make);
  }

  /** Makes a file again. If that fails, the earlier one stays. */
  async renew(name: string, make: () => Promise<Buffer>): Promise<MadeFile> {
    return this.#underWay.get(name) ?? this.#make(name, make);
  }

  #make(name: string, make: () => Promise<Buffer>): Promise<MadeFile> {
    const making = make()
      .then((bytes) => this.#keep(name, { bytes, sha256: createHash('sha256').update(bytes).digest('hex') }))
      .finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, making);
    return making;
  }

  #keep(name: string, made: MadeFile): MadeFile {
    this.#forget(name);
    this.#kept.set(name, made);
    this.#keptBytes += made.bytes.length + ENTRY_BYTES;
    for (const oldName of this.#kept.keys()) {
      if (this.#keptBytes <= this.maxBytes) break;
      this.#forget(oldName);
    }
    return made;
  }

  #forget(name: string): void {
    const made = this.#kept.get(name);
    if (made === undefined) return;
    this.#kept.delete(name);
    this.#keptBytes -= made.bytes.length + ENTRY_BYTES;
  }
}
