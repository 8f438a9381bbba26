import type { HttpResponse } from './transport';

/** Far larger than any answer of the API; downloads of results have their own limit. */
const MAX_ANSWER_BYTES = 1_048_576;

/** The answer is larger than its limit. */
class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/**
 * Reads a body as text.
 *
 * @throws BodyTooLarge past `limit` bytes; any error of the connection if the body ends early
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

/** Reads a body of any size to its end and drops it: a body that is not read keeps its connection. */
export async function discardBody(body: HttpResponse['body']): Promise<void> {
  for await (const _chunk of body);
}

/** Parses JSON; returns `undefined` if that fails. The caller decides whether that matters. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
