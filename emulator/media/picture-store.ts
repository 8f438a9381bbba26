import { createHash } from 'node:crypto';
import { drawPicture } from './draw-picture';
import type { Picture } from './picture';

/** Overhead per entry, in bytes; bounds the cache for thousands of tiny images too. */
const ENTRY_BYTES = 512;
const DEFAULT_MAX_BYTES = 32 * 1024 * 1024;

interface DrawnPicture {
  readonly bytes: Buffer;
  readonly sha256: string;
}

/** Renders images on demand and caches the latest ones, 32 MiB by default. */
export class PictureStore {
  readonly #kept = new Map<string, DrawnPicture>();
  readonly #underWay = new Map<string, Promise<DrawnPicture>>();
  #keptBytes = 0;

  constructor(private readonly maxBytes = DEFAULT_MAX_BYTES) {}

  async get(picture: Picture): Promise<DrawnPicture> {
    const name = sha256Of(JSON.stringify(picture));
    return this.#kept.get(name) ?? this.#underWay.get(name) ?? this.#draw(name, picture);
  }

  #draw(name: string, picture: Picture): Promise<DrawnPicture> {
    const drawing = drawPicture(picture)
      .then((bytes) => this.#keep(name, { bytes, sha256: sha256Of(bytes) }))
      .finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, drawing);
    return drawing;
  }

  #keep(name: string, drawn: DrawnPicture): DrawnPicture {
    this.#kept.set(name, drawn);
    this.#keptBytes += drawn.bytes.length + ENTRY_BYTES;
    for (const [oldName, old] of this.#kept) {
      if (this.#keptBytes <= this.maxBytes) break;
      this.#kept.delete(oldName);
      this.#keptBytes -= old.bytes.length + ENTRY_BYTES;
    }
    return drawn;
  }
}

function sha256Of(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}
