/** Agents of Node's own HTTP client, for libraries that use it: each connection goes through the proxy for its host, if there is one. */
import * as http from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import type { ProxyVariables } from '../../workflows/domain/base/proxy-variables';
import { findProxy, type HttpProxy } from './proxies';
import { openTunnel } from './tunnel';

interface AgentOptions extends http.AgentOptions {
  readonly proxies: ProxyVariables;
  readonly connectTimeoutMs: number;
}

/** What Node passes on; a callback with an error has no connection. */
type Created = (error: Error | null, stream?: Duplex) => void;
type CreateOptions = http.ClientRequestArgs & tls.ConnectionOptions;

export function createTunnelAgents(options: AgentOptions): { readonly http: http.Agent; readonly https: https.Agent } {
  const { proxies, connectTimeoutMs, ...rest } = options;
  const plain = new http.Agent(rest);
  const secure = new https.Agent(rest);
  for (const [agent, protocol] of [
    [plain, 'http:'],
    [secure, 'https:'],
  ] as const) {
    const connectDirectly = agent.createConnection.bind(agent);
    const createConnection = (given: CreateOptions, created: Created): Duplex | null | undefined => {
      const proxy = findProxy(protocol, given.host ?? 'localhost', proxies);
      if (proxy === null) return connectDirectly(given, created);
      void connectThrough(proxy, protocol, given, connectTimeoutMs).then(
        (stream) => created(null, stream),
        (error: Error) => created(error),
      );
      return undefined;
    };
    Object.assign(agent, { createConnection });
  }
  return { http: plain, https: secure };
}

async function connectThrough(
  proxy: HttpProxy,
  protocol: 'http:' | 'https:',
  given: CreateOptions,
  timeoutMs: number,
): Promise<Duplex> {
  const host = given.host ?? 'localhost';
  const socket = await openTunnel(proxy, { host, port: Number(given.port) }, timeoutMs);
  return protocol === 'http:' ? socket : tls.connect({ ...given, socket, servername: given.servername ?? host });
}
