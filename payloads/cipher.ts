/** AES-256-GCM over bytes: nonce, ciphertext and tag in one piece. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { EncryptionKey } from './encryption-keys';

const ALGORITHM = 'aes-256-gcm';
/** 96 bits, drawn anew each time: the form for which GCM is defined without further hashing. */
const NONCE_BYTES = 12;
/** Said explicitly, or Node would take shorter tags, which can be guessed. */
const TAG_BYTES = 16;
const OPTIONS = { authTagLength: TAG_BYTES };

/** @param boundTo what is not encrypted, and must be the same when it is opened */
export function seal(plain: Uint8Array, { secret }: EncryptionKey, boundTo: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, secret, nonce, OPTIONS).setAAD(Buffer.from(boundTo));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** `null` if anything was changed, or the key is another one. */
export function open(sealed: Uint8Array, { secret }: EncryptionKey, boundTo: string): Buffer | null {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return null;
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(ALGORITHM, secret, sealed.subarray(0, NONCE_BYTES), OPTIONS)
    .setAAD(Buffer.from(boundTo))
    .setAuthTag(sealed.subarray(end));
  const plain = decipher.update(sealed.subarray(NONCE_BYTES, end));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    // Node tells a tag that does not fit by an error without a type or a code.
    return null;
  }
}
