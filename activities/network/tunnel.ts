/** A connection through a proxy, by CONNECT. The proxy sees the host, and nothing of what is sent there over TLS. */
import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';
import type { HttpProxy } from './proxies';

/** The proxy did not open a connection, so nothing was sent. The message has neither user nor password. */
export class ProxyRefused extends Error {
  override readonly name = 'ProxyRefused';
}

interface Target {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** @throws ProxyRefused */
export function openTunnel(proxy: HttpProxy, { host, port }: Target, timeoutMs: number): Promise<Socket> {
  const { url, variable } = proxy;
  const named = `the proxy ${url.host} of ${variable}`;
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const { request } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const asked = request({
      ...{ host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port || (url.protocol === 'https:' ? 443 : 80) },
      ...{ method: 'CONNECT', path: authority, agent: false },
      headers: { host: authority, ...toCredentials(url) },
    });
    const late = setTimeout(() => asked.destroy(new Error(`no answer in ${timeoutMs / 1_000} s`)), timeoutMs);
    asked.once('close', () => clearTimeout(late));
    asked.once('connect', ({ statusCode }, socket) => {
      clearTimeout(late);
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new ProxyRefused(`${named} ${describeRefusal(statusCode, url, variable)}`));
    });
    asked.once('error', (cause) => {
      reject(new ProxyRefused(`cannot connect through ${named}: ${cause.message}`, { cause }));
    });
    asked.end();
  });
}

function describeRefusal(status: number | undefined, { username }: URL, variable: string): string {
  if (status !== 407) return `refuses the connection with HTTP ${status}; allow the host there, or name it in NO_PROXY`;
  const remedy = `${variable}=http://user:password@host:port, with special characters percent-encoded`;
  return username === ''
    ? `wants a user and a password (HTTP 407); set ${remedy}`
    : `rejects the user or the password (HTTP 407); correct ${remedy}`;
}

function toCredentials({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
