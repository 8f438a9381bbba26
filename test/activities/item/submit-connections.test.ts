/** Connections that fail before, during and after a POST: only those that prove that nothing was sent are refusals. */
import type { Socket } from 'node:net';
import { type SubmitFault, startEmulator } from '../../../emulator';
import { closedPort, listener, provider } from '../../support/provider';
import { API_KEY, realApi } from '../../support/real-api';
import { until } from '../../support/until';

const REQUEST = { prompt: 'a lighthouse that nobody else may know of', width: 32, height: 32 };
const REFUSED = { kind: 'refused', code: 'PROVIDER_UNREACHABLE' };
const UNKNOWN = { kind: 'unknown' };
/** For the cases in which nobody ever answers. */
const SHORT = { limits: { submitMs: 300 } };

const submit = (url: string, settings = {}) => realApi(url, settings).submit('generate/image', REQUEST);

function expectNoSecrets(verdict: unknown): void {
  for (const secret of [API_KEY, REQUEST.prompt]) expect(JSON.stringify(verdict)).not.toContain(secret);
}

describe('nothing was sent', () => {
  test('to a port without a listener', async () => {
    const verdict = await submit(`http://127.0.0.1:${await closedPort()}`);
    expect(verdict).toMatchObject({ ...REFUSED, message: expect.stringContaining('ECONNREFUSED') });
    expectNoSecrets(verdict);
  });

  test('over TLS to a port that speaks none', async () => {
    const plain = await provider((response) => response.end());
    expect(await submit(plain.url.replace('http:', 'https:'))).toMatchObject(REFUSED);
    expect(plain.requests).toEqual([]);
  });

  test('over TLS to a host that resets during the handshake, although ECONNRESET alone proves nothing', async () => {
    const { port } = await listener((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expect(await submit(`https://127.0.0.1:${port}`)).toMatchObject(REFUSED);
  });
});

describe('something was sent, so the outcome is unknown', () => {
  test.each<[string, (socket: Socket) => void]>([
    ['reset while the request is read', (socket) => socket.once('data', () => socket.resetAndDestroy())],
    ['closed while the request is read', (socket) => socket.once('data', () => socket.end())],
    ['answered with anything but HTTP', (socket) => socket.once('data', () => socket.end('no HTTP\r\n\r\n'))],
    [
      'ended in the middle of the headers',
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-le')),
    ],
  ])('when the connection is %s', async (_name, onConnection) => {
    const server = await listener(onConnection);
    expect(await submit(`http://127.0.0.1:${server.port}`)).toMatchObject(UNKNOWN);
    expect(server.connections()).toBe(1);
  });

  test('when no answer comes within the time limit', async () => {
    const server = await provider(() => undefined);
    expect(await submit(server.url, SHORT)).toMatchObject(UNKNOWN);
    expect(server.requests).toHaveLength(1);
  });

  test('when the answer stands still half way', async () => {
    const server = await provider((response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"job_id":"job_1"');
    });
    expect(await submit(server.url, SHORT)).toMatchObject(UNKNOWN);
    expect(server.requests).toHaveLength(1);
  });
});

describe('the faults of the emulator', () => {
  test.each<[SubmitFault, number]>([
    ['reset-before-accept', 0],
    ['hang-before-accept', 0],
    ['reset-after-accept', 1],
    ['hang-after-accept', 1],
    ['garbage', 1],
    ['half-body', 1],
    ['no-job-id', 1],
  ])('%s is unknown after one POST, with %i jobs accepted', async (fault, accepted) => {
    const emulator = await startEmulator();
    try {
      emulator.script({ then: { on: 'submit', fault } });
      const verdict = await submit(emulator.url, { apiKey: emulator.apiKey, ...SHORT });
      expect(verdict).toMatchObject(UNKNOWN);
      expectNoSecrets(verdict);
      expect(emulator.ledger()).toMatchObject({ submits: 1, accepted, faults: { [`submit:${fault}`]: 1 } });
    } finally {
      await emulator.close();
    }
  });
});

test('every POST has a connection of its own, so that a stale one can never be mistaken for a lost answer', async () => {
  const sockets = new Set<unknown>();
  const server = await provider((response, request) => {
    sockets.add(request.socket);
    response.end('{"job_id":"job_1"}');
  });
  const api = realApi(server.url);
  for (const _ of [1, 2, 3]) await api.submit('generate/image', REQUEST);
  await until('three connections were used', () => sockets.size === 3);
});
