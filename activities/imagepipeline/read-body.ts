import type { HttpResponse } from './transport';

/** Larger than any answer of the API by far; results are downloaded elsewhere. */
const MAX_ANSWER_BYTES = 1_048_576;

/** An answer that ran past its bound. */
class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/**
 * Reads a body into text.
 *
 * @throws BodyTooLarge past `limit` bytes; whatever the connection throws where the body ends early
 */
export async function readText(body: HttpResponse['body'], limit: number = MAX_ANSWER_BYTES): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw new BodyTooLarge(`the answer is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** JSON or `undefined`: whether an unreadable body matters is for the caller to judge. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
