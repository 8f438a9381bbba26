/** One attempt to deliver a notification: what is signed and sent, where it may go, and what follows from the answer. */
import { Readable } from 'node:stream';
import { Webhook } from 'standardwebhooks';
import { createUndiciTransport } from '../../../activities';
import type { HttpRequest, Transport } from '../../../activities/imagepipeline/transport';
import { NotificationSender, parseNotifySecrets } from '../../../activities/notifications';
import { parseWorkerSettings } from '../../../worker';
import type { NotificationEvent } from '../../../workflows/domain/notifications/notification';
import { listener } from '../../support/provider';
import { NOTIFY_SECRET } from '../../support/receiver';
import { tempFolder } from '../../support/temp-folder';

const { signal } = new AbortController();
const URL_WITH_SECRET = 'https://example.com/hooks?token=hunter2hunter2';
const OTHER = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
const event: NotificationEvent = {
  ...{ version: 1, id: 'msg_r_1_held', type: 'account.held', timestamp: '2026-01-31T10:00:00.000Z' },
  data: { account: 'default', code: 'BALANCE_LOW', remedy: 'Top up.', since: null, until: null },
};

/** Answers with a status, and keeps what was sent. */
function answering(status: number, headers: Readonly<Record<string, string>> = {}) {
  const sent: HttpRequest[] = [];
  const send: Transport = async (request) => {
    sent.push(request);
    return { status, headers, body: Readable.from([]) };
  };
  return { sent, send };
}

test('it is signed by each secret at the time of the attempt', async () => {
  const { sent, send } = answering(200);
  const now = Date.now();
  const sender = new NotificationSender({ send, secrets: [NOTIFY_SECRET, OTHER], allowPrivate: false, now: () => now });
  expect(await sender.send(URL_WITH_SECRET, event, signal)).toEqual({ kind: 'delivered', answer: 'HTTP 200' });
  const [request] = sent;
  if (request === undefined) throw new Error('nothing was sent');
  const { headers, body, method, isPublicOnly, timeoutMs } = request;
  expect({ method, isPublicOnly, timeoutMs }).toEqual({ method: 'POST', isPublicOnly: true, timeoutMs: 15_000 });
  expect(headers['webhook-timestamp']).toBe(String(Math.floor(now / 1_000)));
  for (const secret of [NOTIFY_SECRET, OTHER]) {
    expect(new Webhook(secret).verify(String(body), { ...headers })).toEqual(event);
  }
});

test.each([
  [204, {}, { kind: 'delivered', answer: 'HTTP 204' }],
  [410, {}, { kind: 'refused', answer: 'HTTP 410: the receiver is gone' }],
  [
    302,
    { location: 'https://elsewhere.example' },
    { kind: 'undelivered', answer: 'HTTP 302: redirects are not followed' },
  ],
  [400, {}, { kind: 'undelivered', answer: 'HTTP 400' }],
  [404, {}, { kind: 'undelivered', answer: 'HTTP 404' }],
  [503, { 'retry-after': '120' }, { kind: 'undelivered', answer: 'HTTP 503', retryAfterMs: 120_000 }],
  [429, { 'retry-after': '999999' }, { kind: 'undelivered', answer: 'HTTP 429', retryAfterMs: 3_600_000 }],
])('an answer with %s', async (status, headers, expected) => {
  const sender = new NotificationSender({
    ...answering(status, headers),
    secrets: [NOTIFY_SECRET],
    allowPrivate: true,
  });
  expect(await sender.send(URL_WITH_SECRET, event, signal)).toEqual(expected);
});

test('without a secret nothing is sent', async () => {
  const { sent, send } = answering(200);
  const sender = new NotificationSender({ send, secrets: [], allowPrivate: true });
  const { answer } = (await sender.send(URL_WITH_SECRET, event, signal)) as { readonly answer: string };
  expect(answer).toMatch(/IMAGEPIPELINE_NOTIFY_SECRET/);
  expect(sent).toEqual([]);
});

test('more than fifty at once wait, and leave the worker to paid work', async () => {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { send } = answering(200);
  const slow: Transport = (request) => released.then(() => send(request));
  const sender = new NotificationSender({ send: slow, secrets: [NOTIFY_SECRET], allowPrivate: true });
  const sending = Array.from({ length: 50 }, () => sender.send(URL_WITH_SECRET, event, signal));
  const further = sender.send(URL_WITH_SECRET, event, signal);
  release();
  expect(await further).toEqual({ kind: 'busy' });
  expect((await Promise.all(sending)).every(({ kind }) => kind === 'delivered')).toBe(true);
  expect(await sender.send(URL_WITH_SECRET, event, signal)).toMatchObject({ kind: 'delivered' });
});

describe('over sockets', () => {
  const transport = createUndiciTransport();
  afterAll(() => transport.close());

  test.each(['127.0.0.1', 'localhost', '[::1]'])(
    'a receiver at %s is refused before anything connects',
    async (host) => {
      const server = await listener((socket) => socket.destroy());
      const sender = new NotificationSender({ send: transport.send, secrets: [NOTIFY_SECRET], allowPrivate: false });
      const sent = await sender.send(`http://${host}:${server.port}/hooks?token=hunter2hunter2`, event, signal);
      expect(sent).toEqual({
        kind: 'refused',
        answer: expect.stringMatching(/private network; IMAGEPIPELINE_ALLOW_PRIVATE_NOTIFICATIONS=on/),
      });
      expect(server.connections()).toBe(0);
    },
  );

  test('one that hangs up is tried again, and the problem does not repeat the address', async () => {
    const server = await listener((socket) => socket.once('data', () => socket.destroy()));
    const sender = new NotificationSender({ send: transport.send, secrets: [NOTIFY_SECRET], allowPrivate: true });
    const sent = await sender.send(`http://127.0.0.1:${server.port}/hooks?token=hunter2hunter2`, event, signal);
    expect(sent.kind).toBe('undelivered');
    expect(JSON.stringify(sent)).not.toMatch(/hunter2|hooks/);
    expect(server.connections()).toBe(1);
  });
});

test.each([
  ['a key without whsec_', 'c2VjcmV0', 'the secret does not begin with whsec_'],
  ['a key that is no base64', 'whsec_%%%%', 'the secret has no base64 after whsec_'],
  [
    'a short key',
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    'the secret has a key of 23 bytes; must have 24 to 64',
  ],
  [
    'a long key',
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    'the secret has a key of 65 bytes; must have 24 to 64',
  ],
  ['a wrong second one', `${NOTIFY_SECRET}, short`, 'the secret number 2 does not begin with whsec_'],
])('%s is a problem that does not repeat it', (_what, value, problem) => {
  const problems: string[] = [];
  parseNotifySecrets({ IMAGEPIPELINE_NOTIFY_SECRET: value }, problems);
  expect(problems).toEqual([expect.stringContaining(`IMAGEPIPELINE_NOTIFY_SECRET: ${problem}`)]);
  expect(problems[0]).not.toContain(value);
});

test('the settings of a worker have the secrets, and whether private receivers are allowed', () => {
  const env = { IMAGEPIPELINE_API_KEY: 'ip_test' };
  expect(parseWorkerSettings(env, tempFolder()).notifications).toEqual({ secrets: [], allowPrivate: false });
  const both = {
    IMAGEPIPELINE_NOTIFY_SECRET: `${NOTIFY_SECRET},${OTHER}`,
    IMAGEPIPELINE_ALLOW_PRIVATE_NOTIFICATIONS: 'on',
  };
  expect(parseWorkerSettings({ ...env, ...both }, tempFolder()).notifications).toEqual({
    ...{ secrets: [NOTIFY_SECRET, OTHER], allowPrivate: true },
  });
});
