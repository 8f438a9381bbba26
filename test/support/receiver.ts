/** A receiver of notifications, over sockets: it answers as it is asked to, and keeps what it was sent. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import type { NotificationEvent } from '../../workflows/domain/notifications/notification';

/** A POST as it arrived. */
export interface Received {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

export interface Receiver {
  /** Without a trailing slash. */
  readonly url: string;
  readonly port: number;
  readonly received: readonly Received[];
  /** Bodies of verified requests that were accepted, in order. */
  accepted(): readonly NotificationEvent[];
  /** Default: 204. */
  answerWith(answer: Answer): void;
  close(): Promise<void>;
}

export const NOTIFY_SECRET = `whsec_${Buffer.from('a key of thirty-two bytes, fixed').toString('base64')}`;

export const ACCEPT: Answer = (response) => response.writeHead(204).end();

/** @param port default: a free one */
export async function startReceiver(secret = NOTIFY_SECRET, port = 0): Promise<Receiver> {
  const received: Received[] = [];
  const accepted: NotificationEvent[] = [];
  let answer = ACCEPT;
  const webhook = new Webhook(secret);
  const server = createServer((request, response) => {
    void buffer(request).then((bytes) => {
      const headers = request.headers as Record<string, string>;
      const body = bytes.toString('utf8');
      received.push({ url: request.url ?? '', headers, body });
      response.once('finish', () => {
        if (response.statusCode < 300) accepted.push(webhook.verify(body, headers) as NotificationEvent);
      });
      answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    received,
    accepted: () => accepted,
    answerWith: (next) => {
      answer = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
