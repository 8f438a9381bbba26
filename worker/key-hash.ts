import { createHash } from 'node:crypto';

/** Enough to tell two keys apart, and too little to try keys by. */
const HEX_DIGITS = 12;

/** The same for the same API key. */
export function hashKey(apiKey: string): string {
  return createHash('sha256').update(`imagepipeline ${apiKey}`).digest('hex').slice(0, HEX_DIGITS);
}
