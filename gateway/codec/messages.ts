/** The messages between Temporal's tools and a codec: JSON with bytes in base64. */
import type { Payload } from '@temporalio/common';
import { z } from 'zod';

/** Largest number of payloads per request: more than any event has. Each blocks the server for some microseconds. */
const MAX_PAYLOADS = 10_000;
const bytes = z.string().regex(/^[A-Za-z0-9+/_-]*={0,2}$/);
const requestSchema = z.object({
  payloads: z
    .array(z.object({ metadata: z.record(z.string(), bytes).nullish(), data: bytes.nullish() }))
    .max(MAX_PAYLOADS),
});

/** The body is not a codec request. */
class CodecRequestError extends Error {
  override readonly name = 'CodecRequestError';
}

/** @throws CodecRequestError, which never quotes the body */
export function readPayloads(body: unknown): Payload[] {
  const request = requestSchema.safeParse(parseBody(body));
  if (!request.success) {
    throw new CodecRequestError(
      `invalid body; expected {"payloads": [{"metadata": {…}, "data": "…"}]} with at most ${MAX_PAYLOADS} payloads, ` +
        'bytes in base64, as Temporal sends to a codec server',
    );
  }
  return request.data.payloads.map(({ metadata, data }) => ({
    metadata: mapPayloads(metadata ?? {}, (text) => Buffer.from(text, 'base64')),
    data: Buffer.from(data ?? '', 'base64'),
  }));
}

export function writePayloads(payloads: readonly Payload[]) {
  return {
    payloads: payloads.map(({ metadata, data }) => ({
      metadata: mapPayloads(metadata ?? {}, base64),
      data: base64(data ?? new Uint8Array()),
    })),
  };
}

function parseBody(body: unknown): unknown {
  try {
    return JSON.parse(Buffer.isBuffer(body) ? body.toString() : '');
  } catch {
    // The schema then refuses it, with the message for any invalid request.
    return null;
  }
}

function base64(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
}

function mapPayloads<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
