import type { LookupFunction } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, buildConnector, request } from 'undici';
import { getOwn } from '../../workflows/domain/base/own-value';
import type { ProxyVariables } from '../../workflows/domain/base/proxy-variables';
import { findProxy, type HttpProxy } from '../network/proxies';
import { openTunnel, ProxyRefused } from '../network/tunnel';
import { describeCertificateFault } from './certificate-fault';
import { lookupPublic, refusePrivateHost } from './private-addresses';
import { CertificateInvalid, type HttpRequest, type HttpResponse, NothingSent, type Transport } from './transport';

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 };
/** Shorter than the timeout of every exchange, because a dead host must count as "nothing was sent". */
const CONNECT_TIMEOUT_MS = 10_000;
/** How long connections may take to close, in ms. undici waits for ever for one that it lost while it loaded its parser. */
const CLOSE_TIMEOUT_MS = 500;

interface TransportOptions {
  /** Certificate authorities that replace Node's own, in PEM. */
  readonly ca?: string;
  /** Proxies by host. Default: none. */
  readonly proxies?: ProxyVariables;
}

interface UndiciTransport {
  readonly send: Transport;
  /** Ends the calls that have not ended. */
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
      const closed = Promise.all([reads, posts, strangers, strangerPosts].map((agent) => agent.destroy()));
      await Promise.race([closed, sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };
}

/** Marks every connect failure. The error code alone (ECONNRESET during a TLS handshake) proves nothing. */
function provingConnector({ ca, proxies = {} }: TransportOptions, lookup?: LookupFunction): buildConnector.connector {
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    ...(ca === undefined ? {} : { ca }),
    ...(lookup === undefined ? {} : { lookup }),
  });
  return (options, callback) => {
    const { protocol, hostname, port } = options;
    const proxy = findProxy(protocol, hostname, proxies);
    const end = (...[error, socket]: Parameters<buildConnector.Callback>): void => {
      if (error === null) callback(null, socket);
      else callback(nothingSent(error, proxy), null);
    };
    if (proxy === null) {
      connect(options, end);
      return;
    }
    // The name is resolved by the proxy.
    const target = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || getOwn(DEFAULT_PORTS, protocol)) };
    openTunnel(proxy, target, CONNECT_TIMEOUT_MS).then(
      (httpSocket) => (protocol === 'https:' ? connect({ ...options, httpSocket }, end) : end(null, httpSocket)),
      (error: Error) => end(error, null),
    );
  };
}

/** Checks IP-address hosts here, because Node does not look them up. */
function publicOnly(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) => {
    try {
      refusePrivateHost(options.hostname);
    } catch (error) {
      callback(nothingSent(error as Error, null), null);
      return;
    }
    connect(options, callback);
  };
}

function nothingSent(cause: Error, proxy: HttpProxy | null): NothingSent {
  const problem = describeCertificateFault(cause);
  const inspected =
    proxy === null ? '' : `; the proxy of ${proxy.variable} may have replaced the certificate to inspect TLS`;
  if (problem !== null) return new CertificateInvalid(`cannot connect: ${problem}${inspected}`);
  return new NothingSent(cause instanceof ProxyRefused ? cause.message : `cannot connect: ${cause.message}`, { cause });
}

async function exchange(outgoing: HttpRequest, dispatcher: Agent): Promise<HttpResponse> {
  const limit = AbortSignal.timeout(outgoing.timeoutMs);
  const signal = outgoing.signal ? AbortSignal.any([limit, outgoing.signal]) : limit;
  const answer = request(outgoing.url, {
    method: outgoing.method,
    headers: outgoing.headers,
    body: outgoing.body ?? null,
    dispatcher,
    signal,
    headersTimeout: outgoing.timeoutMs,
    bodyTimeout: outgoing.timeoutMs,
  });
  const { statusCode, headers, body } = await unlessAborted(answer, signal);
  // Without this listener, an error of a body that is not being read would end the process. Readers still receive the
  // error.
  body.on('error', () => undefined);
  return { status: statusCode, headers, body };
}

/**
 * Throws the reason of the signal as soon as it is aborted. undici looks at the signal only when a connection is ready, and
 * never ends a call whose connection is lost while undici loads its parser, as it does for the first one of a process.
 */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
