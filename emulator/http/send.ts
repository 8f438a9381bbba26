import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import type { Answer, Reply } from './answer';

type Break = (reply: FastifyReply, answer: Answer) => void;

/** Number of bytes sent beyond the announced length. */
const SURPLUS_BYTES = 64;

/** How each wire fault breaks the connection. */
const BREAKS: Readonly<Record<NonNullable<Reply['wire']>, Break>> = {
  reset: ({ raw }) => void raw.socket?.resetAndDestroy(),
  // Nothing is written; the client or the end of the emulator closes the connection.
  hang: () => undefined,
  garbage: ({ raw }) => void raw.socket?.end('\u0000\u0001 this is not HTTP \u0002\r\n\r\n'),
  'half-body': ({ raw }, answer) => {
    const { body, headers } = encode(answer);
    raw.writeHead(answer.status, headers);
    raw.write(body.subarray(0, body.length >> 1), () => raw.socket?.destroy());
  },
  'longer-than-said': ({ raw }, answer) => {
    const { body, headers } = encode(answer);
    raw.writeHead(answer.status, headers);
    raw.end(Buffer.concat([body, body.subarray(0, SURPLUS_BYTES)]));
  },
};

/** Sends a reply when it is due. */
export async function sendWhenDue(reply: FastifyReply, due: Reply): Promise<FastifyReply> {
  const { delayMs = 0, onSent } = due;
  if (onSent !== undefined) notifyWhenSent(reply, onSent);
  // Does not keep the process alive.
  if (delayMs > 0) await sleep(delayMs, undefined, { ref: false });
  return send(reply, due);
}

/** Sends a reply. */
export function send(reply: FastifyReply, { answer, wire }: Reply): FastifyReply {
  if (wire !== undefined) {
    reply.hijack();
    BREAKS[wire](reply, answer);
    return reply;
  }
  const { body, headers } = encode(answer);
  return reply.code(answer.status).headers(headers).send(body);
}

function notifyWhenSent({ raw }: FastifyReply, onSent: (whole: boolean) => void): void {
  raw.once('close', () => onSent(raw.writableFinished));
}

function encode({ body, headers }: Answer): { body: Buffer; headers: Record<string, string> } {
  const isReady = Buffer.isBuffer(body) || typeof body === 'string';
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(isReady ? String(body) : JSON.stringify(body));
  const type = isReady ? 'text/plain; charset=utf-8' : 'application/json';
  return { body: bytes, headers: { 'content-type': type, 'content-length': String(bytes.length), ...headers } };
}
