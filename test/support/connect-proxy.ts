/** A proxy as firms have it: hosts that only it knows, by CONNECT, perhaps with a password, perhaps with certificates of its own. */
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import type { Certified } from './certificates';

export interface ConnectProxy {
  /** Its address, with user and password if it wants them. */
  readonly url: string;
  /** Its address without them. */
  readonly openUrl: string;
  /** What was asked of it: `host:port` and the status of the answer, in order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

interface ProxyOptions {
  /** Ports on this machine, by the host and port that are asked for. Other hosts are refused with 403. */
  readonly ports: Readonly<Record<string, number>>;
  readonly password?: string;
}

export async function startConnectProxy({ ports, password }: ProxyOptions): Promise<ConnectProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const expected = password === undefined ? null : `Basic ${Buffer.from(`clerk:${password}`).toString('base64')}`;
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connection', (socket) => keep(sockets, socket));
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    const host = request.url ?? '';
    const port = ports[host];
    const isKnown = expected === null || request.headers['proxy-authorization'] === expected;
    const status = isKnown ? (port === undefined ? 403 : 200) : 407;
    asked.push(`${host} ${status}`);
    socket.on('error', () => socket.destroy());
    if (status !== 200) return socket.end(`HTTP/1.1 ${status} refused\r\n\r\n`);
    const target = connect({ host: '127.0.0.1', port: port ?? 0 });
    keep(sockets, target);
    target.on('error', () => socket.destroy());
    target.once('connect', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(target).pipe(socket);
    });
    return undefined;
  });
  const port = await listen(server);
  const user = password === undefined ? '' : `clerk:${encodeURIComponent(password)}@`;
  return {
    url: `http://${user}127.0.0.1:${port}`,
    openUrl: `http://127.0.0.1:${port}`,
    asked,
    close: () => closeAll(server, sockets),
  };
}

/** A server with TLS in front of one without; in texts, its address replaces that of the other. */
export async function startTlsFront(
  { cert, key }: Certified,
  targetUrl: string,
  publicUrl: string,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const target = new URL(targetUrl);
  const server = createTlsServer({ cert, key }, (request, response) => pass(request, response, target, publicUrl));
  server.on('connection', (socket: Socket) => keep(sockets, socket));
  return { port: await listen(server), close: () => closeAll(server, sockets) };
}

function pass(request: IncomingMessage, response: ServerResponse, target: URL, publicUrl: string): void {
  const { method = 'GET', url: path = '/', headers } = request;
  const asked = forward({ host: target.hostname, port: target.port, method, path, headers }, (answer) => {
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('end', () => {
      const body = Buffer.concat(chunks);
      const isJson = String(answer.headers['content-type']).includes('json');
      const sent = isJson ? Buffer.from(body.toString().replaceAll(target.origin, publicUrl)) : body;
      const length = method === 'HEAD' ? answer.headers['content-length'] : String(sent.length);
      const { 'transfer-encoding': _chunked, ...others } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, {
        ...others,
        ...(length === undefined ? {} : { 'content-length': length }),
      });
      response.end(sent);
    });
  });
  asked.on('error', () => response.destroy());
  request.pipe(asked);
}

function keep(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function closeAll(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  for (const socket of sockets) socket.destroy();
  await closed;
}
