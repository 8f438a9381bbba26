import { createHash } from 'node:crypto';

/** In hexadecimal digits. */
export function hashSha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Whether a file still has the content that was recorded. */
export function hasSha256(bytes: Uint8Array, sha256: string): boolean {
  return hashSha256(bytes) === sha256;
}
