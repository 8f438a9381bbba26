import { createHash } from 'node:crypto';

/** Whether a file still has the content that was recorded. */
export function hasSha256(bytes: Uint8Array, sha256: string): boolean {
  return createHash('sha256').update(bytes).digest('hex') === sha256;
}
