import type { LookupFunction } from 'node:net';
import { Agent, buildConnector, request } from 'undici';
import { describeCertificateFault } from './certificate-fault';
import { lookupPublic, refusePrivateHost } from './private-addresses';
import { CertificateInvalid, type HttpRequest, type HttpResponse, NothingSent, type Transport } from './transport';

/** Shorter than any exchange's own limit, so that a dead host is known as "nothing was sent". */
const CONNECT_TIMEOUT_MS = 10_000;

interface TransportOptions {
  /** Authorities in place of Node's own, in PEM. */
  readonly ca?: string;
  /** Variables that name a proxy, which is not used; whoever has set one should hear so where a connection fails. */
  readonly unusedProxies?: readonly string[];
}

interface UndiciTransport {
  readonly send: Transport;
  close(): Promise<void>;
}

/**
 * The transport of production. Reads share kept-alive connections; every POST opens its own, because on a kept-alive
 * one that the server has just closed, "lost before it was read" and "lost after it was accepted" look the same.
 */
export function createUndiciTransport(options: TransportOptions = {}): UndiciTransport {
  const connect = provingConnector(options);
  const reads = new Agent({ connect });
  const posts = new Agent({ connect, pipelining: 0 });
  const strangers = new Agent({ connect: publicOnly(provingConnector(options, lookupPublic)) });
  const agentFor = ({ method, isPublicOnly }: HttpRequest): Agent => {
    if (isPublicOnly === true) return strangers;
    return method === 'POST' ? posts : reads;
  };
  return {
    send: (outgoing) => exchange(outgoing, agentFor(outgoing)),
    close: async () => {
      await Promise.all([reads.close(), posts.close(), strangers.close()]);
    },
  };
}

/** Marks every failure to connect, whatever its code: the code alone (ECONNRESET in a TLS handshake) proves nothing. */
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

/** A host that is an IP address is not looked up. */
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
    unusedProxies.length === 0 ? '' : `; ${unusedProxies.join(', ')} is set, but the API is reached without a proxy`;
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
  // A body that breaks while nobody reads it must not end the process; whoever reads it is told all the same.
  body.on('error', () => undefined);
  return { status: statusCode, headers, body };
}
