/** Makes small pictures of results, once for each content. */
import { findErrorName } from '../../../workflows/domain/base/errors';
import { ApiProblem } from '../problem';
import { Semaphore } from '../semaphore';
import type { ApiTools } from '../tools';
import { readFile, type ServedFile } from './send-file';

/** The longer side, in pixels: a tile on a screen with two pixels for each. */
const SIDE = 384;
const QUALITY = 75;
/** Concurrent decodes: a picture of the maximum size takes about 100 MB. */
const MAX_DECODES = 2;
/** As large as workers decode. */
const MAX_PIXELS = 4_096 * 4_096;
/** Largest file that is read, in bytes. */
const MAX_BYTES = 64 * 1024 * 1024;
const DECODE_TIMEOUT_S = 20;

/** How the pictures begin of which thumbnails are made. Others, above all SVG, are never decoded, whatever their name. */
const SIGNATURES: readonly { readonly at: number; readonly text: string }[] = [
  { at: 0, text: '\x89PNG\r\n\x1a\n' },
  { at: 0, text: '\xff\xd8\xff' },
  { at: 0, text: 'GIF87a' },
  { at: 0, text: 'GIF89a' },
  { at: 8, text: 'WEBP' },
  { at: 4, text: 'ftypavif' },
  { at: 4, text: 'ftypheic' },
  { at: 4, text: 'ftypmif1' },
  { at: 0, text: 'II*\0' },
  { at: 0, text: 'MM\0*' },
];
const SIGNATURE_BYTES = 16;

type Terms = Pick<ApiTools, 'store' | 'log'>;

export class Thumbnails {
  private readonly decodes = new Semaphore(MAX_DECODES, 'thumbnails');
  private readonly making = new Map<string, Promise<Buffer>>();

  constructor(private readonly tools: Terms) {}

  /**
   * Returns the thumbnail of a stored file as WebP. Requests for one content at the same time make it once.
   *
   * @throws ApiProblem NOT_FOUND if the file is no picture that can be decoded
   */
  find(file: ServedFile): Promise<Buffer> {
    const known = this.making.get(file.sha256);
    if (known !== undefined) return known;
    const found = this.readOrMake(file).finally(() => this.making.delete(file.sha256));
    this.making.set(file.sha256, found);
    return found;
  }

  private async readOrMake(file: ServedFile): Promise<Buffer> {
    const { store, log } = this.tools;
    const kept = await store.thumbnails.read(file.sha256);
    if (kept !== null) return kept;
    const made = await this.make(file);
    // A store that cannot be written to may still be read.
    await store.thumbnails
      .keep(file.sha256, made)
      .catch((error: unknown) => log(`a thumbnail was not kept: ${findErrorName(error)}`));
    return made;
  }

  private async make(file: ServedFile): Promise<Buffer> {
    if (file.bytes > MAX_BYTES) throw noPicture('the file is too large for a thumbnail');
    const release = await this.decodes.wait();
    try {
      const bytes = await readFile(this.tools.store, file.kept);
      const beginning = bytes.subarray(0, SIGNATURE_BYTES).toString('latin1');
      if (!SIGNATURES.some(({ at, text }) => beginning.startsWith(text, at))) throw noPicture('the file is no picture');
      return await shrink(bytes);
    } finally {
      release();
    }
  }
}

async function shrink(bytes: Buffer): Promise<Buffer> {
  // Everything else of the gateway works without native code.
  const { default: sharp } = await import('sharp');
  // No picture is read twice, and several are decoded at once: libvips need not keep them, nor divide one among threads.
  sharp.cache(false);
  sharp.concurrency(1);
  try {
    return await sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'none' })
      .autoOrient()
      .resize(SIDE, SIDE, { fit: 'inside', withoutEnlargement: true })
      .timeout({ seconds: DECODE_TIMEOUT_S })
      .webp({ quality: QUALITY })
      .toBuffer();
  } catch {
    throw noPicture('the picture cannot be decoded, or is too large for a thumbnail');
  }
}

function noPicture(detail: string): ApiProblem {
  return new ApiProblem('NOT_FOUND', detail, { remedy: 'Get the file instead of its thumbnail.' });
}
