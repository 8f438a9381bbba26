import type { LookupFunction } from 'node:net';
import { Agent, buildConnector, request } from 'undici';
import { describeCertificateFault } from './certificate-fault';
import { lookupPublic, refusePrivateHost } from './private-addresses';
import { CertificateInvalid, type HttpRequest, type HttpResponse, NothingSent, type Transport } from './transport';

/** Shorter than the timeout of every exchange, because a dead host must count as "nothing was sent". */
const CONNECT_TIMEOUT_MS = 10_000;

interface TransportOptions {
  /** Certificate authorities that replace Node's own, in PEM. */
  readonly ca?: string;
  /** Proxy variables that are set but not used. They are named when a connection fails. */
  readonly unusedProxies?: readonly string[];
}

interface UndiciTransport {
  readonly send: Transport;
  close(): Promise<void>;
}

/**
 * The production transport. Reads share keep-alive connections. Every POST opens its own: on a keep-alive connection
 * that the server has just closed, "lost before it was read" and "lost after it was accepted" look the same.
 */
export function createUndiciTransport(options: TransportOptions = {}): UndiciTransport {
  const connect = provingConnector(options);
  const reads = new Agent({ connect });
  const posts = new Agent({ connect, pipelining: 0 });
  const connectPublic = publicOnly(provingConnector(options, lookupPublic));
  const strangers = new Agent({ connect: connectPublic });
  const strangerPosts = new Agent({ connect: connectPublic, pipelining: 0 });
  const agentFor = ({ method, isPublicOnly }: HttpRequest): Agent => {
    if (isPublicOnly === true) return method === 'POST' ? strangerPosts : strangers;
    return method === 'POST' ? posts : reads;
  };
  return {
    send: (outgoing) => exchange(outgoing, agentFor(outgoing)),
    close: async () => {
      await Promise.all([reads, posts, strangers, strangerPosts].map((agent) => agent.close()));
    },
  };
}

/** Marks every connect failure. The error code alone (ECONNRESET during a TLS handshake) proves nothing. */
function provingConnector(
  { ca, unusedProxies = [] }: TransportOptions,
  lookup?: LookupFunction,
): buildConnector.connector {
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    ...(ca === undefined ? {} : { ca }),
    ...(lookup === undefined ? {} : { lookup }),
  });
  return (options, callback) => {
    connect(options, (...[error, socket]: Parameters<buildConnector.Callback>) => {
      if (error === null) callback(null, socket);
      else callback(nothingSent(error, unusedProxies), null);
    });
  };
}

/** Checks IP-address hosts here, because Node does not look them up. */
function publicOnly(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) => {
    try {
      refusePrivateHost(options.hostname);
    } catch (error) {
      callback(nothingSent(error as Error, []), null);
      return;
    }
    connect(options, callback);
  };
}

function nothingSent(cause: Error, unusedProxies: readonly string[]): NothingSent {
  const problem = describeCertificateFault(cause);
  if (problem !== null) return new CertificateInvalid(`cannot connect: ${problem}`);
  const proxies =
    unusedProxies.length === 0
      ? ''
      : `; ${unusedProxies.join(', ')} is set, but connections to the API do not use a proxy`;
  return new NothingSent(`cannot connect: ${cause.message}${proxies}`, { cause });
}

async function exchange(outgoing: HttpRequest, dispatcher: Agent): Promise<HttpResponse> {
  const limit = AbortSignal.timeout(outgoing.timeoutMs);
  const { statusCode, headers, body } = await request(outgoing.url, {
    method: outgoing.method,
    headers: outgoing.headers,
    body: outgoing.body ?? null,
    dispatcher,
    signal: outgoing.signal ? AbortSignal.any([limit, outgoing.signal]) : limit,
    headersTimeout: outgoing.timeoutMs,
    bodyTimeout: outgoing.timeoutMs,
  });
  // Without this listener, an error of a body that is not being read would end the process. Readers still receive the
  // error.
  body.on('error', () => undefined);
  return { status: statusCode, headers, body };
}
