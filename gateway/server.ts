/** The gateway's HTTP server: receives callbacks, verifies their tokens and signals the workflows. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CALLBACK_PATH, type CallbackSecrets, verifyToken } from '../activities/callback';
import { READY_KNOWN_MS, rememberFor } from '../telemetry';
import { findErrorName } from '../workflows/domain/base/errors';
import type { CallbackClaim } from '../workflows/domain/item/callback';
import { CallbackDeduplicator } from './callbacks/callback-deduplicator';
import { readCallback } from './callbacks/read-callback';
import type { CallbackReceiver } from './callbacks/temporal-receiver';
import { type CodecRouteOptions, codecRoutes } from './codec/routes';
import { GatewayCounts, type GatewayResult } from './counters';
import { guardedApp } from './guarded-app';

/** Timeout of the headers and of the whole request, in ms: as long as the provider waits for an answer. */
const REQUEST_MS = 10_000;
export interface GatewayServerOptions {
  /** `null`: callbacks are not accepted. */
  readonly secrets: CallbackSecrets | null;
  readonly receiver: CallbackReceiver;
  /** Logs one line, which never contains a token, an address or a body. */
  readonly log: (line: string) => void;
  /** Timeout of the headers and of the whole request, in ms. Default 10 s. */
  readonly requestMs?: number;
  /** Default `null`: no codec. */
  readonly codec?: Omit<CodecRouteOptions, 'log'> | null;
}

/** The status that the provider receives. It retries after anything but 2xx. */
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

type Answered = keyof typeof STATUS_OF;

declare module 'fastify' {
  interface FastifyRequest {
    /** The claim of a request whose token was verified. */
    claim: CallbackClaim | null;
  }
}

interface GatewayServer {
  readonly app: FastifyInstance;
  readonly counts: GatewayCounts;
}

export function buildGatewayServer(options: GatewayServerOptions): GatewayServer {
  const { log, requestMs = REQUEST_MS, codec = null } = options;
  const counts = new GatewayCounts();
  const app = guardedApp({
    headersMs: requestMs,
    requestMs,
    onBadConnection: ({ reason }) => {
      counts.add(reason);
      return null;
    },
    notFound: (request, reply) => {
      // A callback with a truncated path or another method.
      if (/^\/+callbacks(\/|$)/.test(request.url)) counts.add('forged');
      return reply.header('connection', 'close').code(404).send();
    },
  });
  if (options.secrets !== null) addCallbackRoute(app, counts, options, options.secrets);
  addHealthRoutes(app, options.receiver);
  if (codec !== null) app.register(codecRoutes, { ...codec, log });
  app.setErrorHandler((error, _request, reply) => {
    const result = toResult(error);
    if (result === 'fault') log(`the gateway failed: ${findErrorName(error)}`);
    return answer(reply.header('connection', 'close'), counts, result);
  });
  return { app, counts };
}

function addCallbackRoute(
  app: FastifyInstance,
  counts: GatewayCounts,
  { receiver, log }: GatewayServerOptions,
  secrets: CallbackSecrets,
): void {
  const deduplicator = new CallbackDeduplicator();
  /** Verifies the token before the body is read. A forged token gets the answer of an unknown path. */
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    const { token } = request.params as { readonly token: string };
    request.claim = verifyToken(token, secrets);
    // Only the token decides: Fastify would refuse an invalid media type before the body is read.
    delete request.raw.headers['content-type'];
    // Closes the connection: nothing more is read from it.
    return request.claim === null ? answer(reply.header('connection', 'close'), counts, 'forged') : undefined;
  };
  const deliver = async (claim: CallbackClaim, body: unknown): Promise<Answered> => {
    const { workflowId, ...item } = claim;
    const words = readCallback(Buffer.isBuffer(body) ? body : undefined);
    try {
      return await deduplicator.once(claim, words, () => receiver.signal(workflowId, { ...item, ...words }));
    } catch (error) {
      log(`could not forward a callback to Temporal (${findErrorName(error)}); answered with 503`);
      return 'unreachable';
    }
  };
  app.decorateRequest('claim', null);
  app.post(`${CALLBACK_PATH}:token`, { onRequest }, async ({ claim, body }, reply) =>
    answer(reply, counts, claim === null ? 'forged' : await deliver(claim, body)),
  );
}

function addHealthRoutes(app: FastifyInstance, receiver: CallbackReceiver): void {
  const options = { exposeHeadRoute: true };
  const isReady = rememberFor(READY_KNOWN_MS, receiver.ready);
  app.get('/healthz', options, async (_request, reply) => reply.code(200).send());
  app.get('/readyz', options, async (_request, reply) => reply.code((await isReady()) ? 200 : 503).send());
}

function answer(reply: FastifyReply, counts: GatewayCounts, result: Answered): FastifyReply {
  counts.add(result);
  return reply.code(STATUS_OF[result]).send();
}

const RESULT_OF_STATUS: Readonly<Record<number, Answered>> = { 413: 'oversized', 400: 'broken' };

function toResult(error: unknown): Answered {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  return RESULT_OF_STATUS[status] ?? 'fault';
}
