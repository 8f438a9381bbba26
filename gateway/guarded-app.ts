/** A web server for untrusted callers: requests are bounded in size and, optionally, in time. */
import { type RequestListener, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { getOwn } from '../workflows/domain/base/own-value';

/** Largest body in bytes: many times the longest event; images are sent as URLs. */
export const MAX_BODY_BYTES = 64 * 1024;
/** Largest path parameter: above what Node accepts within its 16 KiB of headers. */
const MAX_PARAMETER_LENGTH = 16 * 1024;
/** How often Node checks for timed-out connections, in ms. */
const LATENESS_CHECK_MS = 1_000;
/** Further connections are closed at once. Each takes some hundred bytes while idle, at most 64 KiB. */
const MAX_CONNECTIONS = 2_000;
/** Time in ms for a caller to read why its connection ends. */
const LINGER_MS = 1_000;
/** Smallest timeout in ms; 0 would disable it. */
const MIN_TIMEOUT_MS = 1;

interface Guards {
  /** Timeout of the headers, in ms. */
  readonly headersMs: number;
  /** Timeout of the whole request, in ms; 0 disables it. */
  readonly requestMs: number;
  /** Called for a connection without a valid request. Returns the body that is sent with the status; `null`: none. */
  readonly onBadConnection: (end: ConnectionEnd) => ConnectionAnswer | null;
  /** Answers an unknown path, also one that cannot be decoded. */
  readonly notFound: (request: FastifyRequest, reply: FastifyReply) => FastifyReply;
  /**
   * Refuses requests that Node and Fastify would otherwise refuse themselves: a request without `Host`, and
   * any request that arrives while the app closes. Default: the answers of Node and Fastify.
   */
  readonly refuse?: (request: FastifyRequest) => Promise<void>;
}

export interface ConnectionEnd {
  readonly reason: 'slow' | 'malformed';
  readonly status: 400 | 408 | 431;
  /** Whether the caller closed its side before the end of the request. Default false. */
  readonly isCutOff?: true;
}

export interface ConnectionAnswer {
  readonly contentType: string;
  readonly text: string;
}

const MALFORMED: ConnectionEnd = { reason: 'malformed', status: 400 };
const ENDS: Readonly<Record<string, ConnectionEnd>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { reason: 'slow', status: 408 },
  HPE_INVALID_EOF_STATE: { ...MALFORMED, isCutOff: true },
  HPE_HEADER_OVERFLOW: { reason: 'malformed', status: 431 },
};

/** Creates the server. Bodies stay bytes; answers never quote a request. */
export function guardedApp(guards: Guards): FastifyInstance {
  const { headersMs, requestMs, onBadConnection, notFound, refuse } = guards;
  const begun = new WeakMap<Duplex, BegunAnswer>();
  const end = (socket: Duplex, connectionEnd: ConnectionEnd) => {
    const answer = onBadConnection(connectionEnd);
    // A second answer would be read as part of the answer in progress.
    if (socket.writable && !isUnderWay(begun.get(socket))) endSocket(socket, answerText(connectionEnd, answer));
    else socket.destroy();
  };
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: requestMs,
    routerOptions: {
      maxParamLength: MAX_PARAMETER_LENGTH,
      // Proxies and people write paths with duplicate or trailing slashes.
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
    },
    exposeHeadRoutes: false,
    return503OnClosing: refuse === undefined,
    http: {
      headersTimeout: headersMs,
      connectionsCheckingInterval: Math.min(LATENESS_CHECK_MS, headersMs),
      requireHostHeader: refuse === undefined,
    },
    clientErrorHandler: ({ code }, socket) => end(socket, getOwn(ENDS, code) ?? MALFORMED),
    frameworkErrors: (_error, request, reply) => notFound(request as FastifyRequest, reply as FastifyReply),
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  app.server.on('request', (...[request, response]: Parameters<RequestListener>) => {
    begun.set(request.socket, response);
  });
  // CONNECT is not supported.
  app.server.on('connect', (_request, socket: Duplex) => end(socket, MALFORMED));
  // Unknown expectations may be ignored (RFC 9110); Node would refuse them with its own answer.
  app.server.on('checkExpectation', (...call: Parameters<RequestListener>) => void app.server.emit('request', ...call));
  if (refuse !== undefined) app.addHook('onRequest', refuse);
  app.addHook('preClose', async () => {
    // Idle connections are closed by now. Those of answers in progress become idle later, and would be kept for over a minute.
    app.server.keepAliveTimeout = MIN_TIMEOUT_MS;
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setNotFoundHandler(notFound);
  return app;
}

/** Ends a connection. Discards further input for a moment: closing at once would lose the answer. */
function endSocket(socket: Duplex, answer: string): void {
  socket.end(answer);
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

interface BegunAnswer {
  readonly headersSent: boolean;
  readonly writableFinished: boolean;
}

function isUnderWay(answer: BegunAnswer | undefined): boolean {
  return answer?.headersSent === true && !answer.writableFinished;
}

function answerText({ status }: ConnectionEnd, answer: ConnectionAnswer | null): string {
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, 'connection: close'];
  if (answer === null) return [...head, '', ''].join('\r\n');
  const { contentType, text } = answer;
  const about = [`content-type: ${contentType}`, `content-length: ${Buffer.byteLength(text)}`];
  return [...head, ...about, '', text].join('\r\n');
}
