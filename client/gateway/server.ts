/** The gateway's HTTP side: takes callbacks, proves them by their tokens, and tells the workflows. */
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { CALLBACK_PATH, type CallbackSecrets, LONGEST_TOKEN, verifyToken } from '../../activities/callback';
import type { CallbackClaim, JobCallback } from '../../workflows/domain/callback';
import { GatewayCounts, type GatewayResult } from './counters';
import { readCallback } from './read-callback';
import { Told } from './told';

/** Many times the longest event; images are sent by address. */
const MOST_BODY_BYTES = 64 * 1024;
/** For headers and for the whole request. The provider itself waits no longer for an answer. */
const REQUEST_MS = 10_000;
/** How often Node looks for connections that have run out of time. */
const LATENESS_CHECK_MS = 1_000;
/** Beyond it new connections are closed at once: some hundred bytes each while nothing comes, 64 KiB at the most. */
const MOST_CONNECTIONS = 2_000;

export interface CallbackReceiver {
  /**
   * Tells a workflow; `gone` if it has ended or never was.
   *
   * @throws if it cannot be known that Temporal has recorded it
   */
  signal(workflowId: string, callback: JobCallback): Promise<'delivered' | 'gone'>;
  /** Whether Temporal can be reached. */
  ready(): Promise<boolean>;
}

export interface GatewayServerOptions {
  readonly secrets: CallbackSecrets;
  readonly receiver: CallbackReceiver;
  /** One line of what people should know; never a token, an address or a body. */
  readonly log: (line: string) => void;
  /** For headers and for the whole request, in ms. Default 10 s. */
  readonly requestMs?: number;
}

/** What the provider is told. It tries again after anything but 2xx. */
const STATUS_OF: Readonly<Record<Exclude<GatewayResult, 'slow' | 'malformed'>, number>> = {
  delivered: 200,
  gone: 200,
  repeated: 200,
  forged: 404,
  broken: 400,
  oversized: 413,
  unreachable: 503,
  fault: 500,
};

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a request whose token was verified. */
    claim: CallbackClaim | null;
  }
}

export interface GatewayServer {
  readonly app: FastifyInstance;
  readonly counts: GatewayCounts;
}

export function buildGatewayServer({
  secrets,
  receiver,
  log,
  requestMs = REQUEST_MS,
}: GatewayServerOptions): GatewayServer {
  const counts = new GatewayCounts();
  const told = new Told();
  const app = fastify({
    bodyLimit: MOST_BODY_BYTES,
    requestTimeout: requestMs,
    routerOptions: { maxParamLength: LONGEST_TOKEN },
    exposeHeadRoutes: false,
    http: { headersTimeout: requestMs, connectionsCheckingInterval: Math.min(LATENESS_CHECK_MS, requestMs) },
    clientErrorHandler: (error, socket) => {
      counts.add(error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'slow' : 'malformed');
      closeSocket(socket);
    },
  });
  app.server.maxConnections = MOST_CONNECTIONS;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.decorateRequest('claim', null);

  const answer = (reply: FastifyReply, result: keyof typeof STATUS_OF) => {
    counts.add(result);
    return reply.code(STATUS_OF[result]).send();
  };

  /** Before anything of the body is read. Forgers hear what everybody hears who asks for a page that is not there. */
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    const { token } = request.params as { readonly token: string };
    request.claim = verifyToken(token, secrets);
    // Whatever else they send is not read.
    if (request.claim === null) return answer(reply.header('connection', 'close'), 'forged');
    return undefined;
  };

  const deliver = async (claim: CallbackClaim, body: Buffer | undefined): Promise<keyof typeof STATUS_OF> => {
    const { workflowId, key, submission } = claim;
    const words = readCallback(body);
    try {
      return await told.once(claim, words, () => receiver.signal(workflowId, { key, submission, ...words }));
    } catch (error) {
      log(
        `a callback could not be handed to Temporal (${error instanceof Error ? error.name : 'unknown'}): answered 503`,
      );
      return 'unreachable';
    }
  };

  app.post(`${CALLBACK_PATH}:token`, { onRequest }, async (request, reply) =>
    request.claim === null
      ? answer(reply, 'forged')
      : answer(reply, await deliver(request.claim, request.body as Buffer | undefined)),
  );
  app.get('/healthz', async (_request, reply) => reply.code(200).send());
  app.get('/readyz', async (_request, reply) => reply.code((await receiver.ready()) ? 200 : 503).send());
  app.setNotFoundHandler((_request, reply) => reply.header('connection', 'close').code(404).send());
  app.setErrorHandler((error, _request, reply) => {
    const result = resultOf(error);
    if (result === 'fault') log(`the gateway failed: ${error instanceof Error ? error.name : 'unknown'}`);
    return answer(reply.header('connection', 'close'), result);
  });
  return { app, counts };
}

const RESULT_OF_ERROR: Readonly<Record<number, 'oversized' | 'broken'>> = { 413: 'oversized', 400: 'broken' };

function resultOf(error: unknown): 'oversized' | 'broken' | 'fault' {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  return RESULT_OF_ERROR[status] ?? 'fault';
}

function closeSocket(socket: Socket): void {
  if (socket.writable) socket.end('HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n');
  else socket.destroy();
}
