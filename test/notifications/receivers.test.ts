/**
 * Receivers that are down, fail, hang, redirect, or are gone: what they notify about is not affected, and they get the
 * notification once they are back. Delays last 1/2000 of their bounds: an hour, 1.8 s.
 */
import type { ItemHandle, ItemStatus } from '../../client';
import { ACCEPT, NOTIFY_SECRET, type Receiver, startReceiver } from '../support/receiver';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';

const HOUR_MS = 1_800;
const OTHER_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

let rig: Rig;
const receivers: Receiver[] = [];

beforeAll(async () => {
  rig = await startRig({ notifications: { secrets: [NOTIFY_SECRET, OTHER_SECRET], allowPrivate: true } });
});
afterAll(async () => {
  await rig.close();
  await Promise.all(receivers.map((receiver) => receiver.close()));
});

async function receive(secret?: string, port?: number): Promise<Receiver> {
  const receiver = await startReceiver(secret, port);
  receivers.push(receiver);
  return receiver;
}

/** An item that has ended although its receiver has not accepted anything. */
async function startItem(id: string, notify: string): Promise<ItemHandle> {
  const item = await rig.client.startItem({ id, operation: 'generate/image', request: { prompt: `of ${id}` }, notify });
  expect((await item.result()).outcome).toBe('succeeded');
  return item;
}

type Shown = NonNullable<ItemStatus['notifications']>['last'][number];

function untilShown(item: ItemHandle, isRight: (shown: Shown) => boolean): Promise<Shown> {
  return until(`the status of ${item.id} shows it`, async () => {
    const shown = (await item.status()).notifications?.last[0];
    return shown !== undefined && isRight(shown) ? shown : null;
  });
}

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  const receiver = await startReceiver();
  await receiver.close();
  return receiver.port;
}

test('one that is down for an hour gets it when it is back, and the batch has ended long before', async () => {
  const port = await freePort();
  const rows = ['a', 'b', 'c'].map((key) => ({ key, prompt: `of ${key}` }));
  const batch = await rig.client.startBatch({ id: 'down', rows, notify: `http://127.0.0.1:${port}/` });
  const endedAt = Date.now();
  expect(await batch.result()).toMatchObject({ state: 'completed', counts: { succeeded: 3 } });
  const waiting = await until('it is tried', async () => {
    const [shown] = (await batch.status()).notifications?.last ?? [];
    return shown !== undefined && (shown.attempts ?? 0) >= 2 ? shown : null;
  });
  expect(waiting).toMatchObject({ type: 'batch.completed', state: 'pending', endedAt: null });
  expect(waiting.answer).toMatch(/^cannot connect: .*ECONNREFUSED/);
  await until('an hour has passed', () => Date.now() - endedAt > HOUR_MS);
  const receiver = await receive(NOTIFY_SECRET, port);
  const [event] = await until('it is delivered', () => (receiver.accepted().length > 0 ? receiver.accepted() : null));
  expect(event).toMatchObject({ id: waiting.id, type: 'batch.completed', timestamp: waiting.timestamp });
});

test('one that answers 500 and 503 gets the same id and body until it accepts them', async () => {
  const receiver = await receive();
  receiver.answerWith((response) => {
    if (receiver.received.length < 3) response.writeHead(500 + 3 * (receiver.received.length - 1)).end('a long story');
    else ACCEPT(response, response.req);
  });
  const item = await startItem('fails', `${receiver.url}/hook`);
  const shown = await untilShown(item, ({ state }) => state === 'delivered');
  expect(shown).toMatchObject({ type: 'item.succeeded', attempts: 3, answer: 'HTTP 204', nextAttemptAt: null });
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([shown.id]));
  expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
    data: { item: 'fails', outcome: 'succeeded', code: null, remedy: null, submissions: 1 },
  });
});

test('the delay that an answer asks for is kept, within bounds', async () => {
  const receiver = await receive();
  const times: number[] = [];
  receiver.answerWith((response, request) => {
    times.push(Date.now());
    if (times.length > 1) ACCEPT(response, request);
    else response.writeHead(429, { 'retry-after': '2' }).end();
  });
  await startItem('asks', receiver.url);
  await until('it is delivered', () => receiver.accepted().length === 1);
  const [first = 0, second = 0] = times;
  expect(second - first).toBeGreaterThanOrEqual(1_900);
});

test('a redirect is not followed', async () => {
  const elsewhere = await receive();
  const receiver = await receive();
  receiver.answerWith((response) => response.writeHead(307, { location: `${elsewhere.url}/stolen` }).end());
  const item = await startItem('redirects', receiver.url);
  const shown = await untilShown(item, ({ attempts }) => (attempts ?? 0) >= 3);
  expect(shown).toMatchObject({ state: 'pending', answer: 'HTTP 307: redirects are not followed' });
  expect(elsewhere.received).toEqual([]);
  receiver.answerWith(ACCEPT);
  await untilShown(item, ({ state }) => state === 'delivered');
});

test('one that is gone is not tried again', async () => {
  const receiver = await receive();
  receiver.answerWith((response) => response.writeHead(410).end());
  const item = await startItem('gone', receiver.url);
  expect(await untilShown(item, ({ state }) => state !== 'pending')).toMatchObject({
    ...{ state: 'refused', attempts: 1, answer: 'HTTP 410: the receiver is gone', endedAt: expect.any(String) },
  });
  expect(receiver.received).toHaveLength(1);
});

test('one that never answers is given up after 15 s, and tried again', async () => {
  const receiver = await receive();
  receiver.answerWith((response, request) => {
    if (receiver.received.length > 1) ACCEPT(response, request);
  });
  const item = await startItem('hangs', receiver.url);
  expect(await untilShown(item, ({ state }) => state === 'delivered')).toMatchObject({ attempts: 2 });
});

test('each secret of the worker signs, so that receivers can change theirs', async () => {
  const receiver = await receive(OTHER_SECRET);
  await startItem('rotates', receiver.url);
  await until('it is delivered', () => receiver.accepted().length === 1);
  expect(receiver.received[0]?.headers['webhook-signature']?.split(' ')).toHaveLength(2);
});

test('a failed item is notified with its code and what to do, and without its prompt', async () => {
  const receiver = await receive();
  const request = { prompt: 'a secret subject {{INPUT_INVALID}}' };
  const notify = receiver.url;
  const item = await rig.client.startItem({ id: 'invalid', operation: 'generate/image', request, notify });
  expect((await item.report()).outcome).toBe('failed');
  const [event] = await until('it is delivered', () => (receiver.accepted().length > 0 ? receiver.accepted() : null));
  expect(event).toMatchObject({ type: 'item.failed', data: { code: 'INPUT_INVALID', remedy: expect.any(String) } });
  expect(receiver.received[0]?.body).not.toContain('secret subject');
});

test('a cancelled item is notified', async () => {
  await rig.client.account().hold('for the test');
  const receiver = await receive();
  const request = { prompt: 'never sent' };
  const terms = { waitWhileHeld: true, notify: receiver.url };
  const item = await rig.client.startItem({ id: 'cancelled', operation: 'generate/image', request, ...terms });
  await until('it waits', async () => (await item.status()).state === 'waiting');
  await item.cancel();
  const [event] = await until('it is delivered', () => (receiver.accepted().length > 0 ? receiver.accepted() : null));
  expect(event).toMatchObject({ type: 'item.cancelled', data: { submissions: 0 } });
  await rig.client.account().resume();
});
