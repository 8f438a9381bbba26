import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { EmulatorOptions, WebhookEvent } from '../../emulator';
import { drawPhoto, startFileServer } from '../support/file-server';
import { tempFolder } from '../support/temp-folder';
import { INSTANT, manualClock, pause, post, start, submit, until, when } from './harness';

type Receive = (attempt: number) => { readonly status: number; readonly location?: string; readonly silent?: true };

const QUICK: EmulatorOptions = { ...INSTANT, webhooks: { waitsMs: [20, 40], timeoutMs: 5_000 } };
const servers = new Set<Server>();

afterEach(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  servers.clear();
});

async function receiver(receive: Receive = () => ({ status: 204 })) {
  const events: { readonly at: number; readonly event: WebhookEvent; readonly path: string }[] = [];
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    events.push({ at: Date.now(), event: JSON.parse(Buffer.concat(chunks).toString()), path: request.url ?? '' });
    const { status, location, silent } = receive(events.length);
    if (silent) return;
    response.writeHead(status, location === undefined ? {} : { location }).end();
  });
  servers.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { events, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=1` };
}

test('a completed job is called back with its result', async () => {
  const emulator = await start(QUICK);
  const { events, url } = await receiver();
  const jobId = await submit(emulator, 'a fox', { callback_url: url });
  await until(() => events.length === 1);
  const [received] = events;
  expect(received?.path).toBe('/hook?token=1');
  expect(received?.event).toEqual({
    job_id: jobId,
    user_id: expect.stringMatching(/^usr_/),
    status: 'completed',
    result_url: expect.stringContaining(`/results/${jobId}?`),
    result_mime_type: 'image/png',
    result_size_bytes: emulator.ledger().jobs[0]?.resultBytes,
    timestamp: expect.any(Number),
  });
  const event = received?.event as { result_url: string } | undefined;
  expect((await fetch(String(event?.result_url))).status).toBe(200);
});

test('a failed job is called back with its code', async () => {
  const emulator = await start(QUICK);
  const { events, url } = await receiver();
  await submit(emulator, 'a fox {{STORAGE_ERROR}}', { callback_url: url });
  await until(() => events.length === 1);
  expect(events[0]?.event).toMatchObject({
    status: 'failed',
    error: 'The result could not be stored.',
    failure_reason_code: 'STORAGE_ERROR',
    retryable: true,
  });
});

test('a cancelled job is not called back', async () => {
  const emulator = await start(QUICK);
  const { events, url } = await receiver();
  await submit(emulator, 'a fox {{CANCELLED}}', { callback_url: url });
  await submit(emulator, 'a hen', { callback_url: url });
  await until(() => events.length === 1);
  await pause(30);
  expect(events.map(({ event }) => event.status)).toEqual(['completed']);
});

test('a receiver that refuses is tried three times, with the waits between', async () => {
  const emulator = await start(QUICK);
  const { events, url } = await receiver(() => ({ status: 500 }));
  await submit(emulator, 'a fox', { callback_url: url });
  await until(() => emulator.ledger().webhooks.failed === 3);
  await pause(100);
  const [first, second, third] = events.map(({ at }) => at);
  expect(Number(second) - Number(first)).toBeGreaterThanOrEqual(19);
  expect(Number(third) - Number(second)).toBeGreaterThanOrEqual(39);
  expect(events).toHaveLength(3);
  expect(emulator.ledger().webhooks).toEqual({ failed: 3 });
});

test('the first 2xx ends the deliveries', async () => {
  const emulator = await start(QUICK);
  const { events, url } = await receiver((attempt) => ({ status: attempt === 1 ? 503 : 202 }));
  await submit(emulator, 'a fox', { callback_url: url });
  await until(() => emulator.ledger().webhooks.delivered === 1);
  await pause(80);
  expect(events).toHaveLength(2);
  expect(emulator.ledger().jobs[0]?.callbacks.map(({ outcome, status }) => [outcome, status])).toEqual([
    ['failed', 503],
    ['delivered', 202],
  ]);
});

test('a receiver that is too slow counts as one that did not answer', async () => {
  const emulator = await start({ ...INSTANT, webhooks: { waitsMs: [], timeoutMs: 30 } });
  const { url } = await receiver(() => ({ status: 200, silent: true }));
  await submit(emulator, 'a fox', { callback_url: url });
  await until(() => emulator.ledger().webhooks.failed === 1);
  expect(emulator.ledger().jobs[0]?.callbacks).toMatchObject([{ outcome: 'failed', status: null }]);
});

test('a redirect is not followed', async () => {
  const emulator = await start({ ...INSTANT, webhooks: { waitsMs: [] } });
  const target = await receiver();
  const { url } = await receiver(() => ({ status: 307, location: target.url }));
  await submit(emulator, 'a fox', { callback_url: url });
  await until(() => emulator.ledger().webhooks.failed === 1);
  expect(target.events).toEqual([]);
});

test.each([
  'http://192.0.2.1/hook',
  'http://example.com/hook',
  'http://127.0.0.1.example.com/',
  'http://[2001:db8::1]/',
])('%s is not a loopback address and is never called', async (callback_url) => {
  const emulator = await start(QUICK);
  await submit(emulator, 'a fox', { callback_url });
  await until(() => emulator.ledger().webhooks.refused === 1);
  expect(emulator.ledger().jobs[0]?.callbacks).toMatchObject([{ outcome: 'refused', status: null }]);
});

test('closing does not wait for a job or a receiver', async () => {
  const emulator = await start({ jobTime: { medianMs: 600_000, sigma: 0 } });
  const { events, url } = await receiver(() => ({ status: 200, silent: true }));
  for (let job = 0; job < 20; job += 1) await submit(emulator, 'slow', { callback_url: url });
  when(emulator, { jobMs: 0 });
  await submit(emulator, 'a fox', { callback_url: url });
  await until(() => events.length === 1);
  // Its jobs take ten minutes and its receiver never answers, so that a close that waited for either would not end.
  await emulator.close();
});

test('a callback that a rule drops is never made', async () => {
  const emulator = await start(QUICK);
  const { events, url } = await receiver();
  when(emulator, { fault: 'drop', on: 'callback' }, { times: 1 });
  await submit(emulator, 'a fox', { callback_url: url });
  await until(() => emulator.ledger().faults['callback:drop'] === 1);
  await submit(emulator, 'a hen', { callback_url: url });
  await until(() => emulator.ledger().webhooks.delivered === 1);
  expect(events).toHaveLength(1);
  expect(emulator.ledger().jobs.map(({ callbacks }) => callbacks.length)).toEqual([0, 1]);
});

test('a callback that a rule duplicates comes twice', async () => {
  const emulator = await start(QUICK);
  const { events, url } = await receiver();
  when(emulator, { fault: 'duplicate', on: 'callback' }, { times: 1 });
  await submit(emulator, 'a fox', { callback_url: url });
  await until(() => events.length === 2);
  expect(events[0]?.event).toMatchObject({ job_id: events[1]?.event.job_id });
});

test('a callback that a rule delays comes so much later', async () => {
  const emulator = await start(QUICK);
  const { events, url } = await receiver();
  when(emulator, { delayMs: 120, on: 'callback' });
  const before = Date.now();
  await submit(emulator, 'a fox', { callback_url: url });
  await until(() => events.length === 1);
  expect(Number(events[0]?.at) - before).toBeGreaterThanOrEqual(119);
});

test('the clock of the emulator decides when a callback is due', async () => {
  const clock = manualClock();
  const emulator = await start({ ...QUICK, clock, jobTime: { medianMs: 10, sigma: 0 } });
  const { events, url } = await receiver();
  await submit(emulator, 'a fox', { callback_url: url });
  await pause(50);
  expect(events).toEqual([]);
  clock.advance(10);
  await until(() => events.length === 1);
});

test('a callback whose result cannot be made is recorded as failed, and the emulator continues', async () => {
  const files: Record<string, Buffer> = { '/photo.png': await drawPhoto() };
  const server = await startFileServer(files);
  const clock = manualClock();
  const stateFile = join(tempFolder(), 'state.jsonl');
  const options: EmulatorOptions = { ...QUICK, clock, stateFile, jobTime: { medianMs: 10, sigma: 0 } };
  const { events, url } = await receiver();
  const first = await start(options);
  const request = { input_image: `${server.url}/photo.png`, callback_url: url };
  expect((await post(first, request, first.apiKey, '/upscale/image/v1')).status).toBe(200);
  await first.close();
  delete files['/photo.png'];
  clock.advance(1_000);
  const second = await start(options);
  await until(() => second.ledger().webhooks.failed === 3);
  expect(second.ledger().jobs[0]?.callbacks.map(({ outcome, status }) => [outcome, status])).toEqual([
    ['failed', null],
    ['failed', null],
    ['failed', null],
  ]);
  expect(events).toEqual([]);
  await second.close();
  expect((await start(options)).ledger().webhooks).toEqual({ failed: 3 });
  server.close();
});
