/** A web server that strangers may reach: everything that they send is bounded in size, and in time where that is wanted. */
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { getOwn } from '../../workflows/domain/own-value';

/** Many times the longest event; images are sent by address. */
export const MAX_BODY_BYTES = 64 * 1024;
/** Longer than any part of a path that Node lets in with its 16 KiB of headers. */
const MOST_PARAMETER_LENGTH = 16 * 1024;
/** How often Node looks for connections that have run out of time. */
const LATENESS_CHECK_MS = 1_000;
/** Beyond it new connections are closed at once: some hundred bytes each while nothing comes, 64 KiB at the most. */
const MOST_CONNECTIONS = 2_000;
/** Zero would be without end. */
const SHORTEST_MS = 1;

interface Guards {
  /** For headers, in ms. */
  readonly headersMs: number;
  /** For the whole request, in ms; 0: without end. */
  readonly requestMs: number;
  /** A connection on which no request came about. */
  readonly onBadConnection: (reason: 'slow' | 'malformed') => void;
  /** What is said where there is nothing, also for a path that cannot be decoded. */
  readonly notFound: (request: FastifyRequest, reply: FastifyReply) => FastifyReply;
}

interface ConnectionEnd {
  readonly reason: 'slow' | 'malformed';
  readonly status: string;
}

const MALFORMED: ConnectionEnd = { reason: 'malformed', status: '400 Bad Request' };
const ENDS: Readonly<Record<string, ConnectionEnd>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { reason: 'slow', status: '408 Request Timeout' },
  HPE_HEADER_OVERFLOW: { reason: 'malformed', status: '431 Request Header Fields Too Large' },
};

/** Bodies stay bytes, and no answer repeats anything of a request. */
export function guardedApp(guards: Guards): FastifyInstance {
  const { headersMs, requestMs, onBadConnection, notFound } = guards;
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: requestMs,
    routerOptions: {
      maxParamLength: MOST_PARAMETER_LENGTH,
      // As fronts and people write them.
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
    },
    exposeHeadRoutes: false,
    http: { headersTimeout: headersMs, connectionsCheckingInterval: Math.min(LATENESS_CHECK_MS, headersMs) },
    clientErrorHandler: ({ code }, socket) => {
      const { reason, status } = getOwn(ENDS, code) ?? MALFORMED;
      onBadConnection(reason);
      endSocket(socket, status);
    },
    frameworkErrors: (_error, request, reply) => notFound(request as FastifyRequest, reply as FastifyReply),
  });
  app.server.maxConnections = MOST_CONNECTIONS;
  app.addHook('preClose', async () => {
    // Idle connections are closed by then. Those of answers under way become idle later, and are kept for over a minute.
    app.server.keepAliveTimeout = SHORTEST_MS;
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setNotFoundHandler(notFound);
  return app;
}

function endSocket(socket: Socket, status: string): void {
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`);
  else socket.destroy();
}
