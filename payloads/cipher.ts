/** AES-256-GCM over bytes: nonce, ciphertext and tag in one buffer. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { EncryptionKey } from './encryption-keys';

const ALGORITHM = 'aes-256-gcm';
/** 96 random bits per message, the length for which GCM needs no further hashing. */
const NONCE_BYTES = 12;
/** Set explicitly, because Node accepts shorter tags by default, which can be guessed. */
const TAG_BYTES = 16;
const OPTIONS = { authTagLength: TAG_BYTES };

/** @param boundTo unencrypted data that must be the same on decryption */
export function seal(plain: Uint8Array, { secret }: EncryptionKey, boundTo: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, secret, nonce, OPTIONS).setAAD(Buffer.from(boundTo));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Returns `null` if the data was changed or belongs to another key. */
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
    // Node reports a wrong tag by an error without type or code.
    return null;
  }
}
