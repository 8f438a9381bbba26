/** Content types of requests. */
import type { IncomingMessage } from 'node:http';

/** The type without its parameters, in lower case. */
export function toMediaType(contentType: string | undefined): string | undefined {
  return contentType?.split(';')[0]?.trim().toLowerCase();
}

/** A parser that leaves the body to the handler, which reads it in bounded memory, or has no use for it. */
export function leaveToHandler(_request: unknown, _body: IncomingMessage, done: (error: null) => void): void {
  done(null);
}
