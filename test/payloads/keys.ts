/** Keys as somebody would set them. */
import { randomBytes } from 'node:crypto';
import type { Payload } from '@temporalio/common';
import { EncryptionCodec, readEncryptionKeys } from '../../payloads';

/** `id:key`, the key being new. */
export function newKey(id: string): string {
  return `${id}:${randomBytes(32).toString('base64')}`;
}

/** The codec of a process that has these keys, the first of which encrypts. */
export function makeCodec(...keys: readonly string[]): EncryptionCodec {
  return new EncryptionCodec(readEncryptionKeys({ IMAGEPIPELINE_ENCRYPTION_KEYS: keys.join(',') }) ?? []);
}

export function jsonPayload(value: unknown): Payload {
  return { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(value)) };
}
