import sharp from 'sharp';
import type { Input } from '../endpoints/job-request';
import { MediaStore } from './media-store';

/** Time for one input, in ms. */
const TIMEOUT_MS = 10_000;
const MAX_BYTES = 50 * 1024 * 1024;

/** Fetches the inputs of jobs and caches the latest ones. */
export class InputStore {
  readonly #cache = new MediaStore();

  /** Whether an input can be read now; an image must also be decodable. */
  async fetch(input: Input): Promise<boolean> {
    try {
      await this.#cache.renew(input.url, () => fetchInput(input));
      return true;
    } catch {
      // Whatever the reason, the caller's address is at fault, and the job fails.
      return false;
    }
  }

  /** Throws if the input is not cached and cannot be read. */
  async read(input: Input): Promise<Buffer> {
    return (await this.#cache.get(input.url, () => fetchInput(input))).bytes;
  }
}

async function fetchInput({ url, media }: Input): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const bytes = Buffer.from(await response.arrayBuffer());
  if (!response.ok || bytes.length === 0 || bytes.length > MAX_BYTES) throw new Error(`${url} cannot be read`);
  if (media === 'image') await sharp(bytes).stats();
  return bytes;
}
