/** Payloads as Temporal's tools send them to a codec: JSON, bytes in base64. */
import type { Payload } from '@temporalio/common';
import { z } from 'zod';

/** More than any event has; each costs some microseconds in which nothing else is served. */
const MAX_PAYLOADS = 10_000;
const bytes = z.string().regex(/^[A-Za-z0-9+/_-]*={0,2}$/);
const requestSchema = z.object({
  payloads: z
    .array(z.object({ metadata: z.record(z.string(), bytes).nullish(), data: bytes.nullish() }))
    .max(MAX_PAYLOADS),
});

/** The body is no request to a codec. */
export class CodecRequestError extends Error {
  override readonly name = 'CodecRequestError';
}

/** @throws CodecRequestError which quotes nothing of the body */
export function readPayloads(body: unknown): Payload[] {
  const request = requestSchema.safeParse(parseBody(body));
  if (!request.success) {
    throw new CodecRequestError(
      `the body has not the form {"payloads": [{"metadata": {…}, "data": "…"}]} with at most ${MAX_PAYLOADS} payloads, ` +
        'bytes in base64; send what a codec of Temporal is sent',
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
    // The schema refuses it, with the sentence for everything that is no request.
    return null;
  }
}

function base64(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
}

function mapPayloads<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
