/**
 * A server that destroys each connection, or stops to answer, in every phase of a call: an abort ends the call, and so does its
 * timeout. Each call is the first one of undici, which loads its parser then.
 */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { listener } from '../../support/provider';
import { until } from '../../support/until';

type ServerPhase = (socket: Socket) => unknown;

/** What the server does with each connection. */
const PHASES: Readonly<Record<string, ServerPhase>> = {
  'is destroyed at once': (socket) => socket.destroy(),
  'is destroyed a moment later': (socket) => setImmediate(() => socket.destroy()),
  'is reset at once': (socket) => socket.resetAndDestroy(),
  'is ended at once': (socket) => socket.end(),
  'is destroyed when the request is there': (socket) => socket.once('data', () => socket.destroy()),
  'is destroyed in the headers': (socket) =>
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-le', () => socket.destroy())),
  'is destroyed in the body': (socket) =>
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf', () => socket.destroy())),
  'is never answered': () => undefined,
  'is left in the headers': (socket) => socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-le')),
  'is left in the body': (socket) =>
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf')),
};
/** Longer than any call takes here after its end, in ms. */
const PATIENCE_MS = 20_000;
const TIMEOUT_MS = 200;

const closings: (() => Promise<void>)[] = [];

beforeEach(() => jest.resetModules());
afterEach(async () => {
  await Promise.all(closings.splice(0).map((close) => close()));
});

const CALLS = { GET: {}, POST: { body: '{"a":1}' } } as const;
const CASES = Object.entries(PHASES).flatMap(([name, phase]) =>
  (['GET', 'POST'] as const).map((method) => [name, method, phase] as const),
);

/** How a call ends: its error. */
async function call(method: keyof typeof CALLS, port: number, timeoutMs: number, signal: AbortSignal): Promise<string> {
  const { createUndiciTransport } = await import('../../../activities/imagepipeline/undici-transport');
  const transport = createUndiciTransport();
  closings.push(() => transport.close());
  const request = { method, url: `http://127.0.0.1:${port}/r`, headers: {}, timeoutMs, signal, ...CALLS[method] };
  try {
    for await (const _chunk of (await transport.send(request)).body);
    return 'succeeded';
  } catch (error) {
    return String(error);
  }
}

function orOpen(ended: Promise<string>): Promise<string> {
  return Promise.race([ended, sleep(PATIENCE_MS, 'still open', { ref: false })]);
}

test.each(CASES)('a connection that %s: an abort ends the %s', async (_name, method, phase) => {
  const server = await listener(phase);
  const stop = new AbortController();
  const ended = call(method, server.port, 600_000, stop.signal);
  await until('it connects', () => server.connections() > 0);
  stop.abort();
  expect(await orOpen(ended)).toMatch(/^(?!still open|succeeded)/);
});

test.each(CASES)('a connection that %s: an abort before it is made ends the %s', async (_name, method, phase) => {
  const server = await listener(phase);
  expect(await orOpen(call(method, server.port, 600_000, AbortSignal.abort()))).toMatch('AbortError');
});

test.each(CASES)('a connection that %s: the timeout ends the %s', async (_name, method, phase) => {
  const server = await listener(phase);
  const ended = call(method, server.port, TIMEOUT_MS, new AbortController().signal);
  expect(await orOpen(ended)).toMatch(/^(?!still open|succeeded)/);
});
