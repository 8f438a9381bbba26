import { createHash } from 'node:crypto';

/** Length of the hash, in hex digits: enough to distinguish two keys, too short to test guessed keys. */
const HEX_DIGITS = 12;

/** Equal for equal API keys. */
export function hashKey(apiKey: string): string {
  return createHash('sha256').update(`imagepipeline ${apiKey}`).digest('hex').slice(0, HEX_DIGITS);
}
