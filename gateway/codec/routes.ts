/** The codec server for Temporal UI and `temporal --codec-endpoint`: decodes and encodes for callers with the token. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EncryptionCodec } from '../../payloads';
import { getOwn } from '../../workflows/domain/base/own-value';
import { type CodecGuardOptions, corsHeaders, type Refusal, refuseCaller, refuseOrigin } from './guard';
import { readPayloads, writePayloads } from './messages';
import type { CodecSettings } from './settings';

export interface CodecRouteOptions extends CodecSettings, CodecGuardOptions {
  /** Logs one line, which never contains a token or a body. */
  readonly log: (line: string) => void;
}

const CODEC_PATH = '/codec/';
/** Largest body in bytes: Temporal's limit for one message. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const DIRECTIONS = ['decode', 'encode'] as const;

/** Status by error. The message goes to the caller: it names key ids and never quotes the request. */
const STATUS_BY_ERROR: Readonly<Record<string, number>> = {
  CodecRequestError: 400,
  EncryptionKeyMissingError: 422,
  PayloadDamagedError: 422,
};

/** Registers the codec routes, with their own body limit, order of checks and error answers. */
export async function codecRoutes(app: FastifyInstance, options: CodecRouteOptions): Promise<void> {
  const codec = new EncryptionCodec(options.keys);
  app.addHook('onRequest', async (request, reply) => admit(request, reply, options));
  app.setErrorHandler((error, _request, reply) => explain(error, reply, options.log));
  for (const direction of DIRECTIONS) {
    app.options(CODEC_PATH + direction, async (_request, reply) => reply.code(204).send());
    app.post(CODEC_PATH + direction, { bodyLimit: MAX_BODY_BYTES }, async ({ body }) =>
      writePayloads(await codec[direction](readPayloads(body))),
    );
  }
}

async function admit(request: FastifyRequest, reply: FastifyReply, options: CodecRouteOptions): Promise<unknown> {
  const { headers, method } = request;
  reply.headers({ vary: 'origin', 'cache-control': 'no-store' });
  const stranger = refuseOrigin(headers, options.origin);
  if (stranger !== null) return refuse(reply, stranger);
  if (headers.origin !== undefined) reply.headers(corsHeaders(options.origin));
  // A preflight request has no token; its answer is public.
  const refusal = method === 'OPTIONS' ? null : refuseCaller(headers, options);
  return refusal === null ? undefined : refuse(reply, refusal);
}

/** Refuses and closes the connection: nothing more is read from it. */
function refuse(reply: FastifyReply, { status, message }: Refusal): FastifyReply {
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.header('connection', 'close').code(status).send({ message });
}

function explain(error: unknown, reply: FastifyReply, log: CodecRouteOptions['log']): FastifyReply {
  const { name, message } = error instanceof Error ? error : new Error('unknown');
  const status = getOwn(STATUS_BY_ERROR, name);
  if (status !== undefined) return reply.code(status).send({ message });
  const framework = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  const code = framework >= 400 && framework < 500 ? framework : 500;
  if (code === 500) log(`the codec failed: ${name}`);
  const known = code === 413 ? `the body is larger than ${MAX_BODY_BYTES} bytes; send fewer payloads at once` : null;
  return reply
    .header('connection', 'close')
    .code(code)
    .send({ message: known ?? 'internal error' });
}
