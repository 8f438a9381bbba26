/**
 * Stands before the S3 server of the tests: remembers what was asked, and answers or spoils in the server's place where a
 * test wants so.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Answers in the server's place, or lets it do what is asked and cuts the line before its answer, or does nothing. */
type Meddle = (asked: Asked) => Answer | 'lose the answer' | null;

/** Where the server listens. */
export interface Target {
  readonly url: string;
  /** In place of the address's host and port. */
  readonly socketPath?: string;
}

export interface Front {
  readonly url: string;
  readonly asked: Asked[];
  meddle: Meddle;
  /** Changes bodies on their way, as a bad line would. */
  spoil: (body: Buffer) => Buffer;
  close(): Promise<void>;
}

export async function startFront(target: Target): Promise<Front> {
  const server = createServer((incoming, response) => {
    handle(front, target, incoming, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const front: Front = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    meddle: () => null,
    spoil: (body) => body,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return front;
}

export function s3Error(code: string, message: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
}

async function handle(front: Front, target: Target, incoming: IncomingMessage, response: ServerResponse) {
  const { method = 'GET', url = '/', headers } = incoming;
  const sent = await buffer(incoming);
  const body = sent.length > 0 ? front.spoil(sent) : sent;
  const asked = { method, url, headers };
  front.asked.push(asked);
  const own = front.meddle(asked);
  if (own === null || own === 'lose the answer') return forward(target, asked, body, response, own !== null);
  response.writeHead(own.status, { 'content-type': 'application/xml' }).end(own.body);
}

async function forward(
  target: Target,
  { method, url, headers }: Asked,
  body: Buffer,
  response: ServerResponse,
  loses: boolean,
) {
  const outgoing = request(`${target.url}${url}`, { ...target, method, headers });
  // A server that refuses at once hangs up while the body is still on its way.
  outgoing.on('error', () => undefined);
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  if (loses) {
    answer.resume();
    response.destroy();
    return;
  }
  response.writeHead(answer.statusCode ?? 500, answer.headers);
  answer.pipe(response);
}

/** Whatever it says. */
export function isAnswering({ url, ...target }: Target): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request(url, target);
    asking.once('response', (answer) => {
      answer.resume();
      resolve(true);
    });
    asking.once('error', () => resolve(false));
    asking.end();
  });
}
