/** JSON bodies of requests. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { describeJsonFault, findJsonFault } from '../../input/requests/json-fault';
import { MAX_BODY_BYTES } from '../guarded-app';
import { ApiProblem } from './problem';
import { type BodyBounds, readWholeBody } from './read-body';

const TOO_LARGE_HERE = `Send at most ${MAX_BODY_BYTES / 1024} KiB here; nothing was started.`;

/** Parses bodies as JSON; the callback server reads bytes. An empty body counts as absent. */
export function readJson(app: FastifyInstance, { pace, ...bounds }: BodyBounds): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', async (request: FastifyRequest, raw: IncomingMessage) => {
    const maxBytes = Math.min(request.routeOptions.bodyLimit, bounds.maxBytes);
    const remedy = maxBytes < bounds.maxBytes ? { tooLargeRemedy: TOO_LARGE_HERE } : {};
    return parseJson(await readWholeBody(raw, { maxBytes, pace, ...remedy }));
  });
  // Many clients send a Content-Type without a body.
  app.addContentTypeParser('*', async ({ headers, is404 }: FastifyRequest) => {
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    if (hasBody && !is404)
      throw new ApiProblem('UNSUPPORTED_CONTENT_TYPE', 'the Content-Type is missing or not supported');
  });
}

/**
 * Parses JSON in UTF-8. `__proto__` stays an ordinary field, which no schema knows.
 *
 * @param what the bytes in messages
 * @returns `undefined` if there are no bytes
 * @throws ApiProblem MALFORMED_BODY
 */
export function parseJson(bytes: Buffer, what = 'the body'): unknown {
  const text = decode(bytes, what);
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    const fault = findJsonFault(text);
    const place = fault === null ? '' : ` ${describeJsonFault(text, fault)}`;
    throw new ApiProblem('MALFORMED_BODY', `${what} is not valid JSON${place}`);
  }
}

/**
 * Decodes UTF-8 and removes a byte order mark.
 *
 * @throws ApiProblem if it is not valid: replaced characters would be sent and paid
 */
function decode(bytes: Buffer, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ApiProblem('MALFORMED_BODY', `${what} is not valid UTF-8; must be JSON in UTF-8`);
  }
}
