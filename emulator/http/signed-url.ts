import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Creates and verifies temporary links to results. */
export class UrlSigner {
  readonly #secret: string;

  /** Derived from the seed: links stay valid across restarts of the emulator, as the provider's do. */
  constructor(seed: number) {
    this.#secret = createHash('sha256').update(`result-links ${seed}`).digest('hex');
  }

  /** Path and query of a link to a file that is valid until `expiresAt` (epoch milliseconds). */
  link(file: string, expiresAt: number): string {
    const expires = String(Math.floor(expiresAt));
    return `/results/${file}?expires=${expires}&signature=${this.#sign(file, expires)}`;
  }

  isValid(file: string, expires: string, signature: string, now: number): boolean {
    const wanted = Buffer.from(this.#sign(file, expires));
    const given = Buffer.from(signature);
    return given.length === wanted.length && timingSafeEqual(given, wanted) && now < Number(expires);
  }

  #sign(file: string, expires: string): string {
    return createHmac('sha256', this.#secret).update(`${file}\n${expires}`).digest('hex');
  }
}
