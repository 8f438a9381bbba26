/** JSON bodies of requests. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { describeJsonFault, findJsonFault } from '../../client/requests/json-fault';
import { MAX_BODY_BYTES } from '../guarded-app';
import { ApiProblem } from './problem';
import { type BodyBounds, readWholeBody } from './read-body';

const TOO_LARGE_HERE = `Send at most ${MAX_BODY_BYTES / 1024} KiB here; nothing was started.`;

/** In place of bytes, which is what the callbacks' server reads. An empty body is none. */
export function readJson(app: FastifyInstance, { pace, ...bounds }: BodyBounds): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', async (request: FastifyRequest, raw: IncomingMessage) => {
    const maxBytes = Math.min(request.routeOptions.bodyLimit, bounds.maxBytes);
    const remedy = maxBytes < bounds.maxBytes ? { tooLargeRemedy: TOO_LARGE_HERE } : {};
    const text = decode(await readWholeBody(raw, { maxBytes, pace, ...remedy }));
    return text === '' ? undefined : parse(text);
  });
  // Many clients name a format for a body that they do not send.
  app.addContentTypeParser('*', async ({ headers, is404 }: FastifyRequest) => {
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    if (hasBody && !is404)
      throw new ApiProblem('UNSUPPORTED_CONTENT_TYPE', 'the Content-Type is missing, or is not read here');
  });
}

/**
 * Without a byte order mark.
 *
 * @throws ApiProblem: characters that were replaced would be paid for
 */
function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ApiProblem('MALFORMED_BODY', 'the body is not valid UTF-8; it must be JSON in UTF-8');
  }
}

/** A member of any name is a field like others: `__proto__` stays a field, which no schema knows. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const fault = findJsonFault(text);
    const place = fault === null ? '' : ` ${describeJsonFault(text, fault)}`;
    throw new ApiProblem('MALFORMED_BODY', `the body is not valid JSON${place}`);
  }
}
